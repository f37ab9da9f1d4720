"""How the values of a statistic are spread under each strategy."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.report.contents.panels import Distribution, DistributionPanel
from experiments.report.contents.quantities import Share
from experiments.report.wording import label

BINS = 60
LOWEST = -0.25
"""ICC(A,1) has no lower bound; what lies below this is drawn in the first bin and counted."""
HIGHEST = 1.0
"""A CV above this is drawn in the last bin and counted."""


def distribution_panels(
    reliability: pd.DataFrame, summary: pd.DataFrame, strategies: Sequence[str]
) -> tuple[DistributionPanel, ...]:
    """Give one panel for each statistic of the summary that has any value."""
    panels = []
    asked = summary.drop_duplicates("statistic")
    for statistic, direction, text in asked[["statistic", "direction", "threshold"]].itertuples(index=False):
        rows = reliability[reliability["statistic"] == statistic]
        if rows["estimate"].notna().any():
            panels.append(_panel(rows, statistic, direction, float(text), strategies))
    return tuple(panels)


def _panel(
    rows: pd.DataFrame, statistic: str, direction: str, threshold: float, strategies: Sequence[str]
) -> DistributionPanel:
    everything = rows["estimate"].dropna().to_numpy(dtype=float)
    edges = _edges(everything, direction, threshold)
    drawn = []
    for strategy in strategies:
        estimates = rows.loc[rows["strategy"] == strategy, "estimate"].to_numpy(dtype=float)
        values = estimates[~np.isnan(estimates)]
        passing = values > threshold if direction == ">" else values < threshold
        drawn.append(
            Distribution(
                strategy=strategy,
                counts=tuple(map(int, np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)[0])),
                quantiles=tuple(map(float, np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]))) if values.size else (),
                below=int((values < edges[0]).sum()),
                above=int((values > edges[-1]).sum()),
                share=Share(int(passing.sum()), int(estimates.size)),
            )
        )
    return DistributionPanel(statistic, label(statistic), tuple(map(float, edges)), threshold, direction, tuple(drawn))


def _edges(values: np.ndarray, direction: str, threshold: float) -> np.ndarray:
    """Bin the range that holds nearly all values so that the threshold is an edge of a bin."""
    if direction == ">":
        low, high = max(LOWEST, min(0.0, float(np.quantile(values, 0.02)))), 1.0
    else:
        low, high = 0.0, min(HIGHEST, max(2 * threshold, float(np.quantile(values, 0.98))))
    if not low < threshold < high:
        return np.linspace(low, high, BINS + 1)
    left = min(BINS - 1, max(1, round(BINS * (threshold - low) / (high - low))))
    return np.concatenate([np.linspace(low, threshold, left + 1), np.linspace(threshold, high, BINS - left + 1)[1:]])
