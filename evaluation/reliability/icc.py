"""Intraclass correlation in the forms of McGraw and Wong, for any number of features at once."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.generalized import generalized_limits
from evaluation.reliability.jackknife_limits import jackknife_limits
from evaluation.reliability.mean_squares import MeanSquares, coefficient, of_mean
from evaluation.reliability.sample import Sample, check_level
from evaluation.reliability.statistic import Estimates
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import FloatArray
from harmonize.inputs.configuration import refuse_unknown

ICC_FORMS = ("1", "A,1", "C,1", "1,k", "A,k", "C,k")
"""One-way; two-way absolute agreement; two-way consistency; each for a single condition or the mean of all k."""

_SINGLE = {form: "1" if form.startswith("1") else f"{form[0]},1" for form in ICC_FORMS}

ICC_INTERVALS = ("mcgraw-wong", "generalized", "jackknife")
"""How the limits are computed: for normal features, for normal features under fixed conditions, or for any."""


@dataclass(frozen=True)
class ICCResult(Estimates):
    """Intraclass correlations; every array has the leading shape of the values.

    Parameters
    ----------
    estimate, lower, upper, n, status : ndarray
        See `Estimates`.
    f, df1, df2, p : ndarray
        F test of no differences between subjects.
    """

    f: FloatArray
    df1: FloatArray
    df2: FloatArray
    p: FloatArray


def icc(
    values: ArrayLike | Sample, form: str = "A,1", level: float | None = 0.95, interval: str = "mcgraw-wong"
) -> ICCResult:
    """Compute the intraclass correlation of subjects measured under the same conditions.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions), or Sample
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.
    form : {"A,1", "C,1", "1", "A,k", "C,k", "1,k"}
        McGraw and Wong's name. ``A,1`` (absolute agreement of single conditions) is Shrout and Fleiss' ICC(2,1),
        ``C,1`` (consistency) their ICC(3,1), ``1`` their ICC(1,1); ``k`` forms are of the mean of all conditions.
    level : float or None
        Confidence level of the limits; None leaves them out, which is several times faster.
    interval : {"mcgraw-wong", "generalized", "jackknife"}
        McGraw and Wong's F-based limits, which R `psych` and SPSS give; for the forms ``A`` generalized ones, which
        keep their level however much fixed conditions shift the values, and take about 0.2 ms a feature; or those of
        `jackknife_limits`, which do neither assume normal features nor conditions without shift, as a reliability
        table has them.

    Returns
    -------
    ICCResult
        Arrays of the leading shape. ``too_few`` below 2 subjects; ``constant``, ``undefined``, ``negative`` and
        ``no_subject_variance`` as `Status` describes them. Where the residual is zero up to rounding, ``C,1`` is
        1 with limits of 1, F infinite and p 0.

    Raises
    ------
    ConfigurationError
        For an unknown form or interval, a level outside (0, 1) or fewer than two conditions.

    Notes
    -----
    The limits of the forms ``1`` and ``C`` are exact under normality. McGraw and Wong's of the forms ``A`` use
    Satterthwaite's approximate degrees of freedom: they keep their level while conditions shift the values by little
    (up to a third of the between-subject SD in simulations with 2 and 4 conditions). Beyond that they are too wide if
    the conditions are fixed, as a named acquisition is, and too narrow if they are a random draw from many (75-91 %
    for 95 % at a shift of 0.7 SD). Generalized limits take the conditions as fixed. In simulations of 2, 3 and 4
    conditions, 17 and 50 subjects, true ICCs of .3 to .97 and shifts between the conditions of 0 to 4 residual SDs
    they covered the true value in 93-96 % where McGraw and Wong's covered it in 94-100 %; with two conditions that
    differ by 2 residual SDs, a true ICC of .90 and 17 subjects they are .18 wide on average, and McGraw and Wong's
    .82. A lower limit of ``A,1`` below -1/(k-1) has no counterpart for ``A,k`` and becomes minus infinity there.

    All of these assume normal features. Where subjects are skewed they cover less, however many subjects there are:
    McGraw and Wong's 95 % limits of ICC(A,1) cover 90-95 % at a skewness of 1, and 76-91 % at 2.3. The jackknife's
    cover 96-99 % and 93-99 % there, 97-99 % of normal features, and are wider: .49 where McGraw and Wong's are .41 (17
    subjects, two conditions, a true ICC of .8; ``tests/benchmarks/bench_limits.py``).

    References
    ----------
    McGraw KO, Wong SP. Forming inferences about some intraclass correlation coefficients. Psychological Methods
    1996;1:30-46. Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability.
    Psychological Bulletin 1979;86:420-428. Weerahandi S. Generalized confidence intervals. Journal of the
    American Statistical Association 1993;88:899-905. Arvesen JN, Schmitz TH. Robust procedures for variance component
    problems using the jackknife. Biometrics 1970;26:677-686.

    Examples
    --------
    Shrout and Fleiss' example of six targets and four judges:

    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> result = icc(ratings, "A,1")
    >>> f"{result.estimate:.3f} ({result.lower:.3f} to {result.upper:.3f}), n = {result.n}"
    '0.290 (0.019 to 0.761), n = 6'
    >>> f"{icc(ratings, 'C,1').estimate:.3f}"
    '0.715'
    """
    refuse_unknown([form], ICC_FORMS, "icc", "unknown form")
    refuse_unknown([interval], ICC_INTERVALS, "icc", "unknown interval")
    sample = Sample.of(values)
    table = MeanSquares.of(sample)
    n, k = np.maximum(sample.n, 2).astype(np.float64), sample.n_conditions
    error = table.within if form.startswith("1") else table.error
    df1 = n - 1
    df2 = n * (k - 1) if form.startswith("1") else df1 * (k - 1)

    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, denominator = coefficient(table, error, n, k, form)
        f = table.subjects / error
        p = np.where(np.isinf(f), 0.0, scipy.special.fdtrc(df1, df2, f))
        lower, upper = _limits(sample, table, error, df2, n, form, level, interval)

    flat = table.subjects == 0
    status = first_reason(
        {
            Status.TOO_FEW: sample.n < 2,
            Status.CONSTANT: sample.constant,
            Status.NO_SUBJECT_VARIANCE: flat,
            Status.UNDEFINED: ~(denominator > 0),
            Status.NEGATIVE: estimate < 0,
        }
    )
    defined = (sample.n >= 2) & ~sample.constant & (denominator > 0)
    # Where neither subjects nor residual vary, no F distribution stands behind the limits.
    limited = defined & ~(flat & (error == 0))
    tested = (sample.n >= 2) & ~np.isnan(f)
    return ICCResult(
        estimate=np.where(defined, estimate, np.nan),
        lower=np.where(limited, lower, np.nan),
        upper=np.where(limited, upper, np.nan),
        n=sample.n,
        status=status,
        f=np.where(tested, f, np.nan),
        df1=np.where(tested, df1, np.nan),
        df2=np.where(tested, df2, np.nan),
        p=np.where(tested, p, np.nan),
    )


def _limits(
    sample: Sample,
    table: MeanSquares,
    error: FloatArray,
    df2: FloatArray,
    n: FloatArray,
    form: str,
    level: float | None,
    interval: str,
) -> tuple[FloatArray, FloatArray]:
    if level is None:
        return np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    alpha, k = 1.0 - check_level(level), sample.n_conditions
    if interval == "jackknife":
        lower, upper = jackknife_limits(sample, _SINGLE[form], level)
    elif form.startswith("A") and interval == "generalized":
        lower, upper = generalized_limits(table.subjects, table.conditions, error, n, k, alpha)
    else:
        of_form = _agreement_limits if form.startswith("A") else _consistency_limits
        lower, upper = of_form(table, error, df2, n, k, alpha)
    lower, upper = np.minimum(lower, 1.0), np.minimum(upper, 1.0)  # rounding goes beyond where conditions are equal
    return (of_mean(lower, k), of_mean(upper, k)) if form.endswith("k") else (lower, upper)


def _consistency_limits(
    table: MeanSquares, error: FloatArray, df2: FloatArray, n: FloatArray, k: int, alpha: float
) -> tuple[FloatArray, FloatArray]:
    """Give the exact limits of one-way and consistency forms for single conditions."""
    low, high = scipy.special.fdtri(n - 1, df2, 1 - alpha / 2), 1 / scipy.special.fdtri(df2, n - 1, 1 - alpha / 2)

    def at(quantile: FloatArray) -> FloatArray:
        between = table.subjects / quantile
        return (between - error) / (between + (k - 1) * error)

    return at(low), at(high)


def _agreement_limits(
    table: MeanSquares, error: FloatArray, _: FloatArray, n: FloatArray, k: int, alpha: float
) -> tuple[FloatArray, FloatArray]:
    """Give the approximate limits of absolute agreement for single conditions."""
    estimate, _ = coefficient(table, error, n, k, "A,1")
    weight = n * (1 + (k - 1) * estimate) - k * estimate
    numerator = (k - 1) * (k * estimate * table.conditions + weight * error) ** 2
    v = numerator * (n - 1) / ((n - 1) * (k * estimate * table.conditions) ** 2 + (weight * error) ** 2)
    # Without condition effects and residual the limits are 1 whatever the degrees of freedom.
    v = np.where(np.isnan(v), 1.0, v)
    rest = k * table.conditions + (k * n - k - n) * error
    # The quantiles tend to infinity and zero where v does to zero; only there does `fdtri` give NaN.
    low = np.nan_to_num(1 / scipy.special.fdtri(n - 1, v, 1 - alpha / 2), nan=0.0)
    high = np.nan_to_num(scipy.special.fdtri(v, n - 1, 1 - alpha / 2), nan=0.0)
    lower = n * (table.subjects * low - error) / (rest + n * table.subjects * low)
    upper = n * (table.subjects * high - error) / (rest + n * table.subjects * high)
    return lower, upper
