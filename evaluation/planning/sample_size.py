"""How many subjects, or conditions, give limits of a wanted width, or a limit that exceeds a wanted value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.planning.sampling import CCCSampling, Sampling, WCVSampling, check_fraction, sampling_of
from evaluation.reliability.sample import StatusArray, as_numbers
from evaluation.reliability.status import Status
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds

MOST_SUBJECTS = 1_000_000
MOST_CONDITIONS = 1_000
"""Beyond these the search ends."""

POWER = 0.8
"""Probability with which a limit is reached unless said otherwise."""


@dataclass(frozen=True)
class SampleSize:
    """What a study needs, and what it then has; arrays of the shape of what was asked together.

    Parameters
    ----------
    subjects, conditions : ndarray
        The one that was sought is NaN where no number is enough.
    lower, upper, width : ndarray
        Confidence limits where the estimate is the value that was planned for.
    mean_width : ndarray
        Width of the limits on average over studies; infinite for a wCV of few subjects, whose upper limit has no mean.
    probability : ndarray
        That the limits are as narrow as wanted, or the limit at least as good as wanted; NaN where nothing was.
    status : ndarray of str
        ``unattainable`` where no number is enough.
    """

    subjects: FloatArray
    conditions: FloatArray
    lower: FloatArray
    upper: FloatArray
    width: FloatArray
    mean_width: FloatArray
    probability: FloatArray
    status: StatusArray


def sample_size(
    statistic: str,
    value: ArrayLike,
    *,
    width: ArrayLike | None = None,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    subjects: ArrayLike | None = None,
    conditions: ArrayLike | None = None,
    assurance: float | None = None,
    level: float = 0.95,
    form: str = "1",
    accuracy: float = 1.0,
) -> SampleSize:
    """Compute how many subjects a study of reliability needs, or how many conditions, or what its limits will be.

    With `subjects` and a target the conditions are sought, with `conditions` and a target the subjects, and without a
    target what so many subjects and conditions give. Conditions are 2 where neither is given.

    Parameters
    ----------
    statistic : {"icc", "ccc", "wcv"}
    value : array_like
        The true value that is planned for; all arrays are broadcast together.
    width : array_like, optional
        Largest width of the confidence limits (of the whole, not of a half).
    lower : array_like, optional
        Instead: what the lower limit of ICC or CCC is to reach.
    upper : array_like, optional
        Instead: what the upper limit of wCV is to stay below.
    subjects, conditions : array_like of int, optional
        Conditions are what each subject is measured under: readers, scanners, repeats.
    assurance : float, optional
        Probability with which the study reaches its target. Without it a width is that of the limits where the
        estimate is the value planned for, as of Bonett, and a limit is reached with a probability of .8.
    level : float
        Confidence level; limits are two-sided.
    form : {"1", "C,1"}
        Of the ICC.
    accuracy : float
        Of the CCC: C_b, 1 if conditions neither shift nor scale the values.

    Returns
    -------
    SampleSize

    Raises
    ------
    ConfigurationError
        For values that no study has limits of, a wCV above 1, which looks like per cent, targets that any or no study
        reaches, arrays that do not broadcast together, and what contradicts itself.

    Notes
    -----
    Features are taken for normal, and conditions for exchangeable. ICC: F-based limits, exact; that the lower limit
    reaches a bound is the power of the F test of Walter, Eliasziw and Donner (whose formula approximates it) at half of
    1 - `level`. CCC: Fisher's z with Lin's variance, all inaccuracy being a shift; of more than two conditions the
    variance of the ICC, which the overall CCC equals without shifts, on the same scale; both over n - 2. wCV:
    √(exp(s²) - 1), with the chi-square distribution of n (k - 1) degrees of freedom for the variance s² of logarithms,
    as in `log_repeatability`. Skewed features need more subjects, which a pilot tells.

    References
    ----------
    Bonett DG. Sample size requirements for estimating intraclass correlations with desired precision. Statistics in
    Medicine 2002;21:1331-1335. Walter SD, Eliasziw M, Donner A. Sample size and optimal designs for reliability
    studies. Statistics in Medicine 1998;17:101-110. Zou GY. Sample size formulas for estimating intraclass correlation
    coefficients with precision and assurance. Statistics in Medicine 2012;31:3972-3981. Lin LI. Assay validation using
    the concordance correlation coefficient. Biometrics 1992;48:599-604. Obuchowski NA, Bullen J. Quantitative imaging
    biomarkers: effect of sample size and bias on confidence interval coverage. Statistical Methods in Medical Research
    2018;27:3139-3150.

    Examples
    --------
    Limits of an ICC of .8 that are .2 wide, of two to four readers:

    >>> sample_size("icc", 0.8, width=0.2, conditions=[2, 3, 4]).subjects
    array([54., 36., 31.])

    A lower limit above .75 of an ICC of .9 with a probability of .8:

    >>> found = sample_size("icc", 0.9, lower=0.75)
    >>> f"{found.subjects:.0f} subjects, {found.probability:.2f}"
    '33 subjects, 0.80'
    """
    sampling = sampling_of(statistic, value, level, form, accuracy)
    bound = _bound(sampling, lower, upper)
    if width is not None and bound is not None:
        raise ConfigurationError(f"`width`: give either a width or `{sampling.side}`, what one limit is to reach")
    wanted = width is not None or bound is not None
    if wanted and subjects is not None and conditions is not None:
        raise ConfigurationError("`subjects`: with `conditions` and a target there is nothing to seek; leave one out")
    if not wanted and subjects is None:
        raise ConfigurationError("`width`: say how narrow limits are to be, or how many `subjects` there are")
    if assurance is not None:
        Bounds(above=0, below=1).check("`assurance`", assurance)
        if not wanted:
            raise ConfigurationError("`assurance`: is about a target, which is missing; give `width` or a limit")
    seek_conditions = wanted and subjects is not None
    n = _counts("subjects", subjects, sampling.fewest, sampling.label)
    k = _counts("conditions", 2 if conditions is None and not seek_conditions else conditions, 2, sampling.label)
    _check_accuracy(sampling, k, seek_conditions)
    asked = "width" if width is not None else sampling.side
    goal = bound if width is None else width
    target = as_numbers(np.nan if goal is None else goal, f"`{asked}`")
    shape = _shape({statistic: sampling.value, asked: target, "subjects": n, "conditions": k})
    sampling = sampling_of(statistic, np.broadcast_to(sampling.value, shape), level, form, accuracy)
    target, n, k = (np.broadcast_to(one, shape) for one in (target, n, k))
    narrow = width is not None
    if wanted:
        _check_target(sampling, target, np.where(np.isnan(k), 2, k), narrow)

    def probability(n: FloatArray, k: FloatArray) -> FloatArray:
        return sampling.narrow(target, n, k) if narrow else sampling.reach(target, n, k)

    def enough(n: FloatArray, k: FloatArray) -> BoolArray:
        if narrow and assurance is None:
            return np.asarray(sampling.width(n, k) <= target)
        return np.asarray(probability(n, k) >= (POWER if assurance is None else assurance))

    if seek_conditions:
        k = _least(lambda tried: enough(n, tried), np.full(shape, 2.0), MOST_CONDITIONS)
    elif wanted:
        n = _least(lambda tried: enough(tried, k), np.full(shape, float(sampling.fewest)), MOST_SUBJECTS)
    with np.errstate(invalid="ignore", over="ignore"):
        least, most = (np.asarray(limit) for limit in sampling.limits(n, k))
        mean, chance = sampling.mean_width(n, k), probability(n, k) if wanted else np.full(shape, np.nan)
    lost = np.isnan(n) | np.isnan(k)
    status = np.where(lost, Status.UNATTAINABLE, Status.OK).astype(np.str_)
    mean, chance = (np.where(lost, np.nan, one) for one in (mean, chance))
    return SampleSize(np.array(n), np.array(k), least, most, np.asarray(most - least), mean, chance, status)


def _bound(sampling: Sampling, lower: ArrayLike | None, upper: ArrayLike | None) -> ArrayLike | None:
    """Take what the limit on the unfavourable side is to reach, and refuse one on the other side."""
    bound, other, name = (lower, upper, "upper") if sampling.side == "lower" else (upper, lower, "lower")
    if other is not None:
        raise ConfigurationError(
            f"`{name}`: of {sampling.label} what matters is the other limit; give `{sampling.side}`"
        )
    return bound


def _counts(name: str, counts: ArrayLike | None, fewest: int, label: str) -> FloatArray:
    """Take numbers of subjects or conditions, NaN for what is sought."""
    if counts is None:
        return np.asarray(np.nan)
    given = as_numbers(counts, f"`{name}`")
    wrong = given[~((given >= fewest) & (given == np.round(given)))]
    if wrong.size:
        raise ConfigurationError(
            f"`{name}`: expected whole numbers of {fewest} or more, without which there are no limits of the {label}; "
            f"found {wrong.flat[0]:g}"
        )
    return given


def _shape(given: Mapping[str, FloatArray]) -> tuple[int, ...]:
    """Give the shape that arrays have together, or name the first that does not go with those before it."""
    shape: tuple[int, ...] = ()
    for name, one in given.items():
        try:
            shape = np.broadcast_shapes(shape, one.shape)
        except ValueError as error:
            raise ConfigurationError(
                f"`{name}`: has the shape {one.shape}, which does not go with {shape} of what is given beside it; give "
                "one number, as many as there are, or an axis of its own, such as numpy.reshape(values, (-1, 1))"
            ) from error
    return shape


def _check_accuracy(sampling: Sampling, k: FloatArray, seek_conditions: bool) -> None:
    several = seek_conditions or bool((k > 2).any())
    if isinstance(sampling, CCCSampling) and sampling.accuracy < 1 and several:
        raise ConfigurationError(
            f"`accuracy` is {sampling.accuracy:g}: of more than 2 conditions there is no closed form but for an "
            "accuracy of 1; plan for 2 conditions, or simulate from a `pilot`"
        )


def _check_target(sampling: Sampling, target: FloatArray, k: FloatArray, narrow: bool) -> None:
    """Refuse what any study reaches, and what none does."""
    value = sampling.value
    if isinstance(sampling, WCVSampling):
        check_fraction(target, "width" if narrow else "upper")
    if narrow:
        widest = sampling.widest(k)
        good = (target > 0) & (target < widest)
        if not good.all():
            most = f" and below {widest[~good].flat[0]:g}, which no limits exceed" * bool(np.isfinite(widest).all())
            raise ConfigurationError(f"`width`: expected a number above 0{most}, found {target[~good].flat[0]:g}")
        return
    above = sampling.side == "upper"
    wrong = ~((target > value) if above else (target < value))
    if wrong.any():
        raise ConfigurationError(
            f"`{sampling.side}`: expected a number {'above' if above else 'below'} the {sampling.label} of "
            f"{value[wrong].flat[0]:g} that is planned for, found {target[wrong].flat[0]:g}; the limit of no study can "
            "be expected beyond the true value"
        )
    beyond = target <= -1 / (k - 1)
    if not above and beyond.any():
        least, found = -1 / (k[beyond].flat[0] - 1), target[beyond].flat[0]
        raise ConfigurationError(
            f"`{sampling.side}`: {found:g} is no more than {least:g}, the least {sampling.label} of "
            f"{k[beyond].flat[0]:g} conditions, which any study exceeds; expected a number above it"
        )


def _least(enough: Callable[[FloatArray], BoolArray], fewest: FloatArray, most: int) -> FloatArray:
    """Find the least whole numbers that are enough, by doubling and halving; NaN where none is."""
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        low, high = fewest - 1, fewest.copy()
        found = enough(high)
        while (~found & (high < most)).any():
            low, high = np.where(found, low, high), np.where(found, high, np.minimum(2 * high, most))
            found = found | enough(high)
        while (high - low > 1).any():
            middle = np.where(high - low > 1, np.floor((low + high) / 2), high)
            good = enough(middle)
            low, high = np.where(good, low, middle), np.where(good, middle, high)
    return np.where(found, high, np.nan)
