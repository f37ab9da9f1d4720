"""The transfer from one condition to another, as the report shows it."""

from typing import Any

import pandas as pd

from evaluation.classification.transfer_figure import WIDTH, height_of, transfer_figure
from experiments.analyses.transfer.files import ADVICE, TransferFiles, read_transfer
from experiments.folder.files import TRANSFER
from experiments.folder.kinds import readable
from experiments.page import Content, Context, Modeling, Picture, Pictures, Section
from experiments.page.modeling import slopes
from experiments.page.quantities import table
from experiments.page.svg import to_svg
from experiments.page.wording import none, percent, plural, with_limits

CELLS = (
    ("auc", "within", "AUC within"),
    ("auc", "across", "AUC across"),
    ("auc", "native", "AUC native"),
    ("auc", "across - within", "Change of AUC"),
    ("flips_at_half", "both", "Predictions that flip"),
    ("mean_error", "across - within", "Change of mean risk"),
    ("calibration_slope", "across", "Calibration slope across"),
)


def summarize(context: Context) -> Content | None:
    """Condense the transfer of the run; None where there is none."""
    files = read_transfer(context.run.folder) if TRANSFER in context.added else None
    if files is None:
        return None
    with readable(context.run.folder / TRANSFER, ADVICE):
        return _content(files)


def _content(files: TransferFiles) -> Content:
    variants = files.record["variants"]
    known = files.scores.set_index(["variant", "score", "tested"])
    # Scores in rows: there are more of them than variants, and a wide table does not fit the page.
    rows = (
        (title, *(_cell(known.loc[(name, score, tested)], score) for name in variants))
        for score, tested, title in CELLS
    )
    gains = (
        (row["variant"], "AUC" if row["score"] == "auc" else "predictions that flip", _cell(row, row["score"]))
        for row in files.gains.to_dict("records")
    )
    return {
        "sentences": _sentences(files),
        "scores": table(("Score", *variants), rows, 1),
        "gains": table(("Variant", "Score", f"Difference from {variants[0]}"), gains, 2),
        "notes": [str(note) for note in files.record["notes"]],
        "train": files.record["train"],
        "test": files.record["test"],
    }


def plot(context: Context, content: Content) -> Pictures:
    """Draw AUC and flips of each variant."""
    files = read_transfer(context.run.folder)
    if files is None:
        return {}
    train, test = content["train"], content["test"]
    scores = files.scores
    with readable(context.run.folder / TRANSFER, ADVICE):
        height = height_of(scores)
        svg = to_svg(lambda figure: transfer_figure(scores, train, test, figure=figure), WIDTH, height, "transfer")
    alt = (
        f"Held-out AUC within {train}, across to {test} and native, and predictions that flip, by variant, with limits."
    )
    return {"scores": [Picture("transfer", "", svg, alt, file=False)]}


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


def models(context: Context) -> Modeling | None:
    """Say what was trained and tested."""
    files = read_transfer(context.run.folder) if TRANSFER in context.added else None
    if files is None:
        return None
    record, settings = files.record, files.record["settings"]
    across = files.scores[files.scores["tested"] == "across"].rename(columns={"variant": "model"})
    calibration, reasons = slopes(across)
    listed = settings["whitelist"]
    return Modeling(
        TRANSFER,
        (settings["model"],),
        settings,
        ("AUC", "Brier score", "calibration", "share of predictions that flip"),
        int(record["subjects"]),
        record["versions"],
        record["classes"],
        removed="" if listed is None else f"the whitelist {listed['file']}, beside all features",
        calibration=calibration,
        uncalibrated=reasons,
        harmonizer=settings["harmonize"] or "",
        compared="" if files.gains.empty else "differences of AUC and of flips with paired limits over subjects",
    )


SECTION = Section(__name__, "transfer", "From one condition to another", summarize, plot, models)
