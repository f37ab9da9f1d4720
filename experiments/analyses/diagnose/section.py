"""How well features tell the diagnosis, as the report shows what `radharmony diagnose` left in a run folder."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from experiments.analyses.diagnose.files import DIFFERENCES, PLACE, RECORD, SCORED, SIZES, STABILITY
from experiments.folder.added import Added
from experiments.page import Content, Modeling, section_of_analysis
from experiments.page.modeling import reduced, slopes
from experiments.page.quantities import table
from experiments.page.wording import measured, plural

SHOWN = {
    "classes": ("auc", "balanced_accuracy", "brier", "calibration_slope"),
    "number": ("r2", "rmse", "mae", "calibration_slope"),
    "survival": ("c_index", "uno_c", "ibs", "calibration_slope"),
}
"""Scores that people see first, by what is predicted; the first one is compared with the baselines."""


def summarize(files: Added) -> Content:
    """Condense the diagnosis."""
    from evaluation.classification import OUTCOMES  # only here: it loads scikit-learn

    scores, differences = files[SCORED], files[DIFFERENCES]
    outcome = files.record.get("outcome", "classes")
    titles = {name: one.title for name, one in OUTCOMES[outcome].scores.items()}
    shown = [name for name in SHOWN[outcome] if name in set(scores["score"])]
    found = scores.set_index(["model", "score"]).to_dict("index")
    rows = (
        (name, *(measured(found.get((name, score), {})) for score in shown))
        for name in scores["model"].drop_duplicates()
    )
    compared = differences[differences["score"] == SHOWN[outcome][0]].to_dict("records")
    gains = ((row["model"], row["baseline"], measured(row, "difference")) for row in compared)
    return {
        "sentences": list(_sentences(files.record)),
        "scores": table(("Model", *(titles[score] for score in shown)), rows, 1),
        "differences": table(("Model", "Baseline", f"Difference of {titles[SHOWN[outcome][0]]}"), gains, 2),
        "steady": table(("Model", "SD of the prediction", "Other class"), _steadiness(files), 1),
        "outcome": outcome,
        "notes": [str(note) for note in files.record["notes"]],
    }


def _steadiness(files: Added) -> Iterator[tuple[str, ...]]:
    """Give how steady the predictions of each model are, where scans were perturbed."""
    if files.paths(STABILITY):
        for name, rows in files[STABILITY].groupby("model", sort=False):
            found = rows.set_index("measure").to_dict("index")
            yield str(name), *(measured(found.get(measure, {})) for measure in ("sd", "flips"))


def _sentences(record: Mapping[str, Any]) -> Iterator[str]:
    outcome = record.get("outcome", "classes")
    what = " of class" if outcome == "classes" else ""
    counts = ", ".join(f"{count}{what} {name}" for name, count in record["rows"].items())
    aim = record["target"] if outcome != "survival" else f"The time to {record['event']} ({record['time']})"
    yield (
        f"{aim} of {plural(int(record['subjects']), 'subject')}{f' ({counts})' * bool(counts)} was predicted from "
        f"{plural(int(record['kept']), 'feature')} of {record['table']['file']}, each time by a model that had not "
        f"seen the subject: {record['folds']} folds, {plural(int(record['repeats']), 'repeat')}."
    )
    if record["whitelist"] is not None:
        yield f"Only features of the whitelist {record['whitelist']['file']} took part."


def models(files: Added) -> Modeling:
    """Say what was trained and tested."""
    from evaluation.classification import OUTCOMES

    record, scores, sizes = files.record, files[SCORED], files[SIZES]
    names = tuple(record["steps"])
    known = OUTCOMES[record.get("outcome", "classes")].scores
    calibration, reasons = slopes(scores[scores["model"].isin(names)])
    listed = record["whitelist"]
    return Modeling(
        PLACE,
        names,
        record,
        tuple(known[name].title for name in scores["score"].unique()),
        int(record["subjects"]),
        record["versions"],
        record["rows"],
        removed="" if listed is None else f"the whitelist {listed['file']}",
        reduced=reduced(record),
        n_features=float(pd.to_numeric(sizes.loc[sizes["model"].isin(names), "n_features"]).mean()),
        calibration=calibration,
        uncalibrated=reasons,
        harmonizer=record["harmonize"] or "",
        baselines=tuple(record["baselines"]),
        compared="differences from the baselines with limits" if record["baselines"] else "",
    )


SECTION = section_of_analysis(__name__, "Diagnosis from features", PLACE, RECORD, summarize, models=models)
