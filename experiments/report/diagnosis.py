"""How well features tell the diagnosis, as the report shows what `radharmony diagnose` left in a run folder."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.diagnostic import SCORES
from experiments import outputs
from experiments.report.quantities import Table
from experiments.report.wording import plural, signed
from harmonize.errors import ConfigurationError

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
    place = Path(folder) / outputs.DIAGNOSIS
    if not (place / "diagnosis.json").is_file():
        return None
    try:
        record = json.loads((place / "diagnosis.json").read_text(encoding="utf-8"))
        scores = pd.read_csv(place / "scores.csv", keep_default_na=False, na_values=[""])
        differences = pd.read_csv(place / "differences.csv", keep_default_na=False, na_values=[""])
        return _section(record, scores, differences)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{place}: not readable ({error}); run `radharmony diagnose` again, or remove the folder"
        ) from None


def _section(record: Mapping[str, Any], scores: pd.DataFrame, differences: pd.DataFrame) -> DiagnosisSection:
    shown = [name for name in SHOWN if name in set(scores["score"])]
    found = scores.set_index(["model", "score"]).to_dict("index")
    names = [str(name) for name in scores["model"].drop_duplicates()]
    rows = tuple((name, *(_cell(found.get((name, score), {}), "estimate") for score in shown)) for name in names)
    compared = differences[differences["score"] == "auc"].to_dict("records")
    gains = tuple((str(row["model"]), str(row["baseline"]), _cell(row, "difference")) for row in compared)
    return DiagnosisSection(
        tuple(_sentences(record)),
        Table(("Model", *(SCORES[score].title for score in shown)), rows, frozenset(range(1, len(shown) + 1))),
        Table(("Model", "Baseline", "Difference of AUC"), gains, frozenset({2})),
        tuple(map(str, record["notes"])),
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
    value = row.get(name)
    if value is None or pd.isna(value):
        return f"none ({row.get('status', 'not computed')})".replace("_", " ")
    text = signed(value, 2)
    return text if pd.isna(row["lower"]) else f"{text} ({signed(row['lower'], 2)} to {signed(row['upper'], 2)})"
