import numpy as np
import pandas as pd
import pytest

from evaluation.claims.margin import EquivalenceMargin
from evaluation.claims.pooling import pooling_table
from experiments.analyses.equivalence.files import RECORD, TABLE
from experiments.analyses.equivalence.run import run_equivalence
from experiments.analyses.equivalence.settings import EquivalenceSettings

GIVEN = ("--condition", "REF+STD", "--condition", "ACC+DLR", "--column", "acquisition,reconstruction")


def cohort(n=20, repeats=(1,)):
    """Make subjects under two arms, with repeats; Contrast is shifted by a third under the second."""
    rng = np.random.default_rng(3)
    truth = rng.normal(50, 5, n)
    rows = [
        {
            "patient": f"P{i}", "acquisition": acquisition, "reconstruction": reconstruction, "visit": repeat,
            "original_glcm_Id": truth[i] + rng.normal(), "original_firstorder_Mean": truth[i] - 50 + rng.normal(),
            "original_glcm_Contrast": truth[i] * (1 + (acquisition == "ACC") / 3) + rng.normal(),
        }
        for i in range(n)
        for acquisition, reconstruction in (("REF", "STD"), ("ACC", "DLR"))
        for repeat in repeats
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    cohort().to_csv(path, index=False)
    return path


def test_what_it_prints_and_leaves(radharmony, table, tmp_path, golden):
    out = tmp_path / "out"
    done = radharmony("equivalence", table, *GIVEN, "--margin", "10%", "--out", out)

    assert done.returncode == 0
    golden.text(done.stdout + done.stderr)
    found = TABLE.read(out).set_index("feature")["pooled"]
    assert found.to_dict() == {
        "original_glcm_Id": "yes", "original_firstorder_Mean": "not shown", "original_glcm_Contrast": "no"
    }  # fmt: skip
    assert RECORD.read(out)["settings"]["margin"] == "10%"
    assert (out / "equivalence.png").stat().st_size > 10_000


def test_repeats_are_told_apart_by_their_column():
    made = cohort(30, (1, 2))
    settings = EquivalenceSettings(
        conditions=("REF+STD", "ACC+DLR"), column=("acquisition", "reconstruction"), repeat="visit", margin="5"
    )
    found = run_equivalence(made, settings).table.set_index("feature")

    assert (found["n_repeated"] == 30).all()
    assert found["interchangeable"].tolist() == ["yes", "yes", "no"]
    keys = made.assign(
        strategy="all", sequence="all", roi="all", subject=made["patient"],
        condition=made["acquisition"] + made["visit"].astype(str),
    )  # fmt: skip
    of = {"REF1": "REF", "REF2": "REF", "ACC1": "ACC", "ACC2": "ACC"}
    direct = pooling_table(keys, "REF", "ACC", EquivalenceMargin.parse("5"), of=of).set_index("feature")
    pd.testing.assert_frame_equal(found[["q", "gamma", "q_gamma"]], direct[["q", "gamma", "q_gamma"]])


def test_margins_of_measurement_error_are_read(radharmony, table, tmp_path):
    repeats = cohort(30, (1, 2))
    repeats[repeats["acquisition"] == "REF"].to_csv(tmp_path / "repeats.csv", index=False)
    done = radharmony(
        "reliability", tmp_path / "repeats.csv", "--condition", "visit", "--reference", "none", "--no-figures",
        "--no-inference", "--statistics", "rc", "--out", tmp_path / "repeats",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    found = {}
    tables = ("measurement_error.parquet", "reliability.parquet", "reliability.csv")
    for name in ("repeats", *(f"repeats/{one}" for one in tables)):
        out = tmp_path / "out"
        done = radharmony("equivalence", table, *GIVEN, "--margin", "1rc", "--error", tmp_path / name, "--out", out)
        assert done.returncode == 0, done.stdout
        found[name] = TABLE.read(out)["margin_upper"].to_numpy()
    for one in found.values():
        np.testing.assert_allclose(one, found["repeats"], rtol=1e-9)
    assert 2 < found["repeats"].mean() < 4


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "arguments",
    [
        ("--condition", "REF+STD", "--margin", "10%"),
        (*GIVEN[:4], "--margin", "10%"),
        ("--condition", "REF+STD", "--condition", "ACC+DLX", *GIVEN[4:], "--margin", "10%"),
        ("--condition", "acquisition", "--condition", "REF", "--column", "acquisition", "--margin", "10%"),
        (*GIVEN, "--margin", "1rc"),
        (*GIVEN, "--margin", "10%", "--error", "."),
        (*GIVEN[:4], "--margin", "10%", "--repeat", "visit"),
        (*GIVEN, "--margin", "1", "--scale", "log"),
        (*GIVEN, "--margin", "1rc", "--error", "table.csv"),
    ],
)
def test_bad_questions_are_refused(radharmony, tmp_path, monkeypatch, golden, arguments):
    monkeypatch.chdir(tmp_path)
    done = radharmony("equivalence", "table.csv", *arguments, "--out", "out")
    assert done.returncode == 2
    golden.text(done.stderr)
    assert not (tmp_path / "out").exists()
