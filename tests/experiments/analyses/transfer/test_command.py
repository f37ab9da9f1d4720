import json

import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.analyses.reliability.command import reliability
from experiments.analyses.select.command import select
from experiments.analyses.transfer.command import transfer
from experiments.simulate import simulate_cohort
from experiments.simulate.feature_table import FeatureGroup
from harmonize.errors import ConfigurationError
from selection import Whitelist

GROUPS = (
    FeatureGroup("Robust", 3, 1.0, (0.95, 0.95)),
    FeatureGroup("Fragile", 20, 0.0, (0.3, 0.3), shift=2.0),
)
QUICK = ("--folds", 3, "--inner-folds", 2, "--repeats", 1, "--resamples", 100, "--jobs", 1, "--model", "logistic")
CONDITIONS = ("--train", "REF", "--test", "ACC")


@pytest.fixture
def command():
    return transfer


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort(60, groups=GROUPS, conditions=("REF", "ACC"), seed=1)


@pytest.fixture
def table(cohort, tmp_path):
    path = tmp_path / "cohort.csv"
    cohort.table.to_csv(path, index=False)
    return path


@pytest.fixture
def whitelist(cohort, tmp_path):
    robust = tuple(name for name in cohort.features if "Robust" in name)
    fragile = tuple(name for name in cohort.features if "Fragile" in name)
    found = Whitelist(
        "simulated", {"T2": {"liver": robust}}, {"T2": {"liver": 23}}, {}, failing={"T2": {"liver": fragile}},
        settings={"steps": [], "extraction": {}},
    )  # fmt: skip
    path = tmp_path / "whitelist.json"
    path.write_text(found.to_json(), encoding="utf-8")
    return path


def test_raw_harmonized_and_whitelisted_side_by_side(run, table, whitelist, tmp_path):
    out = tmp_path / "out"
    done = run(table, "--target", "diagnosis", *CONDITIONS, *QUICK, "--harmonize", "combat", "--whitelist", whitelist,
               "--allow", "unknown", "--out", out)  # fmt: skip
    assert done.exit_code == 0, done.output
    scores = pd.read_csv(out / "transfer.csv")
    assert scores["variant"].unique().tolist() == ["raw", "combat", "whitelist", "combat, whitelist"]
    across = scores[(scores["score"] == "auc") & (scores["tested"] == "across")].set_index("variant")["estimate"]
    assert across["whitelist"] > across["raw"]
    flips = scores[scores["score"] == "flips_at_half"].set_index("variant")["estimate"]
    assert flips["whitelist"] < flips["raw"]
    gains = pd.read_csv(out / "transfer_gains.csv")
    assert set(gains["variant"]) == {"combat", "whitelist", "combat, whitelist"}
    predictions = pd.read_csv(out / "transfer_predictions.csv")
    assert len(predictions) == 4 * 3 * 60
    assert (predictions.groupby(["variant", "tested"])["subject"].nunique() == 60).all()
    settings = json.loads((out / "transfer.json").read_text(encoding="utf-8"))
    assert (settings["subjects"], settings["rows"], settings["unpaired"]) == (60, 60, 0)
    assert settings["table"]["file"] == "cohort.csv"
    assert "whitelist: 3 of 23 features" in settings["notes"]
    assert "AUC, REF to ACC: " in done.output
    assert "whitelist against raw, AUC across: " in done.output


def test_a_whitelist_whose_settings_are_not_those_of_the_table_is_refused(run, refused, table, whitelist, tmp_path):
    arguments = (table, "--target", "diagnosis", *CONDITIONS, *QUICK, "--whitelist", whitelist, "--out", tmp_path / "o")
    refused = run(*arguments)
    assert isinstance(refused.exception, ConfigurationError)
    assert "--allow unknown" in str(refused.exception)
    assert not (tmp_path / "o").exists()


def test_one_region_is_chosen_or_rows_are_told_apart(run, refused, cohort, tmp_path):
    other = cohort.table.assign(roi="spleen")
    path = tmp_path / "two.csv"
    pd.concat([cohort.table, other], ignore_index=True).to_csv(path, index=False)
    arguments = (path, "--target", "diagnosis", *CONDITIONS, *QUICK, "--out", tmp_path / "o", "--quiet")
    refused = run(*arguments)
    assert "differ in roi (liver, spleen); choose one with --where" in str(refused.exception)
    assert run(*arguments, "--where", "roi=liver").exit_code == 0
    assert json.loads((tmp_path / "o/transfer.json").read_text(encoding="utf-8"))["rows"] == 60
    assert run(*arguments, "--unit", "roi").exit_code == 0
    settings = json.loads((tmp_path / "o/transfer.json").read_text(encoding="utf-8"))
    assert (settings["rows"], settings["subjects"]) == (120, 60)
    # A number that is no feature tells rows apart as well.
    scales = [cohort.table.assign(SSF=scale) for scale in (0, 2.5)]
    pd.concat(scales, ignore_index=True).to_csv(path, index=False)
    refused = run(*arguments)
    assert "differ in SSF (0.0, 2.5); choose one with --where" in str(refused.exception)


