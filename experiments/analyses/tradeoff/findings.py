"""What MLflow holds of a trade-off between robustness and diagnosis."""

from pathlib import Path

import numpy as np

from experiments.analyses.tradeoff.files import FREQUENCIES, PICTURES, RECORD, TABLE, read_tradeoff
from experiments.folder.files import TRADEOFF
from experiments.tracking import Findings
from harmonize.errors import ConfigurationError
from selection import Sweep


def tradeoff_findings(folder: Path) -> Findings:
    """Give what MLflow shall hold of the trade-off in a run folder: the tuned row, and curves over the threshold.

    Raises
    ------
    ConfigurationError
        If there is none, or it is damaged.
    """
    found = read_tradeoff(folder)
    if found is None:
        raise ConfigurationError(f"{folder}: holds no trade-off; run `radharmony tradeoff --run {folder.name}` first")
    settings, table = found.record["settings"], found.table
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
        artifacts=[folder / TRADEOFF / name for name in (TABLE, RECORD, FREQUENCIES, *PICTURES)],
    )
