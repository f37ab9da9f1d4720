"""The trade-off between robustness and diagnosis, as the report and the terminal show it."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evaluation.figures.tradeoff import SCORES, WIDTH, first_score, height_of, tradeoff_curve
from evaluation.written import with_limits
from experiments.analyses.tradeoff.files import PLACE, RECORD, TABLE
from experiments.folder.added import Added
from experiments.page import Content, Modeling, Picture, Pictures, section_of_analysis, wording
from experiments.page.modeling import reduced
from experiments.page.quantities import Table
from experiments.page.quantities import table as plain_table
from experiments.page.svg import to_svg
from harmonize.words import plural

COLUMNS = (
    "Threshold",
    "Held-out {}",
    "Agreement of predictions",
    "Stability of selection",
    "Features",
    "Reach it",
    "Chosen",
    "Pareto front",
)
REASONS = {
    "no_features": "no feature left",
    "not_repeated": "no repeats",
    "too_few": "too few",
    "constant": "all equal",
    "undefined": "undefined",
}


def summarize(files: Added) -> Content:
    """Condense the trade-off."""
    return {
        "sentences": list(_sentences(files[TABLE], files.record)),
        "numbers": plain_table(columns(files[TABLE]), cells(files[TABLE]), range(1, 7)),
        "settings": _settings(files.record),
        "rule": files.record["rule"],
        "level": float(files.record["settings"]["level"]),
    }


def plot(files: Added, content: Content) -> Pictures:
    """Draw the measures over the threshold."""
    table, rule, level = files[TABLE], content["rule"], content["level"]
    height = height_of(table)
    svg = to_svg(lambda figure: tradeoff_curve(table, rule, level=level, figure=figure), WIDTH, height, "tradeoff")
    score = SCORES[first_score(table)]
    alt = f"Held-out {score}, agreement of predictions, stability and number of features against {rule}."
    return {"curves": [Picture("tradeoff", "", svg, alt, file=False)]}


def columns(table: pd.DataFrame) -> tuple[str, ...]:
    """Name the columns with the score that the table has."""
    return tuple(name.format(SCORES[first_score(table)]) for name in COLUMNS)


def cells(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Write each row of the table in the columns of `columns`."""
    return [
        (
            row["name"],
            _estimate(row, first_score(table)),
            _estimate(row, "prediction_icc"),
            _estimate(row, "stability"),
            f"{row['n_features']:.1f}",
            f"{row['n_robust']:.1f}",
            "" if pd.isna(row["chosen"]) else wording.percent(row["chosen"]),
            "yes" if row["pareto"] else "",
        )
        for row in table.to_dict("records")
    ]


def _estimate(row: dict[str, Any], name: str) -> str:
    if pd.isna(row[name]):
        status = str(row[f"{name}_status"])
        return REASONS.get(status, status)
    return with_limits(row[name], row[f"{name}_lower"], row[f"{name}_upper"])


def _sentences(table: pd.DataFrame, record: Any) -> Iterator[str]:
    cohort, rule = record["cohort"], record["rule"]
    score = first_score(table)
    survival = record["settings"].get("outcome") == "survival"
    aim = f"The time to {cohort['event']}" if survival else cohort["target"]
    classes = f" ({' or '.join(record['classes'])})" if record["classes"] else ""
    tuned, swept = table.iloc[-1], table.iloc[:-1]
    yield (
        f"{aim}{classes} of {plural(cohort['n_subjects'], 'subject')} was "
        f"predicted from features of {cohort['file']} with {rule} above a threshold, by models that had seen "
        "neither the subject nor its repeats."
    )
    yield f"Tuned in the inner loop, the threshold gives a held-out {SCORES[score]} of {_estimate(dict(tuned), score)}."
    if swept["chosen"].max() > 0:
        most = swept.loc[swept["chosen"].idxmax()]
        yield f"Most often the inner loop took {most['name']}, for {wording.percent(most['chosen'])} of the models."
    front = swept.loc[swept["pareto"], "name"].tolist()
    if front:
        yield (
            f"On the Pareto front: {', '.join(front)}. No other threshold is at least as good in every measure and "
            "better in one; the measures are estimates, so that neighbours may change places."
        )


def _settings(record: Any) -> Table:
    reliability, settings = record["reliability"], record["settings"]
    source = (
        "repeats of the table, of training subjects only"
        if reliability["source"] == "repeats"
        else f"{reliability['file']}, strategy {reliability['strategy']}"
    )
    select = settings["select"] or "none"
    options = ", ".join(f"{name} {value}" for name, value in settings["select_options"].items())
    rows = (
        ("Cohort", record["cohort"]["file"]),
        ("Conditions", ", ".join(record["cohort"]["conditions"]) or "one"),
        ("Reliability of features", source),
        ("Reference", settings["reference"] or "none"),
        ("Pruning", "none" if settings["prune"] is None else f"absolute Spearman correlation {settings['prune']:g}"),
        ("Selector", f"{select} ({options})" if options else select),
        ("Model", settings["model"]),
        ("Folds", f"{settings['folds']}, {settings['repeats']} times; inner {settings['inner_folds']}"),
        ("Seed", str(settings["seed"])),
        *(("Note", note) for note in record["notes"]),
    )
    return plain_table(("Setting", "Value"), rows)


def models(files: Added) -> Modeling:
    """Say what was trained and tested."""
    settings = files.record["settings"]
    return Modeling(
        PLACE,
        (settings["model"],),
        settings,
        (SCORES[first_score(files[TABLE])], "agreement of predictions", "stability of selection"),
        int(files.record["cohort"]["n_subjects"]),
        files.record["versions"],
        removed=f"{files.record['rule']} above a threshold",
        reduced=reduced(settings),
        tuned="The threshold of robustness was tuned in the inner loop; its own held-out performance is reported",
        n_features=float(files[TABLE].iloc[-1]["n_features"]),
    )


SECTION = section_of_analysis(__name__, "Robustness against diagnosis", PLACE, RECORD, summarize, plot, models)
