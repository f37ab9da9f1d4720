"""The files of a transfer from one condition to another, and what MLflow holds of them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from experiments.analyses.shared.adding import Adding, with_limits
from experiments.analyses.shared.left_out import reasons_of
from experiments.analyses.shared.people import counted
from experiments.folder.added import Added, added_place, again
from experiments.folder.kinds import Drawing, Record, RunTable
from experiments.tracking import Findings
from experiments.versions import all_versions
from harmonize.inputs.paths import as_path
from harmonize.words import plural

if TYPE_CHECKING:
    from evaluation.classification.transfer import TransferResult
    from experiments.analyses.transfer.run import TransferFound

ADVICE = again("transfer")
PLACE = added_place("transfer", "transfer", "one condition to another ([transfer](transfer.md))")
FIRST = {
    "classes": ("auc", "flips_at_half"),
    "number": ("r2", "moved"),
    "survival": ("c_index", "moved"),
}
"""The score that people see first, and what tells how predictions differ between the conditions, by what is "
"predicted."""
TEXTS = ("variant", "score", "tested", "interval", "status")

SCORES = RunTable("transfer.csv", texts=TEXTS, advice=ADVICE)
GAINS = RunTable("transfer_gains.csv", texts=TEXTS, advice=ADVICE)
PREDICTIONS = RunTable("transfer_predictions.csv", advice=ADVICE)
PICTURE = Drawing("transfer", advice=ADVICE)
RECORD = Record(
    "transfer.json",
    keys={
        **dict.fromkeys(("table", "settings", "classes"), dict),
        **dict.fromkeys(("train", "test"), str),
        **dict.fromkeys(("subjects", "rows", "unpaired"), int),
        **dict.fromkeys(("variants", "notes"), list),
    },
    advice=ADVICE,
)


def write_transfer(folder: str | Path, found: "TransferFound") -> None:
    """Score a transfer and write scores, predictions, picture and record."""
    # Only here: they load scikit-learn, and the report of every run reads what files there may be.
    from evaluation.classification.transfer_figure import transfer_figure
    from evaluation.classification.transfer_scores import gain_table, transfer_table

    folder = as_path(folder, "`folder`")
    result, given = found.result, found.given
    settings = given.settings
    drawn = {"n_resamples": settings.n_resamples, "seed": settings.seed}
    scores, gains = transfer_table(result, **drawn), gain_table(result, **drawn)
    subjects = len(set(result.pairs.groups.tolist()))
    kept = settings.record()
    kept["resamples"] = kept.pop("n_resamples")
    record = {
        "table": {
            **given.described,
            "features": len(given.rows.features),
            "left_out": reasons_of(given.rows.left_out),
        },
        "settings": kept,
        "train": result.train,
        "test": result.test,
        "classes": dict(sorted(counted(result.pairs.y, str(settings.outcome)).items())),
        "subjects": subjects,
        "rows": len(result.pairs.y),
        "unpaired": result.pairs.unpaired,
        "variants": list(result.variants),
        "notes": found.notes,
        "versions": all_versions(),
    }
    SCORES.write(folder, scores)
    GAINS.write(folder, gains)
    PREDICTIONS.write(folder, _predictions(result))
    title = f"From {result.train} to {result.test}: {settings.aim}, {plural(subjects, 'subject')}"
    figure = transfer_figure(scores, result.train, result.test, title)
    PICTURE.write(folder, figure)
    RECORD.write(folder, record)


def _predictions(result: "TransferResult") -> pd.DataFrame:
    parts = []
    for name, one in result.variants.items():
        for tested, held_out in (("within", one.within), ("across", one.across), ("native", one.native)):
            frame = held_out.to_frame(subjects=result.pairs.groups)
            parts.append(
                pd.concat([pd.DataFrame({"variant": name, "tested": tested}, index=frame.index), frame], axis=1)
            )
    return pd.concat(parts, ignore_index=True)


def findings(found: Added) -> Findings:
    """Give what MLflow shall hold of the transfer in a run folder: the first score and flips by variant, with limits.

    Raises
    ------
    ConfigurationError
        If there is none, or it is damaged.
    """
    from evaluation.classification.transfer_scores import TESTED  # only here: it loads scikit-learn

    metrics: dict[str, float] = {}
    shown = FIRST[found.record["settings"].get("outcome", "classes")]
    for row in found[SCORES].to_dict("records"):
        if row["score"] in shown and row["tested"] in (*TESTED, "both"):
            tested = "" if row["tested"] == "both" else f"_{row['tested']}"
            variant = row["variant"].replace(", ", "_").replace(" ", "_")
            metrics |= with_limits(f"{variant}_{row['score']}{tested}", row)
    record = found.record
    settings = {name: value for name, value in record["settings"].items() if not isinstance(value, dict | list)}
    params = {**settings, "train": record["train"], "test": record["test"], "table": record["table"]["file"]}
    return Findings("transfer", params, metrics, artifacts=found.paths(SCORES, GAINS, RECORD, PICTURE))


ADDING = Adding(PLACE, write_transfer, findings, RECORD)
