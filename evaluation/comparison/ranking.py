"""Which strategy makes the most features robust, and how sure that is."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from evaluation.comparison.shares import add_up
from evaluation.comparison.weighted import weighted_estimates
from evaluation.reliability.contrasts import Group
from evaluation.reliability.dispersion import QuartileRule
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.statistics import reaches
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError

JOINT = "reproducible"
"""The share of features that pass all thresholds under all conditions."""


def passing(
    group: Group,
    reference: str,
    thresholds: Mapping[str, float],
    weights: FloatArray,
    icc_form: str,
    quartiles: QuartileRule,
) -> dict[str, BoolArray]:
    """Tell which features of a group pass, for many draws of subjects.

    Returns
    -------
    dict of str to ndarray of bool
        For each statistic that has a threshold (n_draws, n_features) or (n_draws, n_contrasts, n_features), and
        under `JOINT` all of them together, (n_draws, n_features). What a draw gives no estimate of does not pass.
    """
    return judge(weighted_estimates(group, reference, tuple(thresholds), weights, icc_form, quartiles), thresholds)


def judge(estimates: Mapping[str, FloatArray], thresholds: Mapping[str, float]) -> dict[str, BoolArray]:
    """Tell which of these estimates pass, one by one and, under `JOINT`, all together."""
    found: dict[str, BoolArray] = {}
    for name in thresholds:
        if name in estimates:
            found[name] = reaches(name, estimates[name], thresholds[name])
    if found:
        jointly = [part.all(axis=1) if part.ndim == 3 else part for part in found.values()]
        found[JOINT] = np.logical_and.reduce(jointly)
    return found


def draw_shares(
    members: Sequence[Group],
    reference: str,
    thresholds: Mapping[str, float],
    weights: FloatArray,
    icc_form: str,
    quartiles: QuartileRule,
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
    joint = []

    def found() -> Iterator[tuple[Group, dict[str, BoolArray]]]:
        for group in members:
            blocks = passing(group, reference, thresholds, weights, icc_form, quartiles)
            if JOINT in blocks:
                keys = {"sequence": group.sequence, "roi": group.roi, "feature": list(group.features)}
                joint.append(pd.DataFrame({**keys, "reproducible": blocks[JOINT][0]}))
            yield group, blocks

    parts = list(found())
    if not joint:
        raise ConfigurationError(
            f"comparison: strategy '{members[0].strategy}' has no condition but the reference '{reference}'"
        )
    labels, shares = add_up(parts)
    return labels, shares, pd.concat(joint, ignore_index=True)


def share_differences(
    labels: Mapping[str, pd.DataFrame],
    shares: Mapping[str, FloatArray],
    baseline: str,
    level: float,
) -> pd.DataFrame:
    """Compare the shares of every strategy with the baseline's.

    Parameters
    ----------
    labels, shares : mapping by strategy
        What `draw_shares` gives; draws are all subjects and then all without each in turn.
    baseline : str
        The strategy that the others are compared with.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        See `compare_strategies`; without q.
    """
    keys = ["statistic", "by", "level"]
    base = labels[baseline].assign(baseline_row=np.arange(len(labels[baseline])))[[*keys, "baseline_row"]]
    parts = []
    for strategy in labels:
        if strategy == baseline:
            continue
        both = labels[strategy].assign(row=np.arange(len(labels[strategy]))).merge(base, on=keys)
        own, of_base = shares[strategy][:, both["row"]], shares[baseline][:, both["baseline_row"]]
        # Equal counts give equal shares; the subtraction of others leaves rounding that must not look like spread.
        difference = np.round(own - of_base, 12)
        result = jackknife(difference[0], difference[1:], level)
        unsure = np.isnan(result.p)
        part = both[[*keys, "n_total"]].assign(
            strategy=strategy,
            baseline_share=of_base[0],
            share=own[0],
            difference=difference[0],
            lower=np.where(unsure, np.nan, np.maximum(result.lower, -1)),
            upper=np.where(unsure, np.nan, np.minimum(result.upper, 1)),
            p=result.p,
        )
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    return table[["strategy", *keys, "n_total", "baseline_share", "share", "difference", "lower", "upper", "p"]]


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
