import json

import pytest

from experiments.folder.run_folder import RunFolder
from experiments.tracking import Findings, keep_findings, log_findings, tracked_run
from experiments.tracking.address import default_uri
from experiments.tracking.entry import NAME
from experiments.tracking.note import read_note
from experiments.tracking.store import mlflow
from harmonize.errors import ConfigurationError


def tracked(folder, record):
    with tracked_run(folder, record) as run:
        run.finish(lambda *_: None)
    return read_note(folder)["run_id"]


def keep(folder, findings):
    keep_findings(RunFolder.open(folder), findings)
    return log_findings(folder, findings.name)


def children(folder, parent):
    client = mlflow.MlflowClient(default_uri(folder))
    (experiment,) = [found.experiment_id for found in client.search_experiments() if found.name != "Default"]
    found = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent}'")
    return client, {run.data.tags[NAME]: run for run in found}


@pytest.fixture
def findings(folder):
    curve = folder / "diagnose" / "roc.csv"
    curve.parent.mkdir()
    curve.write_text("fpr,tpr\n0,0\n1,1\n")
    return Findings(
        "diagnose",
        {"model": "logistic"},
        {"auc": 0.81, "auc_lower": 0.7, "auc_raw": float("nan")},
        {"auc_by_threshold": [(75, 0.78), (90, 0.81)]},
        [curve],
    )


def test_they_stand_beside_the_run(folder, record, findings):
    parent = tracked(folder, record)
    run = keep(folder, findings)
    client, found = children(folder, parent)
    assert set(found) == {"raw", "zscore", "diagnose"}
    assert found["diagnose"].info.run_id == run
    assert found["diagnose"].info.status == "FINISHED"
    assert found["diagnose"].data.params == {"model": "logistic"}
    assert found["diagnose"].data.metrics["auc_lower"] == 0.7
    assert "auc_raw" not in found["diagnose"].data.metrics
    curve = client.get_metric_history(run, "auc_by_threshold")
    assert [(point.step, point.value) for point in curve] == [(75, 0.78), (90, 0.81)]
    assert [file.path for file in client.list_artifacts(run, "diagnose")] == ["diagnose/roc.csv"]


def test_names_that_mlflow_makes_the_same_stay_apart_within_a_run(folder, record):
    """Numbers of the one stood under the name of the other."""
    parent = tracked(folder, record)
    metrics = {"auc/n4+z": 0.1, "auc/n4*z": 0.2, "auc/N4_z": 0.3, "": 0.4}
    keep(folder, Findings("diagnose", metrics=metrics, curves={"auc/n4?z": [(75, 0.5)], "..": [(75, 0.6)]}))
    _, found = children(folder, parent)
    assert sorted(found["diagnose"].data.metrics.values()) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def test_once_more_takes_the_same_run(folder, record, findings):
    parent = tracked(folder, record)
    assert keep(folder, findings) == keep(folder, findings)
    assert set(children(folder, parent)[1]) == {"raw", "zscore", "diagnose"}


def test_the_next_run_has_them_again_unless_data_or_settings_changed(folder, record, findings, reseal):
    tracked(folder, record)
    keep(folder, findings)
    again = tracked(folder, record)
    assert children(folder, again)[1]["diagnose"].data.metrics["auc"] == 0.81
    reseal(folder, data_digest="0" * 64)
    other = tracked(folder, record)
    assert set(children(folder, other)[1]) == {"raw", "zscore"}


def test_without_a_tracked_run_they_are_kept_for_one(folder, record, findings):
    assert keep(folder, findings) == ""
    kept = json.loads((folder / "findings" / "diagnose.json").read_text(encoding="utf-8"))
    assert kept["metrics"] == {"auc": 0.81, "auc_lower": 0.7}
    parent = tracked(folder, record)
    assert children(folder, parent)[1]["diagnose"].data.metrics["auc"] == 0.81


def test_damaged_findings_do_not_stop_a_run(folder, record, findings):
    keep(folder, findings)
    (folder / "findings" / "diagnose.json").write_text("{}")
    parent = tracked(folder, record)
    assert set(children(folder, parent)[1]) == {"raw", "zscore"}


def test_an_artifact_outside_the_folder_is_refused(folder, tmp_path, golden):
    with golden.error(ConfigurationError):
        keep(folder, Findings("diagnose", artifacts=[tmp_path / "elsewhere.csv"]))
