"""The transfer from one condition to another, as the report shows it."""

from typing import Any

from evaluation.written import signed
from experiments.analyses.transfer.files import FIRST, GAINS, PLACE, RECORD, SCORES
from experiments.folder.added import Added
from experiments.page import Content, Modeling, Picture, Pictures, section_of_analysis
from experiments.page.modeling import slopes
from experiments.page.quantities import table
from experiments.page.svg import to_svg
from experiments.page.wording import measured, percent, plural

NAMES = {"auc": "AUC", "r2": "R\N{SUPERSCRIPT TWO}", "c_index": "C-index"}
CHANGES = {"flips_at_half": "predictions that flip", "moved": "how far predictions move"}


def lines(outcome: str) -> tuple[tuple[str, str, str], ...]:
    """Give score, way of testing and title of what is shown.

    Examples
    --------
    >>> lines("number")[0]
    ('r2', 'within', 'R² within')
    """
    score, change = FIRST[outcome]
    name = NAMES[score]
    risk = ("mean_error", "across - within", "Change of mean risk")
    bias = ("calibration_intercept", "across - within", "Change of calibration in the large")
    return (
        *((score, tested, f"{name} {tested}") for tested in ("within", "across", "native")),
        (score, "across - within", f"Change of {name}"),
        (change, "both", CHANGES[change].capitalize()),
        risk if outcome == "classes" else bias,
        ("calibration_slope", "across", "Calibration slope across"),
    )


def summarize(files: Added) -> Content:
    """Condense the transfer."""
    variants = files.record["variants"]
    outcome = files.record["settings"].get("outcome", "classes")
    known = files[SCORES].set_index(["variant", "score", "tested"])
    # Scores in rows: there are more of them than variants, and a wide table does not fit the page.
    rows = (
        (title, *(_cell(known.loc[(name, score, tested)], score) for name in variants))
        for score, tested, title in lines(outcome)
    )
    gains = (
        (row["variant"], {**NAMES, **CHANGES}[row["score"]], _cell(row, row["score"]))
        for row in files[GAINS].to_dict("records")
    )
    return {
        "sentences": _sentences(files),
        "scores": table(("Score", *variants), rows, 1),
        "gains": table(("Variant", "Score", f"Difference from {variants[0]}"), gains, 2),
        "notes": [str(note) for note in files.record["notes"]],
        "train": files.record["train"],
        "test": files.record["test"],
        "score": NAMES[FIRST[outcome][0]],
        "change": CHANGES[FIRST[outcome][1]],
    }


def plot(files: Added, content: Content) -> Pictures:
    """Draw AUC and flips of each variant."""
    from evaluation.classification.transfer_figure import WIDTH, height_of, transfer_figure  # it loads scikit-learn

    train, test = content["train"], content["test"]
    scores = files[SCORES]
    height = height_of(scores)
    svg = to_svg(lambda figure: transfer_figure(scores, train, test, figure=figure), WIDTH, height, "transfer")
    alt = (
        f"Held-out {content['score']} within {train}, across to {test} and native, and {content['change']}, by "
        "variant, with limits."
    )
    return {"scores": [Picture("transfer", "", svg, alt, file=False)]}


def _sentences(files: Added) -> list[str]:
    record, settings = files.record, files.record["settings"]
    train, test = record["train"], record["test"]
    left = f"; {plural(record['unpaired'], 'row')} of one of both only were left out" if record["unpaired"] else ""
    survival = settings.get("outcome") == "survival"
    aim = f"The time to {settings['event']}" if survival else settings["target"]
    apart = " and " if survival else " or "
    classes = f" ({apart.join(record['classes'])})" if record["classes"] else ""
    return [
        f"{aim}{classes} of {plural(record['subjects'], 'subject')} was "
        f"predicted from {record['table']['file']} by models ({settings['model']}) that had seen neither the subject "
        f"nor its other images{left}.",
        f"Within: learned from {train}, tested in {train}. Across: the same models, tested in {test}. Native: learned "
        f"from {test}, tested in {test}.",
    ]


def _cell(row: Any, score: str) -> str:
    return measured(row, write=percent if score.startswith("flips") else signed)


def models(files: Added) -> Modeling:
    """Say what was trained and tested."""
    record, settings = files.record, files.record["settings"]
    score, change = FIRST[settings.get("outcome", "classes")]
    further = {"auc": ("Brier score",), "c_index": ("Brier score",)}.get(score, ())
    across = files[SCORES].query("tested == 'across'").rename(columns={"variant": "model"})
    calibration, reasons = slopes(across)
    listed = settings["whitelist"]
    return Modeling(
        PLACE,
        (settings["model"],),
        settings,
        (NAMES[score], *further, "calibration", CHANGES[change]),
        int(record["subjects"]),
        record["versions"],
        record["classes"],
        removed="" if listed is None else f"the whitelist {listed['file']}, beside all features",
        calibration=calibration,
        uncalibrated=reasons,
        harmonizer=settings["harmonize"] or "",
        compared=""
        if files[GAINS].empty
        else f"differences of {NAMES[score]} and of {CHANGES[change]} with paired limits over subjects",
    )


SECTION = section_of_analysis(__name__, "From one condition to another", PLACE, RECORD, summarize, plot, models)