def test_conditions_of_two_columns_join(run, cohort, tmp_path):
    parts = cohort.table["condition"].map({"REF": ("REF", "STD"), "ACC": ("ACC", "DLR")})
    split = cohort.table.drop(columns="condition").assign(acquisition=parts.str[0], reconstruction=parts.str[1])
    split.to_csv(tmp_path / "split.csv", index=False)
    done = run(tmp_path / "split.csv", "--target", "diagnosis", "--condition", "acquisition,reconstruction",
               "--train", "REF+STD", "--test", "ACC+DLR", *QUICK, "--out", tmp_path / "o")  # fmt: skip
    assert done.exit_code == 0, done.exception
    assert json.loads((tmp_path / "o/transfer.json").read_text(encoding="utf-8"))["rows"] == 60


def test_names_of_classes_and_missing_values_are_taken(run, cohort, tmp_path):
    named = cohort.table.assign(diagnosis=cohort.table["diagnosis"].map({0: "healthy", 1: "ill"}))
    named.loc[3, cohort.features[0]] = float("nan")
    path = tmp_path / "named.csv"
    named.to_csv(path, index=False)
    done = run(path, "--target", "diagnosis", *CONDITIONS, *QUICK, "--harmonize", "combat", "--out", tmp_path / "o")
    assert done.exit_code == 0, done.exception
    assert json.loads((tmp_path / "o/transfer.json").read_text(encoding="utf-8"))["classes"] == {
        "healthy": 30,
        "ill": 30,
    }
    assert "probability_ill" in pd.read_csv(tmp_path / "o/transfer_predictions.csv").columns


@pytest.mark.parametrize(
    "change",
    [
        ("--train", "REF+STD", "--test", "ACC"),
        (*CONDITIONS, "--where", "roi"),
        (*CONDITIONS, "--where", "roi=lever"),
        (*CONDITIONS, "--model", "forrest"),
        (*CONDITIONS, "--harmonize", "combatt"),
        (*CONDITIONS, "--unit", "lesion"),
    ],
)
def test_what_does_not_fit_is_refused(run, refused, table, tmp_path, change, golden):
    refused = run(table, "--target", "diagnosis", *QUICK, *change, "--out", tmp_path / "o")
    assert isinstance(refused.exception, ConfigurationError)
    with golden.error(ConfigurationError):
        raise refused.exception


def test_neurocombat_is_refused_before_any_fold(refused, table, tmp_path):
    """It failed in the 57th of 200 folds."""
    given = (table, "--target", "diagnosis", *CONDITIONS, *QUICK, "--out", tmp_path / "o")
    assert "only harmonizes the rows that it was fitted on" in refused(*given, "--harmonize", "neurocombat")
    assert "neurocombat" not in refused(*given, "--harmonize", "xyz")


def test_a_whitelist_of_the_very_same_table_is_refused(refused, table, tmp_path):
    made = CliRunner().invoke(reliability, [str(table), "--reference", "REF", "--strategy", "strategy", "--out",
                                            str(tmp_path / "r.parquet"), "--quiet"])  # fmt: skip
    assert made.exit_code == 0, made.exception
    whitelist = tmp_path / "robust.json"
    limits = ("--threshold", "icc=0.5")
    chosen = CliRunner().invoke(select, [str(tmp_path / "r.parquet"), "--out", str(whitelist), *limits])
    assert chosen.exit_code == 0, chosen.exception
    given = (table, "--target", "diagnosis", *CONDITIONS, *QUICK, "--out", tmp_path / "o", "--allow", "unknown")
    assert "was made from the same scans as" in refused(*given, "--whitelist", whitelist)


def test_a_scan_under_two_subjects_is_refused_with_its_lines(refused, cohort, tmp_path):
    frame = cohort.table.copy()
    names = list(cohort.features)
    frame.loc[7, names] = frame.loc[2, names]
    frame.to_csv(tmp_path / "twice.csv", index=False)
    told = refused(tmp_path / "twice.csv", "--target", "diagnosis", *CONDITIONS, *QUICK, "--out", tmp_path / "o")
    assert "twice.csv: line 4 and line 9 hold the same values" in told


def test_what_is_left_out_is_told_and_recorded(run, cohort, tmp_path):
    cohort.table.assign(vol_edema=1.5).to_csv(tmp_path / "more.csv", index=False)
    done = run(tmp_path / "more.csv", "--target", "diagnosis", *CONDITIONS, *QUICK, "--out", tmp_path / "o")
    assert "left out, not named as a feature: vol_edema" in done.output
    record = json.loads((tmp_path / "o/transfer.json").read_text(encoding="utf-8"))
    assert record["table"]["left_out"] == {"not named as a feature": ["vol_edema"]}


def test_a_scheduler_that_does_not_answer_is_told(run, table, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.executors.cluster.CONNECT", 0.5)
    arguments = (table, "--target", "diagnosis", *CONDITIONS, "--out", tmp_path, "--scheduler", "tcp://127.0.0.1:9")
    done = run(*arguments)
    assert isinstance(done.exception, ConfigurationError)
    assert "no Dask scheduler answers" in str(done.exception)
    assert "exclude each other" in str(run(*arguments, "--jobs", "2").exception)
