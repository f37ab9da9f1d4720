"""What MLflow holds of a trade-off between robustness and diagnosis."""

from pathlib import Path

import numpy as np

from experiments.analyses.shared.table_files import pictures_of
from experiments.analyses.tradeoff.files import FREQUENCIES, PICTURE, RECORD, TABLE
from experiments.folder.added import Added
from experiments.folder.files import TRADEOFF
from experiments.tracking import Findings
from selection import Sweep


def tradeoff_findings(folder: Path) -> Findings:
    """Give what MLflow shall hold of the trade-off in a run folder: the tuned row, and curves over the threshold.

    Raises
    ------
    ConfigurationError
        If there is none, or it is damaged.
    """
    found = Added(folder / TRADEOFF, RECORD)
    settings, table = found.record["settings"], found[TABLE]
    sweep = Sweep(**settings)
    tuned = table[table["threshold"].isna()].iloc[0]
    names = ("auc", "prediction_icc", "stability", "n_features")
    limits = [name for name in table if name.endswith(("_lower", "_upper")) and not name.startswith("auc_difference")]
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
        artifacts=found.paths(TABLE, RECORD, FREQUENCIES, *pictures_of(PICTURE)),
    )
