"""Effects of acquisition and reconstruction summarized: what takes how much of the variance, and what offsets what."""

from typing import Any

import numpy as np
import pandas as pd

from evaluation.reliability.effect_tables import EFFECTS
from evaluation.reliability.effects import COMPONENTS
from evaluation.reliability.levels import summarize_levels
from harmonize.inputs.frames import takes_frames

FALSE_DISCOVERY_RATE = 0.05
"""An effect counts as found where its q lies below this."""


@takes_frames
def summarize_effects(effects: pd.DataFrame) -> pd.DataFrame:
    """Summarize a table of effects per strategy.

    Parameters
    ----------
    effects : DataFrame
        What `effects_table` returns.

    Returns
    -------
    DataFrame
        One row per strategy and level of overall, sequence, roi and class (of features):

        - ``n_total`` combinations of feature, ROI and sequence, ``n_computed`` of them with a fitted model.
        - ``share_<source>``: mean share of the variance over the computed ones; they add up to 1.
        - ``found_<effect>``: how many have q < .05, for acquisition, reconstruction, interaction and combined.
        - ``smaller``: of ``found_acquisition``, how many come nearer to the baseline when the reconstruction is
          changed as well (the combined effect is smaller than that of the acquisition, in magnitude).
        - ``remaining``: of the same, the median of the magnitude of the combined effect over that of the acquisition:
          below 1 the reconstruction offsets the acquisition, 0 would be in full.

    Examples
    --------
    >>> from evaluation.reliability.effect_tables import effects_table
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(10, 1, 17)
    >>> table = pd.concat([
    ...     pd.DataFrame({
    ...         "strategy": "none", "subject": [f"S{i}" for i in range(17)], "sequence": "T2", "condition": name,
    ...         "roi": "liver", "original_firstorder_Mean": truth + shift + rng.normal(0, 0.1, 17),
    ...     })
    ...     for name, shift in [("REF+STD", 0.0), ("REF+DLR", 0.0), ("ACC+STD", 1.0), ("ACC+DLR", 0.2)]
    ... ])
    >>> summary = summarize_effects(effects_table(table, "REF+STD", "ACC+DLR"))
    >>> summary[["by", "found_acquisition", "smaller", "remaining"]].round(1).head(1)
            by  found_acquisition  smaller  remaining
    0  overall                  1        1        0.2
    """
    found = {name: effects[f"{name}_q"] < FALSE_DISCOVERY_RATE for name in EFFECTS}
    change, both = effects["acquisition"].abs(), effects["combined"].abs()
    with_effect = found["acquisition"]
    rows = effects.assign(
        computed=effects[f"share_{COMPONENTS[0]}"].notna(),
        smaller=with_effect & (both < change),
        remaining=(both / change.where(with_effect & (change > 0))).astype(np.float64),
        **{f"found_{name}": flags for name, flags in found.items()},
    )

    def means(groups: Any) -> pd.DataFrame:
        return groups.agg(
            n_total=("feature", "size"),
            n_computed=("computed", "sum"),
            **{f"share_{name}": (f"share_{name}", "mean") for name in COMPONENTS},
            **{f"found_{name}": (f"found_{name}", "sum") for name in EFFECTS},
            smaller=("smaller", "sum"),
            remaining=("remaining", "median"),
        )

    summary = summarize_levels(rows, ["strategy"], means)
    summary.insert(1, "by", summary.pop("by"))
    return summary
