"""The reliability table: every statistic of every feature of a feature table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.reliability.ccc import CCCResult, ccc
from evaluation.reliability.contrasts import Group, check_reference, groups
from evaluation.reliability.dispersion import QuartileRule, Signed, cv, qcd
from evaluation.reliability.icc import ICCResult, icc
from evaluation.reliability.sample import FloatArray, IntArray, StatusArray
from evaluation.reliability.status import Status
from evaluation.tables import ALL_CONDITIONS, RELIABILITY_COLUMNS, check_feature_table, check_reliability_table

STATISTICS = ("icc", "ccc", "cv", "qcd", "cv_paper", "qcd_paper")
"""The statistics of a reliability table."""

LOWER_IS_BETTER = frozenset({"cv", "qcd", "cv_paper", "qcd_paper"})
"""Those that measure dispersion; the others measure agreement."""


def reliability_table(
    features: pd.DataFrame,
    reference: str,
    *,
    columns: Sequence[str] | None = None,
    icc_form: str = "A,1",
    level: float = 0.95,
    quartiles: QuartileRule = "linear",
) -> pd.DataFrame:
    """Compute the reliability of every feature, per strategy, sequence and ROI.

    Per condition, against the reference: ``icc`` and ``ccc`` with limits. Over all conditions (`condition` is
    ``all``): ``cv`` and ``qcd``, and their paper-compatible twins ``cv_paper`` and ``qcd_paper``, which divide by
    the absolute mean or Q1 + Q3 even where that has no meaning and say so in their status.

    Parameters
    ----------
    features : DataFrame
        A feature table (see `evaluation.tables`); missing values are NaN.
    reference : str
        The condition that the others are compared with, such as ``"REF+STD"``.
    columns : sequence of str or None
        The feature columns, where their names do not tell, as in a table of another tool; None takes those named
        ``<image type>_<class>_<feature>``.
    icc_form : str
        Form of the ICC of each pair (reference, condition), see `icc`.
    level : float
        Confidence level of the limits.
    quartiles : str
        Quartile rule of the QCD, see `qcd`.

    Returns
    -------
    DataFrame
        A reliability table. A subject without a finite value under one of both conditions drops out of that
        contrast, and out of the statistics over all conditions if it lacks any of them; ``n`` counts the rest.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, no row has the reference condition, or an option is unknown.

    Notes
    -----
    All strategies get the same rows, so that shares have the same denominator: every combination of sequence
    and ROI, and per sequence every condition, that any strategy has. What a strategy lacks is ``too_few`` with
    n = 0, or ``no_reference`` where the reference condition is missing from the group. Only a feature that is
    NaN throughout a strategy counts as not extracted by it and has no rows there.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> truth = rng.normal(10, 2, 17)
    >>> table = pd.concat([
    ...     pd.DataFrame({
    ...         "strategy": "none", "subject": [f"S{i}" for i in range(17)], "sequence": "T2", "condition": name,
    ...         "roi": "liver", "original_firstorder_Mean": truth + rng.normal(0, sd, 17),
    ...     })
    ...     for name, sd in [("REF+STD", 0.1), ("ACC+STD", 0.2), ("ACC+DLR", 3.0)]
    ... ])
    >>> result = reliability_table(table, "REF+STD")
    >>> result[["condition", "statistic", "estimate", "lower", "n", "status"]].round(2).head(5)
      condition statistic  estimate  lower   n status
    0   ACC+STD       icc      0.99   0.97  17     ok
    1   ACC+STD       ccc      0.99   0.97  17     ok
    2   ACC+DLR       icc      0.30  -0.20  17     ok
    3   ACC+DLR       ccc      0.29  -0.09  17     ok
    4       all        cv      0.11    NaN  17     ok
    """
    check_feature_table(features, columns)
    check_reference(features, reference)
    blocks: list[_Block] = []
    for group in groups(features, columns):
        blocks += _against_reference(group, reference, icc_form, level)
        blocks += _over_conditions(group, quartiles)
    return check_reliability_table(_as_table(blocks))


@dataclass(frozen=True)
class _Block:
    """One statistic of one contrast for all features of a group; arrays of shape (n_features,)."""

    group: Group
    condition: str
    statistic: str
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: IntArray
    status: StatusArray


def _against_reference(group: Group, reference: str, icc_form: str, level: float) -> Iterator[_Block]:
    """Compute ICC and CCC of each condition against the reference."""
    conditions, pairs = group.against(reference)
    if not conditions:
        return
    absent = not np.isfinite(pairs[..., 0]).any()
    results: dict[str, ICCResult | CCCResult] = {
        "icc": icc(pairs, icc_form, level),
        "ccc": ccc(pairs[..., 0], pairs[..., 1], level),
    }
    for index, condition in enumerate(conditions):
        for statistic, result in results.items():
            estimate, lower, upper, n = (
                array[index] for array in (result.estimate, result.lower, result.upper, result.n)
            )
            status = np.full(n.shape, Status.NO_REFERENCE) if absent else result.status[index]
            yield _Block(group, condition, statistic, estimate, lower, upper, n, status)


def _over_conditions(group: Group, quartiles: QuartileRule) -> Iterator[_Block]:
    """Compute CV and QCD in both modes over all conditions."""
    values, none = group.over_conditions(), np.full(len(group.features), np.nan)
    modes: tuple[tuple[Signed, str], ...] = (("refuse", ""), ("absolute", "_paper"))
    for mode, suffix in modes:
        for statistic, result in (("cv", cv(values, mode)), ("qcd", qcd(values, quartiles, mode))):
            yield _Block(
                group, ALL_CONDITIONS, statistic + suffix, result.estimate, none, none, result.n, result.status
            )


def _as_table(blocks: list[_Block]) -> pd.DataFrame:
    """Put the blocks below one another."""
    lengths = [len(block.group.features) for block in blocks]

    def repeated(values: list[str]) -> NDArray[np.object_]:
        return np.repeat(np.array(values, dtype=object), lengths)

    columns = {
        "strategy": repeated([block.group.strategy for block in blocks]),
        "sequence": repeated([block.group.sequence for block in blocks]),
        "roi": repeated([block.group.roi for block in blocks]),
        "feature": np.array([name for block in blocks for name in block.group.features], dtype=object),
        "condition": repeated([block.condition for block in blocks]),
        "statistic": repeated([block.statistic for block in blocks]),
        "estimate": np.concatenate([block.estimate for block in blocks]),
        "lower": np.concatenate([block.lower for block in blocks]),
        "upper": np.concatenate([block.upper for block in blocks]),
        "n": np.concatenate([block.n for block in blocks]),
        "status": np.concatenate([block.status for block in blocks]).astype(object),
    }
    return pd.DataFrame(columns)[list(RELIABILITY_COLUMNS)]
