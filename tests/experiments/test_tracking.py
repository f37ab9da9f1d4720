import json
from pathlib import Path

import pandas as pd
import pytest

from experiments.tracking import default_uri, mlflow, track_run
from harmonize.errors import RadharmonyError


@pytest.fixture(scope="module")
def runs(finished):
    client = mlflow.MlflowClient(default_uri(finished.folder))
    (experiment,) = [found for found in client.search_experiments() if found.name != "Default"]
    runs = client.search_runs([experiment.experiment_id])
    return client, {run.info.run_name: run for run in runs}


def test_a_parent_with_one_child_a_strategy(runs):
    client, found = runs
    parents = [run for run in found.values() if "mlflow.parentRunId" not in run.data.tags]
    assert len(parents) == 1
    children = {
        name for name, run in found.items() if run.data.tags.get("mlflow.parentRunId") == parents[0].info.run_id
    }
    assert children == {"raw", "zscore"}
    assert all(run.info.status == "FINISHED" for run in found.values())
    artifacts = {file.path for file in client.list_artifacts(parents[0].info.run_id)}
    assert artifacts >= {"report.html", "strategies.csv", "summary.csv", "failures.csv", "run.json", "methods.md"}
    compared = {file.path for file in client.list_artifacts(parents[0].info.run_id, "comparison")}
    assert "comparison/shares.csv" in compared


def test_a_child_holds_parameters_metrics_and_artifacts_of_its_strategy(runs, finished):
    client, found = runs
    child = found["zscore"]
    assert child.data.params["steps"] == "zscore"
    assert child.data.params["1.zscore.scale"] == "100.0"
    row = finished.strategies.set_index("strategy").loc["zscore"]
    assert child.data.metrics["robust_share"] == pytest.approx(row["robust_share"])
    for name in ("icc_share_lower", "icc_share_upper"):
        assert child.data.metrics[name] == pytest.approx(row[name])
    assert child.data.metrics["icc_median"] == pytest.approx(row["icc_median"])
    record = json.loads((finished.folder / "run.json").read_text())
    assert child.data.tags["radharmony.data_digest"] == record["data_digest"]
    path = client.download_artifacts(child.info.run_id, "whitelist/zscore.json")
    assert json.loads(Path(path).read_text(encoding="utf-8"))["strategy"] == "zscore"
    table = pd.read_csv(client.download_artifacts(child.info.run_id, "reliability.csv"))
    assert set(table["strategy"]) == {"zscore"}
    assert client.list_artifacts(child.info.run_id, "figures")


def test_artifacts_lie_in_the_run_folder_not_where_the_command_was_called(runs, finished):
    _, found = runs
    for run in found.values():
        assert finished.folder.resolve().as_uri() in run.info.artifact_uri


def test_a_store_that_cannot_be_used_is_named_and_the_results_stay(finished, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RadharmonyError, match=r"the results in .* are complete"):
        track_run(finished.folder, f"sqlite:///{tmp_path}/file/mlflow.db")


def test_nothing_is_reported_to_anybody():
    import os

    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
