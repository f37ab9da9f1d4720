import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.analyses.diagnose.command import diagnose
from experiments.analyses.diagnose.section import SECTION
from experiments.folder.run_folder import RunFolder
from experiments.page import Content, Context
from experiments.report import write_report
from harmonize.errors import ConfigurationError


def summary_of(folder: Path, added: tuple[str, ...] = ("diagnosis",)) -> Content | None:
    return SECTION.summarize(Context(RunFolder(folder), {}, added))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `radharmony diagnose --run RUN` leaves, as far as the report reads it."""
    place = tmp_path / "diagnosis"
    place.mkdir()
    record = {
        "table": {"file": "<b>patients</b>.csv"},
        "whitelist": {"file": "raw.json"},
        "target": "malignant",
        "rows": {"no": 51, "yes": 63},
        "subjects": 114,
        "kept": 106,
        "folds": 5,
        "repeats": 2,
        "notes": ["3 rows without a diagnosis were left out"],
    }
    (place / "diagnosis.json").write_text(json.dumps(record), encoding="utf-8")
    pd.DataFrame(
        [
            ("logistic", "auc", 0.71, 0.6, 0.82, "ok"),
            ("logistic", "calibration_slope", -0.2, -1.0, 0.5, "ok"),
            ("dummy", "auc", 0.5, None, None, "ok"),
            ("dummy", "calibration_slope", None, None, None, "no_spread"),
        ],
        columns=["model", "score", "estimate", "lower", "upper", "status"],
    ).assign(interval="nadeau_bengio").to_csv(place / "scores.csv", index=False)
    pd.DataFrame(
        [("logistic", "dummy", "auc", 0.21, 0.1, 0.32, "ok"), ("logistic", "dummy", "brier", -0.1, -0.2, 0.0, "ok")],
        columns=["model", "baseline", "score", "difference", "lower", "upper", "status"],
    ).to_csv(place / "differences.csv", index=False)
    return tmp_path


def test_scores_stand_with_limits_and_reasons(folder: Path) -> None:
    section = summary_of(folder)
    assert section is not None
    assert section["scores"]["columns"][0] == "Model"
    assert section["scores"]["rows"] == [
        ["logistic", "0.71 (0.60 to 0.82)", "−0.20 (−1.00 to 0.50)"],
        ["dummy", "0.50", "none (no spread)"],
    ]
    assert section["differences"]["rows"] == [["logistic", "dummy", "0.21 (0.10 to 0.32)"]]
    assert section["sentences"][0].startswith("malignant of 114 subjects (51 of class no, 63 of class yes)")
    assert "raw.json" in section["sentences"][1]


def test_how_steady_predictions_are_has_a_table_where_scans_were_perturbed(folder: Path) -> None:
    section = summary_of(folder)
    assert section is not None
    assert not section["steady"]["rows"]
    pd.DataFrame(
        [("logistic", "sd", 0.05, 0.03, 0.07, "ok"), ("logistic", "flips", 0.0, None, None, "no_interval")],
        columns=["model", "measure", "estimate", "lower", "upper", "status"],
    ).to_csv(folder / "diagnosis" / "prediction_stability.csv", index=False)
    section = summary_of(folder)
    assert section is not None
    assert section["steady"]["rows"] == [["logistic", "0.05 (0.03 to 0.07)", "0.00"]]


def test_the_report_shows_what_diagnose_wrote(tmp_path: Path, run_writer: Callable[..., Path]) -> None:
    folder = run_writer(tmp_path / "run", strategies=["as it is"], subjects=["S1", "S2", "S3", "S4"])
    rng = np.random.default_rng(5)
    sick = np.arange(40) % 2
    values = {f"original_glcm_F{number}": rng.normal(size=40) + number * sick for number in range(3)}
    table = pd.DataFrame({"patient": [f"P{number}" for number in range(40)], "<b>target</b>": sick, **values})
    table.to_csv(tmp_path / "patients.csv", index=False)
    arguments = ["--target", "<b>target</b>", "--subject", "patient", "--run", str(folder)]
    quick = ["--folds", "3", "--repeats", "1", "--inner-folds", "2", "--resamples", "100", "--jobs", "1"]
    done = CliRunner().invoke(diagnose, [str(tmp_path / "patients.csv"), *arguments, *quick], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    page = write_report(folder).read_text(encoding="utf-8")
    scores = pd.read_csv(folder / "diagnosis" / "scores.csv")
    auc = scores[(scores["model"] == "logistic") & (scores["score"] == "auc")].iloc[0]
    assert 'id="diagnosis"' in page
    assert f"{auc['estimate']:.2f} ({auc['lower']:.2f} to {auc['upper']:.2f})" in page
    assert "&lt;b&gt;target&lt;/b&gt; of 40 subjects" in page
    assert "<b>target" not in page


@pytest.mark.parametrize("name", ["diagnosis.json", "scores.csv", "differences.csv"])
def test_a_damaged_file_is_named(folder: Path, name: str, golden) -> None:
    (folder / "diagnosis" / name).write_text("\x00", encoding="utf-8")
    with golden.error(ConfigurationError):
        summary_of(folder)


def test_none_of_another_run(folder: Path) -> None:
    assert summary_of(folder, added=()) is None
