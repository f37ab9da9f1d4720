"""The transfer from one condition to another, as the report shows it."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.classification.transfer_figure import WIDTH, height_of, paint_transfer
from experiments.folder.files import TRANSFER
from experiments.report.contents.quantities import Table
from experiments.report.figures import Picture
from experiments.report.figures.page_svg import to_svg
from experiments.report.wording import none, percent, plural, with_limits
from experiments.results.reading import readable
from experiments.results.transfer import ADVICE, TransferFiles, read_transfer

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
    """What the report says of a transfer: sentences, picture, scores, and the comparison with the first variant."""

    sentences: tuple[str, ...]
    picture: Picture
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
    with readable(folder / TRANSFER, ADVICE):
        return _section(files)


def _section(files: TransferFiles) -> TransferSection:
    variants = files.record["variants"]
    known = files.scores.set_index(["variant", "score", "tested"])
    # Scores in rows: there are more of them than variants, and a wide table does not fit the page.
    rows = tuple(
        (title, *(_cell(known.loc[(name, score, tested)], score) for name in variants))
        for score, tested, title in CELLS
    )
    heads = ("Score", *variants)
    numbers = Table(heads, rows, frozenset(range(1, len(heads))))
    gains = tuple(
        (row["variant"], "AUC" if row["score"] == "auc" else "predictions that flip", _cell(row, row["score"]))
        for row in files.gains.to_dict("records")
    )
    return TransferSection(
        tuple(_sentences(files)),
        Picture("transfer", "", _svg(files), _alt(files), numbers),
        numbers,
        Table(("Variant", "Score", f"Difference from {variants[0]}"), gains, frozenset({2})),
        tuple(map(str, files.record["notes"])),
    )


def _svg(files: TransferFiles) -> str:
    record = files.record
    paint = partial(paint_transfer, scores=files.scores, train=record["train"], test=record["test"])
    return to_svg(paint, WIDTH, height_of(files.scores), "transfer")


def _alt(files: TransferFiles) -> str:
    train, test = files.record["train"], files.record["test"]
    return (
        f"Held-out AUC within {train}, across to {test} and native, and predictions that flip, by variant, with limits."
    )


def _sentences(files: TransferFiles) -> list[str]:
    record, settings = files.record, files.record["settings"]
    train, test = record["train"], record["test"]
    left = f"; {plural(record['unpaired'], 'row')} of one of both only were left out" if record["unpaired"] else ""
    return [
        f"{settings['target']} ({' or '.join(record['classes'])}) of {plural(record['subjects'], 'subject')} was "
        f"predicted from {record['table']['file']} by models ({settings['model']}) that had seen neither the subject "
        f"nor its other images{left}.",
        f"Within: learned from {train}, tested in {train}. Across: the same models, tested in {test}. Native: learned "
        f"from {test}, tested in {test}.",
    ]


def _cell(row: Any, score: str) -> str:
    """Write an estimate with its limits, or why there is none."""
    if pd.isna(row["estimate"]):
        return none(row["status"])
    if score.startswith("flips"):
        return with_limits(row["estimate"], row["lower"], row["upper"], percent)
    return with_limits(row["estimate"], row["lower"], row["upper"])
