"""Shares of features that pass their thresholds, with intervals that let whole subjects vary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.reliability.bootstrap import Method, bootstrap_subjects
from evaluation.reliability.ccc import ccc
from evaluation.reliability.contrasts import Group, check_reference, groups_by_strategy
from evaluation.reliability.dispersion import QuartileRule, cv, qcd
from evaluation.reliability.icc import icc
from evaluation.reliability.sample import BoolArray, FloatArray, IntArray
from evaluation.reliability.summary import REPRODUCIBLE
from harmonize.configuration import suggest
from harmonize.errors import ConfigurationError

SHARES = ("icc", "ccc", "cv", "qcd", "reproducible")
"""Whose shares have intervals; `reproducible` is ICC and CCC jointly under every condition."""

SHARE_THRESHOLDS: Mapping[str, float] = {**REPRODUCIBLE, "cv": 0.10, "qcd": 0.10}
"""The usual thresholds."""


def share_intervals(
    features: pd.DataFrame,
    reference: str,
    thresholds: Mapping[str, float] = SHARE_THRESHOLDS,
    *,
    icc_form: str = "A,1",
    quartiles: QuartileRule = "linear",
    level: float = 0.95,
    method: Method = "jackknife",
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Give intervals of the shares of passing features, overall and per sequence and ROI.

    All measurements of a subject (features, ROIs, sequences, conditions) are drawn or left out together.

    Parameters
    ----------
    features : DataFrame
        A feature table.
    reference : str
        The condition that the others are compared with.
    thresholds : mapping of str to float
        For ``icc``, ``ccc``, ``cv`` and ``qcd``, or some of them; with both of the first, their joint share under
        every condition is ``reproducible``.
    icc_form, quartiles : str
        As for `reliability_table`.
    level, method, n_resamples, seed
        As for `bootstrap`, whose notes say why the jackknife is the default here.

    Returns
    -------
    DataFrame
        Columns strategy, statistic, by (overall, sequence, roi), level, n_total, share, lower, upper, n_subjects.
        ``share`` is `summarize`'s ``share_of_all``: of all rows, with what could not be computed as not passing.
        Limits are cut at 0 and 1.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, no row has the reference condition, or an option is unknown.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(10, 2, (17, 20))
    >>> names = [f"original_glcm_Feature{i}" for i in range(20)]
    >>> table = pd.concat([
    ...     pd.DataFrame(truth + rng.normal(0, sd, (17, 20)), columns=names).assign(
    ...         strategy="none", subject=range(17), sequence="T2", condition=name, roi="liver"
    ...     )
    ...     for name, sd in [("REF+STD", 0.4), ("ACC+STD", 0.4)]
    ... ])
    >>> share_intervals(table, "REF+STD", {"icc": 0.95})[["statistic", "by", "share", "lower", "upper"]].round(2)
      statistic        by  share  lower  upper
    0       icc   overall    0.7   0.29    1.0
    1       icc  sequence    0.7   0.29    1.0
    2       icc       roi    0.7   0.29    1.0
    """
    check_reference(features, reference)
    for name in thresholds:
        if name not in SHARES[:-1]:
            raise ConfigurationError(f"shares: no interval for '{name}'; {suggest(name, SHARES[:-1])}")
    parts = []
    for strategy, members in groups_by_strategy(features).items():

        def counts(subjects: IntArray, members: list[Group] = members) -> list[_Count]:
            return [
                _Count(group, statistic, int(block.sum()), block.size)
                for group in members
                for statistic, block in _passing(group, subjects, reference, thresholds, icc_form, quartiles).items()
            ]

        n_subjects = members[0].values.shape[1]
        # Every draw of subjects has the same blocks in the same order.
        labels, weights = _labels(counts(np.arange(n_subjects)))

        def shares(subjects: IntArray, weights: FloatArray = weights, counts: _Counts = counts) -> FloatArray:
            return weights @ np.array([count.passing for count in counts(subjects)], dtype=np.float64)

        result = bootstrap_subjects(shares, n_subjects, level=level, method=method, n_resamples=n_resamples, seed=seed)
        parts.append(
            labels.assign(
                strategy=strategy,
                share=result.estimate,
                lower=np.clip(result.lower, 0, 1),
                upper=np.clip(result.upper, 0, 1),
                n_subjects=n_subjects,
            )
        )
    columns = ["strategy", "statistic", "by", "level", "n_total", "share", "lower", "upper", "n_subjects"]
    return pd.concat(parts, ignore_index=True)[columns]


@dataclass(frozen=True)
class _Count:
    """How many of the rows of one statistic of one group pass."""

    group: Group
    statistic: str
    passing: int
    total: int


_Counts = Callable[[IntArray], list[_Count]]


def _labels(counts: list[_Count]) -> tuple[pd.DataFrame, FloatArray]:
    """Name the shares, and give the weights that make them of the counts of passing rows."""
    keys: dict[tuple[str, str, str], list[int]] = {}
    for index, count in enumerate(counts):
        for by, name in (("overall", "all"), ("sequence", count.group.sequence), ("roi", count.group.roi)):
            keys.setdefault((count.statistic, by, name), []).append(index)
    keys = {key: of_key for key, of_key in keys.items() if any(counts[index].total for index in of_key)}
    totals = [sum(counts[index].total for index in of_key) for of_key in keys.values()]
    weights = np.zeros((len(keys), len(counts)))
    for row, (of_key, total) in enumerate(zip(keys.values(), totals, strict=True)):
        weights[row, of_key] = 1 / total
    labels = pd.DataFrame(list(keys), columns=["statistic", "by", "level"])
    return labels.assign(n_total=totals), weights


def _passing(
    group: Group,
    subjects: IntArray,
    reference: str,
    thresholds: Mapping[str, float],
    icc_form: str,
    quartiles: QuartileRule,
) -> dict[str, BoolArray]:
    """Tell by statistic which features (and contrasts) of some subjects pass."""
    _, pairs = group.against(reference)
    pairs, values = pairs[..., subjects, :], group.over_conditions()[..., subjects, :]
    found: dict[str, BoolArray] = {}
    if "icc" in thresholds:
        found["icc"] = icc(pairs, icc_form, level=None).estimate > thresholds["icc"]
    if "ccc" in thresholds:
        found["ccc"] = ccc(pairs[..., 0], pairs[..., 1]).estimate > thresholds["ccc"]
    if "cv" in thresholds:
        found["cv"] = cv(values).estimate < thresholds["cv"]
    if "qcd" in thresholds:
        found["qcd"] = qcd(values, quartiles).estimate < thresholds["qcd"]
    if "icc" in found and "ccc" in found and len(pairs):
        found["reproducible"] = np.asarray((found["icc"] & found["ccc"]).all(axis=0))
    return found
