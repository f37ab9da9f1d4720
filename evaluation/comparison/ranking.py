"""Which strategy makes the most features robust, and how sure that is."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.comparison.draws import weighted_estimates
from evaluation.comparison.shares import add_up
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import criteria_of, jointly
from evaluation.reliability.statistic import NEAR, Settings
from evaluation.reliability.weighted import WithoutEach
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError

JOINT = "reproducible"
"""The share of features that pass all thresholds under all conditions."""


def judge(estimates: Mapping[str, FloatArray], thresholds: Mapping[str, float]) -> dict[str, BoolArray]:
    """Tell which of these estimates pass, one by one and, under `JOINT`, all together.

    Estimates are of many draws of subjects, (n_draws, n_features) or (n_draws, n_contrasts, n_features); under `JOINT`
    it is (n_draws, n_features). What a draw gives no estimate of does not pass, and nothing passes together where a
    statistic is absent.
    """
    criteria = criteria_of(thresholds)
    found = {one.statistic: one.met(estimates[one.statistic]) for one in criteria if one.statistic in estimates}
    if found:
        blocks = [part if part.ndim == 3 else part[:, None] for part in found.values()]
        absent = [blocks[0][:, :0]] * (len(criteria) - len(found))
        found[JOINT] = jointly([*blocks, *absent])
    return found


def draw_shares(
    members: Sequence[Group], thresholds: Mapping[str, float], weights: FloatArray | WithoutEach, settings: Settings
) -> tuple[pd.DataFrame, FloatArray, pd.DataFrame]:
    """Give the shares of a strategy that pass, for many draws of subjects, the first of which is all subjects.

    Returns
    -------
    labels : DataFrame
        Columns statistic, by (overall, sequence, roi), level and n_total.
    shares : ndarray, shape (n_draws, n_labels)
        As `share_intervals` defines them.
    joint : DataFrame
        Columns sequence, roi, feature and reproducible: which features pass jointly.

    Raises
    ------
    ConfigurationError
        When nothing can be compared with the reference.
    """
    parts: list[tuple[Group, dict[str, BoolArray]]] = []
    joint = []
    for group in members:
        passing = _passing(group, thresholds, weights, settings)
        if JOINT in passing:
            keys = {"sequence": group.sequence, "roi": group.roi, "feature": list(group.features)}
            joint.append(pd.DataFrame({**keys, "reproducible": passing[JOINT][0]}))
        parts.append((group, passing))
    if not joint:
        raise ConfigurationError(
            f"comparison: strategy '{members[0].strategy}' has no condition but the reference '{settings.reference}'"
        )
    labels, shares = add_up(parts)
    return labels, shares, pd.concat(joint, ignore_index=True)


def _passing(
    group: Group, thresholds: Mapping[str, float], weights: FloatArray | WithoutEach, settings: Settings
) -> dict[str, BoolArray]:
    """Tell what passes in each draw; some draws at a time, but no fewer than there are subjects to be read for them."""
    parts = [weights]
    if not isinstance(weights, WithoutEach):
        step = max(weights.shape[1], NEAR // max(group.values[:, 0].size, 1))
        parts = [weights[start : start + step] for start in range(0, len(weights), step)]
    found = [judge(weighted_estimates(group, tuple(thresholds), part, settings), thresholds) for part in parts]
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def rank_strategies(labels: Mapping[str, pd.DataFrame], shares: Mapping[str, FloatArray], level: float) -> pd.DataFrame:
    """Rank strategies by their overall shares in every bootstrap resample.

    Parameters
    ----------
    labels, shares : mapping by strategy
        What `draw_shares` gives; draws are all subjects and then the resamples.
    level : float
        Confidence level of the interval of the rank.

    Returns
    -------
    DataFrame
        See `compare_strategies`.
    """
    from scipy.stats import rankdata  # only here: loading it takes half a second

    statistics = list(dict.fromkeys(name for part in labels.values() for name in part["statistic"]))
    names, tail = list(labels), (1 - level) / 2
    parts = []
    for statistic in statistics:
        columns = []
        for name in names:
            chosen = (labels[name]["statistic"] == statistic) & (labels[name]["by"] == "overall")
            columns.append(shares[name][:, chosen.to_numpy(dtype=bool)].sum(axis=1))
        # Tied strategies share the mean of their ranks, and their first place.
        of_draw = np.round(np.stack(columns, axis=1), 12)
        ranks = rankdata(-of_draw, axis=1)
        best = of_draw[1:] == of_draw[1:].max(axis=1, keepdims=True)
        first = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
        lower, upper = np.quantile(ranks[1:], [tail, 1 - tail], axis=0)
        part = {"strategy": names, "share": of_draw[0], "rank": ranks[0], "lower": lower, "upper": upper}
        parts.append(pd.DataFrame({"statistic": statistic, **part, "first": first}))
    return pd.concat(parts, ignore_index=True)
