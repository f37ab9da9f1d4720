"""Within-subject SD and CV, repeatability coefficient, and their ratio to the between-subject SD."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reliability.dispersion import Signed, cv
from evaluation.reliability.mean_squares import MeanSquares
from evaluation.reliability.sample import Sample, StatusArray
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import FloatArray, IntArray

REPEATABILITY = 1.959963984540054 * sqrt(2)
"""Repeatability coefficient over within-subject SD: 1.96 times the SD of a difference of two measurements."""


@dataclass(frozen=True)
class WithinSubjectResult:
    """Variation within and between subjects; every array has the leading shape of the values.

    Parameters
    ----------
    wsd : ndarray
        Within-subject SD, in units of the feature: root of the mean over subjects of the variance over conditions.
    rc : ndarray
        Repeatability coefficient, 2.77 wSD: bounds the difference of two measurements of a subject in 95 %.
    between_sd : ndarray
        Between-subject SD, free of the error of the subject means: root of (MS between - MS within) / k.
    rc_ratio : ndarray
        RC over between-subject SD, free of units and of the place of zero.
    n : ndarray of int
        Subjects used.
    status, rc_ratio_status : ndarray of str
        See `Status`: that of wSD and RC, and that of the between-subject SD and the ratio.
    """

    wsd: FloatArray
    rc: FloatArray
    between_sd: FloatArray
    rc_ratio: FloatArray
    n: IntArray
    status: StatusArray
    rc_ratio_status: StatusArray


@dataclass(frozen=True)
class RelativeWithinSubjectResult:
    """Within-subject variation relative to the subject's mean; every array has the leading shape of the values.

    Parameters
    ----------
    wcv : ndarray
        Within-subject CV: root mean square over subjects of SD over mean.
    rc_percent : ndarray
        %RC = 100 * 1.96 * sqrt(2) * wCV, 277.2 times it.
    n : ndarray of int
        Subjects used.
    status : ndarray of str
        See `Status`; as for `cv`.
    """

    wcv: FloatArray
    rc_percent: FloatArray
    n: IntArray
    status: StatusArray


def within_subject(values: ArrayLike) -> WithinSubjectResult:
    """Compute within-subject SD, repeatability coefficient and its ratio to the between-subject SD.

    Conditions count as exchangeable: a systematic difference between conditions is part of the within-subject
    variance, as it is for the one-way ICC. The ratio equals 2.77 sqrt((1 - ICC(1)) / ICC(1)).

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.

    Returns
    -------
    WithinSubjectResult
        ``too_few`` without any subject (below 2 for the ratio); ``constant`` with a wSD of 0 where nothing
        varies; the ratio is ``no_subject_variance`` where subjects differ no more than the error explains.

    Raises
    ------
    ConfigurationError
        For fewer than two conditions.

    References
    ----------
    Bland JM, Altman DG. Measurement error. BMJ 1996;313:744. Raunig DL et al. Quantitative imaging biomarkers: a
    review of statistical methods for technical performance assessment. Statistical Methods in Medical Research
    2015;24:27-67.

    Examples
    --------
    >>> result = within_subject([[10.0, 12.0], [20.0, 19.0], [30.0, 31.0]])
    >>> f"wSD {result.wsd:.3f}, RC {result.rc:.3f}, RC / between-subject SD {result.rc_ratio:.3f}"
    'wSD 1.000, RC 2.772, RC / between-subject SD 0.284'
    """
    sample = Sample.of(values)
    table = MeanSquares.of(sample)
    excess = table.subjects - table.within
    between = np.sqrt(np.maximum(excess, 0.0) / sample.n_conditions)
    wsd = np.where(sample.n < 1, np.nan, np.sqrt(table.within) * sample.scale)
    separable = (sample.n >= 2) & (excess > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = REPEATABILITY * np.sqrt(table.within) / between
    return WithinSubjectResult(
        wsd=wsd,
        rc=REPEATABILITY * wsd,
        between_sd=np.where(separable, between * sample.scale, np.nan),
        rc_ratio=np.where(separable, ratio, np.nan),
        n=sample.n,
        status=_status(sample, 1),
        rc_ratio_status=np.where(
            separable | (sample.n < 2) | sample.constant, _status(sample, 2), Status.NO_SUBJECT_VARIANCE
        ).astype(np.str_),
    )


def relative_within_subject(values: ArrayLike, signed: Signed = "refuse") -> RelativeWithinSubjectResult:
    """Compute the root-mean-square within-subject CV and the %RC.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.
    signed : {"refuse", "absolute"}
        As for `cv`.

    Returns
    -------
    RelativeWithinSubjectResult
        Arrays of the leading shape, statuses as for `cv`.

    Raises
    ------
    ConfigurationError
        For fewer than two conditions or an unknown mode.

    References
    ----------
    Bland JM, Altman DG. Measurement error proportional to the mean. BMJ 1996;313:106. Obuchowski NA, Bullen J.
    Quantitative imaging biomarkers: effect of sample size and bias on confidence interval coverage. Statistical
    Methods in Medical Research 2018;27:3139-3150.

    Examples
    --------
    >>> result = relative_within_subject([[9.0, 11.0], [20.0, 20.0]])
    >>> f"wCV {result.wcv:.3f}, %RC {result.rc_percent:.1f}"
    'wCV 0.100, %RC 27.7'
    """
    ratios = cv(values, signed)
    squares = np.where(np.isnan(ratios.per_subject), 0.0, ratios.per_subject**2).sum(axis=-1)
    wcv = np.where(np.isnan(ratios.estimate), np.nan, np.sqrt(squares / np.maximum(ratios.n, 1)))
    return RelativeWithinSubjectResult(wcv, 100 * REPEATABILITY * wcv, ratios.n, ratios.status)


def _status(sample: Sample, fewest: int) -> StatusArray:
    return first_reason({Status.TOO_FEW: sample.n < fewest, Status.CONSTANT: sample.constant})
