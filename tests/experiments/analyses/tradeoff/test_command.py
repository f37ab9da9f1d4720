import json
import shutil
from dataclasses import fields, replace

import mlflow
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from evaluation.classification import HeldOut
from evaluation.reliability.statistics import agreement
from evaluation.reliability.table import reliability_table
from evaluation.tables import feature_columns
from experiments.analyses.reliability.command import reliability
from experiments.analyses.reliability.run import run_reliability
from experiments.analyses.reliability.settings import ReliabilitySettings
from experiments.analyses.select.run import run_selection
from experiments.analyses.tradeoff.command import tradeoff
from experiments.analyses.tradeoff.run import TradeoffInput
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.simulate.feature_table import simulate_cohort
from experiments.tracking.note import read_note
from harmonize.errors import ConfigurationError

QUICK = ("--thresholds", "0,.7", "--repeats", 1, "--folds", 3, "--inner-folds", 2, "--resamples", 100, "--jobs", 1)
FILES = {"tradeoff.csv", "tradeoff.json", "tradeoff.svg", "tradeoff.png", "predictions.parquet", "features.csv"}


@pytest.fixture
def command():
    return tradeoff


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Patients under four conditions, the same under one, and the reliability found in volunteers."""
    folder = tmp_path_factory.mktemp("cohort")
    patients = simulate_cohort(60, seed=2).table
    patients.to_csv(folder / "patients.csv", index=False)
    once = patients[patients["condition"] == "REF+STD"].drop(columns=["condition", "strategy"])
    once.to_csv(folder / "once.csv", index=False)
    reliability_table(simulate_cohort(30, seed=1).table, "REF+STD").to_parquet(folder / "reliability.parquet")
    return folder


def test_repeats_of_the_table(run, cohort, tmp_path):
    result = run(cohort / "patients.csv", "--target", "diagnosis", "--condition", "condition", "--reference", "REF+STD",
                 "--select", "mrmr:6", "--out", tmp_path / "out", *QUICK)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    table = pd.read_csv(tmp_path / "out" / "tradeoff.csv")
    assert table["name"].tolist() == ["0", "0.7", "tuned"]
    assert (table["prediction_icc_status"] == "ok").all()
    assert table["n_features_most"].max() == 6
    assert "tuned" in result.output
    assert "left out, not named as a feature: strategy, sequence, roi" in result.output
    record = json.loads((tmp_path / "out" / "tradeoff.json").read_text(encoding="utf-8"))
    assert record["cohort"]["n_subjects"] == 60
    assert record["cohort"]["condition"] == ["condition"]
    assert len(record["cohort"]["sha256"]) == 64
    assert record["reliability"] == {"source": "repeats"}
    assert record["settings"]["select_options"] == {"n_features": 6}
    assert str(tmp_path) not in json.dumps(record)
    predictions = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert HeldOut.from_frame(predictions[predictions["name"] == "tuned"]).probability.shape == (1, 240, 2)


def test_reliability_of_another_study(run, cohort, tmp_path):
    result = run(cohort / "once.csv", "--target", "diagnosis", "--reliability", cohort / "reliability.parquet", "--by",
                 "ccc", "--allow", "unknown", "--out", tmp_path, "--quiet", *QUICK)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "nothing says how the features of this cohort were made" in result.output
    record = json.loads((tmp_path / "tradeoff.json").read_text(encoding="utf-8"))
    assert record["reliability"]["file"] == "reliability.parquet"
    assert record["reliability"]["strategy"] == "simulated"
    assert record["rule"] == "CCC"
    assert set(pd.read_csv(tmp_path / "tradeoff.csv")["prediction_icc_status"]) == {"not_repeated"}


def test_the_same_command_gives_the_same_files(run, cohort, tmp_path):
    study = ("--reliability", cohort / "reliability.parquet", "--allow", "unknown")
    arguments = (cohort / "once.csv", "--target", "diagnosis", *study, *QUICK)
    for name in ("one", "two"):
        assert run(*arguments, "--out", tmp_path / name).exit_code == 0
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_only_the_rows_that_are_wanted(run, cohort, tmp_path):
    result = run(cohort / "patients.csv", "--target", "diagnosis", "--condition", "condition", "--where",
                 "condition=REF+STD", "--where", "condition=ACC+DLR", "--out", tmp_path, *QUICK)  # fmt: skip
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "tradeoff.json").read_text(encoding="utf-8"))
    assert record["cohort"]["conditions"] == ["REF+STD", "ACC+DLR"]
    assert record["cohort"]["n_rows"] == 120


@pytest.fixture
def patients(finished, tmp_path):
    """A cohort with the features of the finished run, and a copy of its folder."""
    names = feature_columns(pd.read_parquet(finished.folder / "features.parquet"))
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(40, len(names))), columns=names)
    target = np.repeat(["no", "yes"], 20)
    table.iloc[:, :10] += (target == "yes")[:, None]
    table.insert(0, "fibrosis", target)
    table.insert(0, "subject", [f"P{number:02}" for number in range(40)])
    table.to_csv(tmp_path / "patients.csv", index=False)
    shutil.copytree(finished.folder, tmp_path / "run")
    return tmp_path / "patients.csv", tmp_path / "run"


IN_RUN = ("--target", "fibrosis", "--strategy", "zscore", *QUICK[2:], "--thresholds", "-10,0")


def test_everything_goes_into_the_run(run, patients):
    table, folder = patients
    result = run(table, *IN_RUN, "--reliability", folder, "--settings", folder / "run.json", "--run", folder)
    assert result.exit_code == 0, result.output
    assert {path.name for path in (folder / "tradeoff").iterdir()} == FILES
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Robustness against diagnosis" in page
    assert "fibrosis (no or yes) of 40 subjects" in page
    assert page.count("<svg") > 1
    client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
    parent = client.get_run(read_note(folder)["run_id"])
    found = client.search_runs([parent.info.experiment_id], "tags.mlflow.runName = 'tradeoff'")
    table = pd.read_csv(folder / "tradeoff" / "tradeoff.csv").set_index("name")
    assert found[0].data.metrics["tuned_auc"] == pytest.approx(table.loc["tuned", "auc"])
    curve = client.get_metric_history(found[0].info.run_id, "auc_by_threshold")
    assert [point.step for point in curve] == [-1000, 0][: len(curve)]


def test_other_settings_are_refused_with_all_that_differs(run, patients, tmp_path):
    table, folder = patients
    (tmp_path / "settings.yaml").write_text("setting: {binWidth: 25, force2D: true}\n", encoding="utf-8")
    arguments = (table, *IN_RUN, "--reliability", folder, "--settings", tmp_path / "settings.yaml")
    result = run(*arguments, "--out", tmp_path / "out")
    assert isinstance(result.exception, ConfigurationError)
    assert "binWidth" in str(result.exception)
    assert "--allow extraction" in str(result.exception)
    assert not (tmp_path / "out").exists()
    allowed = run(*arguments, "--out", tmp_path / "out", "--allow", "extraction", "--allow", "steps")
    assert allowed.exit_code == 0, allowed.output
    assert "binWidth" in allowed.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--condition", "condition", "--out", "x", "--thresholds", ".5,high"), "found '.5,high'"),
        (("--condition", "condition", "--out", "x", "--prune", "much"), "expected a number or none"),
    ],
)
def test_wrong_usage(run, cohort, options, message):
    result = run(cohort / "patients.csv", "--target", "diagnosis", *options)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--target", "diagnose", "--condition", "condition"), "did you mean 'diagnosis'"),
        (("--target", "diagnosis", "--condition", "condition", "--reference", "REF"), "did you mean 'REF"),
        (("--target", "diagnosis", "--condition", "condition", "--strategy", "raw"), "--strategy: is about the study"),
        (("--target", "diagnosis", "--condition", "condition", "--where", "condition=X"), "no row has condition 'X'"),
        (("--target", "diagnosis", "--condition", "condition", "--where", "condition"), "COLUMN=VALUE"),
        (("--target", "diagnosis", "--condition", "condition", "--select", "mrrm"), "did you mean 'mrmr'"),
        (
            ("--target", "diagnosis", "--condition", "sequence"),
            "choose one with --where COLUMN=VALUE, or name the column that tells them apart with --unit",
        ),
        (("--target", "diagnosis"), "--reliability, or repeats in the table with --condition"),
        (("--target", "diagnosis", "--condition", "condition", "--run", "."), "--out, or a run with --run"),
    ],
)
def test_mistakes_are_named(run, cohort, tmp_path, options, message):
    result = run(cohort / "patients.csv", "--out", tmp_path / "out", *options)
    assert isinstance(result.exception, ConfigurationError)
    assert message in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_run_is_refused_before_anything_is_computed(run, cohort, tmp_path):
    result = run(cohort / "patients.csv", "--target", "diagnosis", "--condition", "condition", "--run", tmp_path)
    assert isinstance(result.exception, ConfigurationError)
    assert "holds no run.json" in str(result.exception)


def test_features_of_which_no_reliability_is_known_are_all_named_with_the_way_out(run, refused, cohort, tmp_path):
    """The message named the first feature and then ninety numbers as the known ones."""
    known = pd.read_parquet(cohort / "reliability.parquet")
    names = sorted(known["feature"].unique())
    frame = pd.read_csv(cohort / "once.csv").rename(
        columns={names[0]: "original_shape_A", names[1]: "original_shape_B"}
    )
    frame.to_csv(tmp_path / "shapes.csv", index=False)
    study = ("--target", "diagnosis", "--reliability", cohort / "reliability.parquet", "--allow", "unknown")
    told = refused(tmp_path / "shapes.csv", *study, "--out", tmp_path / "out", *QUICK)
    assert f"does not know 2 of {len(names)} features: original_shape_A, original_shape_B" in told
    assert "--exclude '*_shape_*'" in told
    assert "0." not in told.replace(str(tmp_path), "").replace(str(cohort), "")
    for way_out in (("--exclude", "*_shape_*"), ("--allow", "missing")):
        result = run(tmp_path / "shapes.csv", *study, *way_out, "--out", tmp_path / "out", *QUICK)
        assert result.exit_code == 0, result.exception
        record = json.loads((tmp_path / "out" / "tradeoff.json").read_text(encoding="utf-8"))
        assert record["cohort"]["n_features"] == len(names) - 2
    assert record["reliability"]["not_known"] == ["original_shape_A", "original_shape_B"]


def test_what_is_not_known_has_to_be_allowed_as_elsewhere(refused, cohort, tmp_path):
    study = ("--target", "diagnosis", "--reliability", cohort / "reliability.parquet", "--out", tmp_path / "out")
    assert "--allow unknown" in refused(cohort / "once.csv", *study, *QUICK)


def test_reliability_of_the_very_same_table_is_refused(run, refused, cohort, tmp_path):
    table = tmp_path / "patients.csv"
    shutil.copy(cohort / "patients.csv", table)
    made = CliRunner().invoke(reliability, [str(table), "--reference", "REF+STD", "--strategy", "strategy", "--out",
                                            str(tmp_path / "r.csv"), "--quiet"])  # fmt: skip
    assert made.exit_code == 0, made.exception
    given = ("--target", "diagnosis", "--reliability", tmp_path / "r.csv", "--allow", "unknown", *QUICK)
    once = ("--where", "condition=REF+STD")
    assert "was made from the same scans as" in refused(table, *given, *once, "--out", tmp_path / "out")
    assert run(cohort / "once.csv", *given, "--out", tmp_path / "out").exit_code == 0


def test_reliability_in_memory_is_what_its_file_is(cohort, golden):
    """A path alone was taken; the digest of what `run_reliability` gives guards as that beside a file does."""
    quick = TradeoffSettings(target="diagnosis", condition="condition", thresholds=(0.0, 0.7), repeats=1, folds=3)
    table = pd.read_parquet(cohort / "reliability.parquet")
    found = {}
    for name, given in (("file", cohort / "reliability.parquet"), ("memory", table)):
        settings = replace(quick, condition=(), reliability=given, allow=("unknown",))
        found[name] = TradeoffInput.read(cohort / "once.csv", settings)
        assert settings.to_mapping()["reliability"].endswith(("reliability.parquet", "reliability"))
    pd.testing.assert_series_equal(found["memory"].scores, found["file"].scores)
    computed = run_reliability(cohort / "patients.csv", ReliabilitySettings(reference="REF+STD", no_inference=True))
    of_result = replace(settings, reliability=computed, where=("condition=REF+STD",))
    with golden.error(ConfigurationError, varies=r"cohort\d+"):
        TradeoffInput.read(cohort / "patients.csv", of_result)
    assert "nothing says which table" in run_selection(computed.computed).warnings[0]
    assert run_selection(computed).whitelist.data_digest


def test_a_table_without_a_subject_of_the_run_is_told(run, patients):
    table, folder = patients
    (folder / "settings.json").write_text((folder / "run.json").read_text(encoding="utf-8"))
    arguments = (table, *IN_RUN, "--reliability", folder, "--run", folder)
    result = run(*arguments, "--allow", "unknown")
    assert result.exit_code == 0, result.exception
    assert "patients.csv has no subject of the run" in result.output
    assert "features of patients.csv with" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_constant_number_of_features_is_a_remark(run, cohort, tmp_path):
    study = ("--reliability", cohort / "reliability.parquet", "--allow", "unknown", "--out", tmp_path)
    few = (*QUICK, "--thresholds", "0,.1", "--select", "mrmr:3")
    result = run(cohort / "once.csv", "--target", "diagnosis", *study, *few)
    assert result.exit_code == 0, result.exception
    assert "every model has 3 features, whatever the threshold" in result.output
    table = pd.read_csv(tmp_path / "tradeoff.csv")  # three selections a threshold: no limits
    assert (table["stability_status"] == "no_interval").all()
    assert table["stability"].notna().all()
    assert table[["stability_lower", "stability_upper"]].isna().all(axis=None)


def test_what_is_swept_are_the_usual_statistics_of_agreement():
    by = next(field for field in fields(TradeoffSettings) if field.name == "by")
    assert by.metadata["option"].known == agreement()
