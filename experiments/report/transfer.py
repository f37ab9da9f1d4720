"""The transfer from one condition to another, as the report shows it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.report.quantities import Table
from experiments.report.wording import percent, plural
from experiments.results.transfer import TransferFiles, read_transfer

CELLS = (
    ("auc", "within", "AUC within"),
    ("auc", "across", "AUC across"),
    ("auc", "native", "AUC native"),
    ("auc", "across - within", "Change of AUC"),
    ("flips_at_half", "both", "Predictions that flip"),
    ("mean_error", "across - within", "Change of mean risk"),
    ("calibration_slope", "across", "Calibration slope across"),
)


@dataclass(frozen=True)
class TransferSection:
    """What the report says of a transfer: sentences, the scores, and the comparison with the first variant."""

    sentences: tuple[str, ...]
    scores: Table
    gains: Table
    notes: tuple[str, ...]


def transfer_section(folder: Path) -> TransferSection | None:
    """Condense the transfer in a run folder; None where there is none.

    Raises
    ------
    ConfigurationError
        For a file that is damaged or missing beside the others.
    """
    files = read_transfer(folder)
    if files is None:
        return None
    variants = files.record["variants"]
    known = files.scores.set_index(["variant", "score", "tested"])
    rows = tuple(
        (name, *(_cell(known.loc[(name, score, tested)], score) for score, tested, _ in CELLS)) for name in variants
    )
    heads = ("Variant", *(title for _, _, title in CELLS))
    gains = tuple(
        (row["variant"], "AUC" if row["score"] == "auc" else "predictions that flip", _cell(row, row["score"]))
        for row in files.gains.to_dict("records")
    )
    return TransferSection(
        tuple(_sentences(files)),
        Table(heads, rows, frozenset(range(1, len(heads)))),
        Table(("Variant", "Score", f"Difference from {variants[0]}"), gains, frozenset({2})),
        tuple(map(str, files.record["notes"])),
    )


def _sentences(files: TransferFiles) -> list[str]:
    record, settings = files.record, files.record["settings"]
    train, test = record["train"], record["test"]
    left = f"; {plural(record['unpaired'], 'row')} of one of both only were left out" if record["unpaired"] else ""
    return [
        f"{settings['target']} ({' or '.join(record['classes'])}) of {plural(record['subjects'], 'subject')} was "
        f"predicted by models ({settings['model']}) that had seen neither the subject nor its other images{left}.",
        f"Within: learned from {train}, tested in {train}. Across: the same models, tested in {test}. Native: learned "
        f"from {test}, tested in {test}.",
    ]


def _cell(row: Any, score: str) -> str:
    """Write an estimate with its limits, or why there is none."""
    if pd.isna(row["estimate"]):
        return f"none ({row['status'].replace('_', ' ')})"
    write = percent if score.startswith("flips") else "{:.2f}".format
    if pd.isna(row["lower"]):
        return write(row["estimate"])
    return f"{write(row['estimate'])} ({write(row['lower'])} to {write(row['upper'])})"
