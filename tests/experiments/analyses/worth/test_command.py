import numpy as np
import pandas as pd
import pytest

from evaluation.perturbed import perturbation_worth
from experiments.analyses.worth.files import RECORD
from experiments.analyses.worth.run import run_worth
from experiments.analyses.worth.settings import WorthSettings
from experiments.folder.condition_files import PERTURBATION_WORTH
from harmonize.errors import ConfigurationError

NOISE = np.array([0.05, 0.2, 0.5, 1.0])
NAMES = [f"original_glcm_F{i}" for i in range(4)]


def cohort(n=17):
    """Make subjects measured in two sessions, the first of which was perturbed three times."""
    rng = np.random.default_rng(3)
    truth = rng.normal(10, 1, (n, 4))
    first = truth + NOISE * rng.normal(size=truth.shape)
    scans = {("1", "unperturbed"): first, ("2", "unperturbed"): truth + NOISE * rng.normal(size=truth.shape)}
    scans |= {("1", f"noise-{i}"): first + NOISE[::-1] * rng.normal(size=truth.shape) / 2 for i in (1, 2, 3)}
    keys = {"patient": [f"P{i}" for i in range(n)], "organ": "liver"}
    return pd.concat(
        pd.DataFrame(values, columns=NAMES).assign(session=session, perturbation=level, **keys)
        for (session, level), values in scans.items()
    )


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    cohort().to_csv(path, index=False)
    return path


def test_what_it_prints_and_leaves(radharmony, table, tmp_path, golden):
    out = tmp_path / "out"
    done = radharmony("worth", table, "--threshold", "icc=.9", "--out", out)

    assert done.returncode == 0, done.stderr
    golden.text(done.stdout + done.stderr)
    found = PERTURBATION_WORTH.read(out)
    named = cohort().assign(strategy="all", sequence="all", roi="liver", subject=cohort()["patient"])
    expected = perturbation_worth(named.assign(condition=named["session"]), "1", thresholds={"icc": 0.9})
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    record = RECORD.read(out)
    assert (record["reference"], record["rule"]["icc"]) == ("1", 0.9)


def test_columns_and_levels_of_other_names():
    made = cohort().rename(columns={"perturbation": "what", "session": "scanner"}).replace({"unperturbed": "plain"})
    settings = WorthSettings(perturbation="what", unperturbed="plain", reference="2", threshold={"icc": "0.9"})
    found = run_worth(made, settings)
    assert found.reference == "2"
    assert found.table["condition"].unique().tolist() == ["1"]
    assert run_worth(made, WorthSettings(perturbation="what", unperturbed="plain", reference="none")).reference is None


def test_scans_of_one_condition_are_told_as_that_at_once(golden):
    """A reference was asked for first, and with none there was nothing to judge by."""
    made = cohort().query("session == '1'").assign(session=lambda table: table["perturbation"])
    with golden.error(ConfigurationError):
        run_worth(made, WorthSettings())


def test_few_subjects_are_told():
    assert any("fewer than six subjects" in note for note in run_worth(cohort(5), WorthSettings()).notes)


@pytest.mark.parametrize("wrong", ["no column", "level", "condition", "several perturbed", "one condition"])
def test_bad_questions_are_refused(golden, wrong):
    made = cohort()
    other = made[made["perturbation"] != "unperturbed"].assign(session="2")
    frame, settings = {
        "no column": (made.drop(columns="perturbation"), {}),
        "level": (made, {"unperturbed": "unpertubed"}),
        "condition": (made, {"reference": "3"}),
        "several perturbed": (pd.concat([made, other]), {}),
        "one condition": (made[made["session"] == "1"], {}),
    }[wrong]
    with golden.error(ConfigurationError):
        run_worth(frame, WorthSettings(**settings))


@pytest.mark.data
def test_bin_widths_as_perturbations_of_real_prostates(data_root):
    """Test-retest of 15 patients: what is robust to the bin width says little of what is repeatable."""
    parts = []
    for width in (10, 20, 40):
        (path,) = (data_root / "qin_prostate_repeat").glob(f"*bin{width}.csv.gz")
        table = pd.read_csv(path, sep=";", usecols=lambda name: name.startswith(("study", "segmented", "original")))
        table = table.join(table["study"].str.extract("(?P<patient>[^_]+)_(?P<date>.+)"))
        visit = table.groupby("patient")["date"].rank("dense").astype(int)
        level = "unperturbed" if width == 20 else f"bin-{width}"
        parts.append(table.assign(visit=visit, perturbation=level)[(visit == 1) | (width == 20)])
    roles = {"subject": "patient", "condition": ("visit",), "roi": "segmentedStructure", "threshold": {"icc": "0.8"}}
    found = run_worth(pd.concat(parts), WorthSettings(**roles, features=("original_*",))).table
    row = found[found["by"] == "overall"].set_index("measure")

    assert row["subjects"].eq(15).all()
    assert row.loc["stable", "estimate"] < row.loc["kept", "estimate"]
    assert row.loc["sensitivity", "upper"] < row.loc["sensitivity", "ceiling"]
