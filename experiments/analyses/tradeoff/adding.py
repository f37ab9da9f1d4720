"""What a run takes of a trade-off between robustness and diagnosis beside the part of its report."""

import numpy as np

from experiments.analyses.shared.adding import Adding
from experiments.analyses.shared.table_files import pictures_of
from experiments.analyses.tradeoff.files import FREQUENCIES, PICTURE, PLACE, RECORD, TABLE, write_tradeoff
from experiments.folder.added import Added
from experiments.tracking import Findings


def findings(found: Added) -> Findings:
    """Give what MLflow shall hold of the trade-off in a run folder: the tuned row, and curves over the threshold.

    Raises
    ------
    ConfigurationError
        If there is none, or it is damaged.
    """
    from selection import Sweep  # only here: it loads scikit-learn

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


ADDING = Adding(PLACE, write_tradeoff, findings, RECORD)
