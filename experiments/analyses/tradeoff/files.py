"""The files of a trade-off between robustness and diagnosis, and what MLflow holds of them."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.analyses.shared.adding import Adding
from experiments.analyses.shared.left_out import reasons_of
from experiments.folder.added import Added, added_place, again
from experiments.folder.kinds import Drawing, Record, RunTable
from experiments.tracking import Findings
from experiments.versions import all_versions
from harmonize.digest import digest_of
from harmonize.inputs.paths import as_path
from harmonize.words import plural

if TYPE_CHECKING:
    from experiments.analyses.tradeoff.run import TradeoffFound

ADVICE = again("tradeoff")
PLACE = added_place("tradeoff", "tradeoff", "robustness against diagnosis ([trade-off](tradeoff.md))")
OF_COHORT = ("target", "time", "event", "subject", "condition", "unit", "where")

TABLE = RunTable(
    "tradeoff.csv",
    texts=("name", "prediction_icc_status", "stability_status"),
    further=("auc_status", "r2_status", "c_index_status"),
    numbers=("pareto",),
    advice=ADVICE,
)
PREDICTIONS = RunTable("predictions.parquet", advice=ADVICE)
FREQUENCIES = RunTable("features.csv", texts=("feature",), advice=ADVICE)
PICTURE = Drawing("tradeoff", advice=ADVICE)
RECORD = Record(
    "tradeoff.json",
    keys={
        **dict.fromkeys(("cohort", "reliability", "settings", "versions"), dict),
        **dict.fromkeys(("classes", "notes"), list),
        "rule": str,
    },
    advice=ADVICE,
)
WRITTEN = (TABLE, PICTURE, PREDICTIONS, FREQUENCIES, RECORD)


def write_tradeoff(folder: str | Path, given: "TradeoffFound") -> list[Path]:
    """Write table, record, predictions, frequencies and pictures, and give their paths."""
    from evaluation.figures import tradeoff_curve

    folder = as_path(folder, "`folder`")
    found, asked = given.result, given.given.settings
    settings = found.sweep.to_mapping()
    record = {
        "cohort": {
            **given.given.described,
            **{name: asked.record()[name] for name in OF_COHORT},
            "left_out": reasons_of(given.given.rows.left_out),
            "n_rows": found.n_rows,
            "n_subjects": found.n_subjects,
            "n_features": found.n_features,
            "conditions": list(found.conditions),
        },
        "reliability": {"source": found.source, **given.given.source},
        "classes": list(map(str, found.classes)),
        "rule": found.sweep.describe(),
        "settings": settings,
        "settings_digest": digest_of(settings),
        "notes": list(found.notes),
        "versions": all_versions(),
    }
    TABLE.write(folder, found.table)
    PREDICTIONS.write(folder, found.predictions)
    FREQUENCIES.write(folder, found.frequencies.rename_axis("feature").reset_index())
    title = f"Robustness against diagnosis: {asked.aim}, {plural(found.n_subjects, 'subject')}, {found.sweep.model}"
    figure = tradeoff_curve(found.table, found.sweep.describe(), title, found.sweep.level)
    PICTURE.write(folder, figure)
    RECORD.write(folder, record)
    return Added(folder).paths(*WRITTEN)


def findings(found: Added) -> Findings:
    """Give what MLflow shall hold of the trade-off in a run folder: the tuned row, and curves over the threshold.

    Raises
    ------
    ConfigurationError
        If there is none, or it is damaged.
    """
    from evaluation.figures.tradeoff import first_score  # only here: it loads matplotlib
    from selection import Sweep  # only here: it loads scikit-learn

    settings, table = found.record["settings"], found[TABLE]
    sweep = Sweep(**settings)
    tuned = table[table["threshold"].isna()].iloc[0]
    score = first_score(table)
    names = (score, "prediction_icc", "stability", "n_features")
    limits = [
        name for name in table if name.endswith(("_lower", "_upper")) and not name.startswith(f"{score}_difference")
    ]
    swept = table[table["threshold"].notna()]
    curves = {
        name: [
            (round(100 * threshold), float(value))
            for threshold, value in zip(swept["threshold"], swept[name], strict=True)
            if np.isfinite(value)
        ]
        for name in names
    }
    params = {name: value for name, value in settings.items() if name != "thresholds"}
    return Findings(
        "tradeoff",
        {**params, "thresholds": ", ".join(f"{value:g}" for value in sweep.thresholds), "rule": found.record["rule"]},
        {f"tuned_{name}": float(tuned[name]) for name in (*names, *limits)},
        curves={f"{name}_by_threshold": curve for name, curve in curves.items() if curve},
        artifacts=found.paths(TABLE, RECORD, FREQUENCIES, PICTURE),
    )


ADDING = Adding(PLACE, write_tradeoff, findings, RECORD)
