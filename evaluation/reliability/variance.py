"""What part of a feature's variance lies between subjects, between conditions, and within subjects, for any design."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evaluation.reliability.contrasts import groups
from evaluation.reliability.levels import summarize_levels
from evaluation.reliability.mean_squares import MeanSquares
from evaluation.reliability.sample import Sample, StatusArray
from evaluation.reliability.status import Status, first_reason
from evaluation.tables import check_feature_table
from harmonize.arrays import FloatArray, IntArray
from harmonize.inputs.frames import takes_frames

PARTS = ("condition", "residual", "subject")
"""Sources of variance of one measurement of a random subject under a random one of the conditions."""


@dataclass(frozen=True)
class VarianceResult:
    """Components of variance; arrays have the leading shape of the values.

    Parameters
    ----------
    components : ndarray, shape (..., 3)
        Unbiased estimates by `PARTS` in squared units of the feature, negative ones set to 0.
    share : ndarray, shape (..., 3)
        Components over their sum.
    n : ndarray of int
        Subjects used.
    status : ndarray of str
        See `Status`.
    """

    components: FloatArray
    share: FloatArray
    n: IntArray
    status: StatusArray


def variance_components(values: ArrayLike) -> VarianceResult:
    """Tell variance between subjects, between conditions and within subjects apart.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.

    Returns
    -------
    VarianceResult
        ``too_few`` below 2 subjects, ``constant`` where nothing varies: NaN.

    Raises
    ------
    ConfigurationError
        For fewer than two conditions.

    Notes
    -----
    With k conditions, n subjects and the mean squares of the two-way table, the component of subjects is
    (MS_S - MS_E) / k, that within subjects MS_E, and that of the conditions, which are fixed, their variance over the k
    levels, (k - 1) (MS_C - MS_E) / (k n). In a 2 x 2 design the last is the sum of the three components of
    `factorial_effects`, as long as none of them is negative.

    References
    ----------
    Searle SR, Casella G, McCulloch CE. Variance Components. Wiley 1992, chapter 4.

    Examples
    --------
    >>> result = variance_components([[10.0, 12.0], [20.0, 22.0], [30.0, 32.0]])
    >>> dict(zip(PARTS, result.components.round(1).tolist()))
    {'condition': 1.0, 'residual': 0.0, 'subject': 100.0}
    """
    sample = Sample.of(values)
    table, k = MeanSquares.of(sample), sample.n_conditions
    n = np.maximum(sample.n, 1)
    conditions = (k - 1) * (table.conditions - table.error) / (k * n)
    parts = np.stack([conditions, table.error, (table.subjects - table.error) / k], axis=-1)
    scale = np.where((sample.n < 2) | sample.constant, np.nan, sample.scale)
    components = np.maximum(parts, 0.0) * (scale**2)[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = components / components.sum(axis=-1, keepdims=True)
    status = first_reason({Status.TOO_FEW: sample.n < 2, Status.CONSTANT: sample.constant})
    return VarianceResult(components, share, sample.n, status)


@takes_frames
def variance_table(features: pd.DataFrame) -> pd.DataFrame:
    """Compute the sources of variance of every feature, per strategy, sequence and ROI, over all conditions.

    Parameters
    ----------
    features : DataFrame
        A feature table.

    Returns
    -------
    DataFrame
        Columns strategy, sequence, roi, feature, n, status and ``share_<source>`` by `PARTS`. Subjects that lack a
        condition are left out; without two conditions a group is ``too_few``.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema.
    """
    parts = []
    for group in groups(check_feature_table(features)):
        found = variance_components(group.over_conditions())
        keys = {"strategy": group.strategy, "sequence": group.sequence, "roi": group.roi}
        shares = {f"share_{name}": share for name, share in zip(PARTS, np.moveaxis(found.share, -1, 0), strict=True)}
        names = np.array(group.features, dtype=object)
        rest = {"feature": names, "n": found.n, "status": found.status.astype(object), **shares}
        parts.append(pd.DataFrame({**keys, **rest}))
    return pd.concat(parts, ignore_index=True)


@takes_frames
def summarize_variance(table: pd.DataFrame) -> pd.DataFrame:
    """Average the shares of a table of variance per strategy, by level: overall, sequence, ROI and class of features.

    Parameters
    ----------
    table : DataFrame
        What `variance_table` returns.

    Returns
    -------
    DataFrame
        Columns strategy, by, level, ``n_total``, ``n_computed`` and ``share_<source>``, means over those computed.
    """

    def means(found: Any) -> pd.DataFrame:
        shares = {f"share_{name}": (f"share_{name}", "mean") for name in PARTS}
        return found.agg(n_total=("feature", "size"), n_computed=("share_subject", "count"), **shares)

    return summarize_levels(table, ["strategy"], means)
