"""Intraclass correlation within groups of subjects, such as those of one scanner each, pooled over the groups."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evaluation.reliability.mean_squares import MeanSquares, coefficient
from evaluation.reliability.sample import Sample
from evaluation.reliability.statistic import Estimates
from evaluation.reliability.status import Status, first_reason
from harmonize.errors import ConfigurationError

LEAST_DEGREES = 5
"""Degrees of freedom between subjects that an estimate needs: those of six subjects in one group."""


def icc_within_groups(values: ArrayLike | Sample, groups: Sequence[Hashable]) -> Estimates:
    """Compute ICC(A,1) of single conditions within groups of subjects: the means of the groups are taken out.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions), or Sample
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.
    groups : sequence, length n_subjects
        The group of each subject.

    Returns
    -------
    Estimates
        Without limits. ``too_few`` below 5 degrees of freedom between subjects within groups; ``constant``,
        ``undefined``, ``negative`` and ``no_subject_variance`` as of `icc`.

    Raises
    ------
    ConfigurationError
        If the groups are not as many as the subjects, or one is missing.

    Notes
    -----
    The two-way model of `icc` with a fixed effect of the groups: value ~ group + condition + (1 | subject). Subjects
    are nested in groups, so the mean square between subjects is that about the means of the groups, on n - v degrees
    of freedom for n subjects in v groups instead of n - 1; those of conditions and residual stay what they are. What
    a condition does to one group alone is part of the residual: it is disagreement. With one group it is `icc`.

    References
    ----------
    McGraw KO, Wong SP. Forming inferences about some intraclass correlation coefficients. Psychological Methods
    1996;1:30-46. Searle SR, Casella G, McCulloch CE. Variance Components. Wiley 1992, chapter 4.

    Examples
    --------
    Two scanners that shift the values, and subjects who differ little:

    >>> values = [[1, 2], [2, 1], [3, 3], [4, 3], [21, 22], [22, 21], [23, 23], [24, 23]]
    >>> within = icc_within_groups(values, ["A"] * 4 + ["B"] * 4)
    >>> f"{within.estimate:.2f}, n = {within.n}"
    '0.70, n = 8'
    >>> from evaluation.reliability.icc import icc
    >>> f"{icc(values).estimate:.3f}"
    '0.997'
    """
    sample = Sample.of(values)
    codes, known = pd.factorize(pd.Series(list(groups), dtype=object))
    if len(codes) != sample.used.shape[-1]:
        raise ConfigurationError(
            f"reliability: groups has {len(codes)} entries, expected one for each of {sample.used.shape[-1]} subjects"
        )
    if (codes < 0).any():
        raise ConfigurationError(
            f"reliability: groups has none for the subject at position {int(np.argmin(codes))}; leave such subjects out"
        )
    belongs = np.eye(len(known))[codes]
    members = sample.used @ belongs
    means = (sample.values.mean(axis=-1) @ belongs) / np.maximum(members, 1)
    centred = np.where(sample.used[..., None], sample.values - (means @ belongs.T)[..., None], 0.0)
    # The same for all conditions of a subject, so that nothing but the mean square between subjects changes.
    table, k = MeanSquares.of(replace(sample, values=centred)), sample.n_conditions
    n = np.maximum(sample.n, 2).astype(np.float64)
    degrees = sample.n - (members > 0).sum(axis=-1)
    table = replace(table, subjects=table.subjects * (n - 1) / np.maximum(degrees, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, denominator = coefficient(table, table.error, n, k, "A,1")
    few = degrees < LEAST_DEGREES
    status = first_reason(
        {
            Status.TOO_FEW: few,
            Status.CONSTANT: sample.constant,
            Status.NO_SUBJECT_VARIANCE: table.subjects == 0,
            Status.UNDEFINED: ~(denominator > 0),
            Status.NEGATIVE: estimate < 0,
        }
    )
    defined = ~few & ~sample.constant & (denominator > 0)
    none = np.full(sample.n.shape, np.nan)
    return Estimates(np.where(defined, estimate, np.nan), none, none, sample.n, status)
