"""How well features tell the diagnosis, as the report shows what `radharmony diagnose` left in a run folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.classification import SCORES
from experiments.folder.files import DIAGNOSIS
from experiments.report.contents.quantities import Table
from experiments.report.wording import none, plural, with_limits
from experiments.results.diagnosis import ADVICE, DiagnosisFiles, read_diagnosis
from experiments.results.reading import readable

SHOWN = ("auc", "balanced_accuracy", "brier", "calibration_slope")


@dataclass(frozen=True)
class DiagnosisSection:
    """What the report says of a diagnosis: sentences, held-out scores, differences from the baselines, and notes."""

    sentences: tuple[str, ...]
    scores: Table
    differences: Table
    notes: tuple[str, ...]


def diagnosis_section(folder: Path) -> DiagnosisSection | None:
    """Condense the diagnosis in a run folder; None where there is none.

    Raises
    ------
    ConfigurationError
        For a file that is damaged or missing beside the others.
    """
    files = read_diagnosis(folder)
    if files is None:
        return None
    with readable(folder / DIAGNOSIS, ADVICE):
        return _section(files)


def _section(files: DiagnosisFiles) -> DiagnosisSection:
    scores, differences = files.scores, files.differences
    shown = [name for name in SHOWN if name in set(scores["score"])]
    found = scores.set_index(["model", "score"]).to_dict("index")
    names = list(scores["model"].drop_duplicates())
    rows = tuple((name, *(_cell(found.get((name, score), {}), "estimate") for score in shown)) for name in names)
    compared = differences[differences["score"] == "auc"].to_dict("records")
    gains = tuple((row["model"], row["baseline"], _cell(row, "difference")) for row in compared)
    return DiagnosisSection(
        tuple(_sentences(files.record)),
        Table(("Model", *(SCORES[score].title for score in shown)), rows, frozenset(range(1, len(shown) + 1))),
        Table(("Model", "Baseline", "Difference of AUC"), gains, frozenset({2})),
        tuple(map(str, files.record["notes"])),
    )


def _sentences(record: Mapping[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{count} of class {name}" for name, count in record["rows"].items())
    yield (
        f"{record['target']} of {plural(int(record['subjects']), 'subject')} ({counts}) was predicted from "
        f"{plural(int(record['kept']), 'feature')} of {record['table']['file']}, each time by a model that had not "
        f"seen the subject: {record['folds']} folds, {plural(int(record['repeats']), 'repeat')}."
    )
    if record["whitelist"] is not None:
        yield f"Only features of the whitelist {record['whitelist']['file']} took part."


def _cell(row: Mapping[str, Any], name: str) -> str:
    if pd.isna(row.get(name)):
        return none(row.get("status", "not computed"))
    return with_limits(row[name], row["lower"], row["upper"])
