import numpy as np
import pandas as pd
import pytest

from experiments.analyses.change.files import PATIENTS, RECORD, TABLE
from experiments.analyses.change.run import run_change
from experiments.analyses.change.settings import ChangeSettings
from experiments.simulate.feature_table import FeatureGroup, simulate_cohort


def visits(first, last, scanners=("A", "A"), setting="5"):
    """Make two visits of some of 42 people, with what PyRadiomics says of its settings."""
    cohort = simulate_cohort(42, groups=(FeatureGroup("F", 4, 1.0, (0.9, 0.9)),), conditions=("1", "2"), seed=1).table
    features = [name for name in cohort if name.startswith("original_")]
    cohort = cohort[cohort["subject"].isin(list(dict.fromkeys(cohort["subject"]))[first:last])].reset_index(drop=True)
    made = cohort[["subject", *features]].assign(visit=cohort["condition"])
    made["scanner"] = np.where(made["visit"] == "1", scanners[0], scanners[1])
    made["diagnostics_Configuration_Settings"] = f"{{'binWidth': {setting}, 'label': 1}}"
    made["diagnostics_Configuration_EnabledImageTypes"] = "{'Original': {}}"
    return made


@pytest.fixture
def place(tmp_path, radharmony, monkeypatch):
    """Volunteers' reliability, and patients."""
    monkeypatch.chdir(tmp_path)
    visits(0, 30).to_csv("volunteers.csv", index=False)
    visits(30, 42).to_csv("patients.csv", index=False)
    visits(30, 42, scanners=("A", "B")).to_csv("moved.csv", index=False)
    done = radharmony(
        "reliability", "volunteers.csv", "--condition", "visit", "--reference", "none", "--no-figures",
        "--no-inference", "--out", "volunteers", "--exclude", "scanner",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path


GIVEN = ("--reliability", "volunteers", "--visit", "visit", "--out", "out", "--allow", "unknown")


def test_what_it_prints_and_leaves(radharmony, place, golden):
    done = radharmony("change", "patients.csv", *GIVEN, "--coefficient", "rc")

    assert done.returncode == 0
    golden.text(done.stdout + done.stderr)
    patients, table = PATIENTS.read(place / "out"), TABLE.read(place / "out")
    assert patients["judged"].sum() == (table["verdict"] != "not judged").sum() == 48
    assert patients["by_chance"].sum() == pytest.approx(48 * table["by_chance"].mean())
    assert RECORD.read(place / "out")["protocol"] == ["scanner"]
    assert (place / "out" / "changes.png").stat().st_size > 5_000


def test_a_change_of_scanner_calls_for_the_rdc(place):
    asked = {"reliability": place / "volunteers", "visit": "visit", "allow": ("unknown",)}
    by_rc = run_change(place / "moved.csv", ChangeSettings(**asked, coefficient="rc"))
    by_rdc = run_change(place / "moved.csv", ChangeSettings(**asked, coefficient="rdc"))

    assert (by_rc.table["status"] == "protocol_changed").all()
    assert (by_rdc.table["verdict"] != "not judged").all()
    assert by_rc.protocol == ("scanner",)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "arguments",
    [
        ("patients.csv", *GIVEN[:-2], "--coefficient", "rc"),
        ("patients.csv", *GIVEN, "--coefficient", "rc", "--order", "visit"),
        ("patients.csv", *GIVEN, "--coefficient", "rc", "--visits", "1"),
        ("patients.csv", *GIVEN, "--coefficient", "rc", "--visits", "1", "--visits", "3"),
        ("patients.csv", *GIVEN[2:], "--reliability", "patients.csv", "--coefficient", "rc"),
        ("patients.csv", *GIVEN, "--coefficient", "rc", "--features", "diag*"),
    ],
)
def test_bad_questions_are_refused(radharmony, golden, arguments):
    done = radharmony("change", *arguments)
    assert done.returncode == 2
    golden.text(done.stderr)


@pytest.mark.usefixtures("place")
def test_errors_of_the_same_scans_are_told():
    settings = ChangeSettings(reliability="volunteers", visit="visit", coefficient="rc", allow=("unknown",))
    assert any("itself" in text for text in run_change("volunteers.csv", settings).warnings)
    assert isinstance(run_change(pd.read_csv("patients.csv"), settings).patients(), pd.DataFrame)
