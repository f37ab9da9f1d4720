"""Limits that a study will have: of ICC, CCC and within-subject CV, in closed form for normal features."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.special
from numpy.typing import ArrayLike

from evaluation.reliability.repeatability import TINY, cv_of_log, log_of_cv
from evaluation.reliability.sample import as_numbers, check_level
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.limits import Bounds

NODES = (np.arange(2000) + 0.5) / 2000
"""Probabilities at which the distribution of an estimate is looked at."""

FORMS = ("1", "C,1")
"""Of the ICC: one-way, and two-way consistency."""


@dataclass(frozen=True)
class Sampling(ABC):
    """How an estimate and its limits vary from study to study.

    Parameters
    ----------
    value : ndarray
        The true value that is planned for; all arrays that methods take broadcast with it.
    level : float
        Confidence level of the limits.
    """

    statistic: ClassVar[str]
    label: ClassVar[str]
    fewest: ClassVar[int]
    side: ClassVar[str] = "lower"

    value: FloatArray
    level: float

    @abstractmethod
    def limits(self, n: FloatArray, k: FloatArray, u: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
        """Give limits of the estimate that is the true value, or of the one at a quantile of its distribution.

        Parameters
        ----------
        n, k : ndarray
            Subjects and conditions.
        u : array_like or None
            Probability of a lower estimate.
        """

    @abstractmethod
    def reach(self, bound: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
        """Give the probability that the limit on the unfavourable side is at least as good as a bound."""

    @abstractmethod
    def widest(self, k: FloatArray) -> FloatArray:
        """Give the width that limits of no study exceed."""

    def width(self, n: FloatArray, k: FloatArray) -> FloatArray:
        """Give the width of the limits where the estimate is the true value."""
        lower, upper = self.limits(n, k)
        return upper - lower

    def narrow(self, width: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
        """Give the probability that limits are at most so wide."""
        lower, upper = self.limits(n[..., None], k[..., None], NODES)
        return np.asarray((upper - lower <= width[..., None]).mean(axis=-1), dtype=np.float64)

    def mean_width(self, n: FloatArray, k: FloatArray) -> FloatArray:
        """Give the width of the limits on average over studies."""
        lower, upper = self.limits(n[..., None], k[..., None], NODES)
        return np.asarray((upper - lower).mean(axis=-1), dtype=np.float64)

    def _value(self, n: FloatArray) -> FloatArray:
        """Give the true value with the axes of `n`, which may have one more for quantiles."""
        return self.value[..., None] if n.ndim > self.value.ndim else self.value


@dataclass(frozen=True)
class ICCSampling(Sampling):
    """Of the ICC: F-based limits, which are exact for normal features.

    Parameters
    ----------
    form : {"1", "C,1"}
        One-way, or two-way consistency.
    """

    statistic: ClassVar[str] = "icc"
    label: ClassVar[str] = "ICC"
    fewest: ClassVar[int] = 2

    form: str

    def _degrees(self, n: FloatArray, k: FloatArray) -> tuple[FloatArray, FloatArray]:
        return n - 1, (n if self.form == "1" else n - 1) * (k - 1)

    def limits(self, n: FloatArray, k: FloatArray, u: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
        """Give limits, see `Sampling`."""
        df1, df2 = self._degrees(n, k)
        value, tail = self._value(n), (1 + self.level) / 2
        ratio = (1 + (k - 1) * value) / (1 - value)
        if u is not None:
            ratio = ratio * scipy.special.fdtri(df1, df2, u)
        low = ratio / scipy.special.fdtri(df1, df2, tail)
        high = ratio * scipy.special.fdtri(df2, df1, tail)
        return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)

    def reach(self, bound: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
        """Give the exact power of the F test of the bound."""
        df1, df2 = self._degrees(n, k)
        true, least = ((1 + (k - 1) * one) / (1 - one) for one in (self.value, bound))
        critical = scipy.special.fdtri(df1, df2, (1 + self.level) / 2)
        return np.asarray(scipy.special.fdtrc(df1, df2, critical * least / true))

    def widest(self, k: FloatArray) -> FloatArray:
        """Give the distance from the least ICC, -1 / (k - 1), to 1."""
        return k / (k - 1)


@dataclass(frozen=True)
class CCCSampling(Sampling):
    """Of the CCC: limits by Fisher's z, with its large-sample variance.

    Parameters
    ----------
    accuracy : float
        C_b, by which the CCC is less than the correlation; with more than two conditions 1.
    """

    statistic: ClassVar[str] = "ccc"
    label: ClassVar[str] = "CCC"
    fewest: ClassVar[int] = 3

    accuracy: float = 1.0

    def _error(self, n: FloatArray, k: FloatArray) -> FloatArray:
        value = self._value(n)
        if self.accuracy == 1:
            scale = 2 * (1 + (k - 1) * value) ** 2 / (k * (k - 1) * (1 + value) ** 2)
        else:
            # Lin's variance with all inaccuracy a shift: C_b = 2 / (2 + u^2).
            squared_shift = 2 / self.accuracy - 2
            precision = value / self.accuracy
            variance = (
                (1 - precision**2) * self.accuracy**2 * (1 - value**2)
                + 2 * value**2 * (1 - value) * self.accuracy * squared_shift
                - 0.5 * value**2 * self.accuracy**2 * squared_shift**2
            )
            scale = variance / (1 - value**2) ** 2
        return np.sqrt(np.maximum(scale, 0.0) / (n - 2))

    def limits(self, n: FloatArray, k: FloatArray, u: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
        """Give limits, see `Sampling`."""
        error = self._error(n, k)
        z = np.arctanh(self._value(n)) + (0 if u is None else error * scipy.special.ndtri(u))
        half = scipy.special.ndtri((1 + self.level) / 2) * error
        return np.tanh(z - half), np.tanh(z + half)

    def reach(self, bound: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
        """Give the power of the test of the bound."""
        distance = (np.arctanh(self.value) - np.arctanh(bound)) / self._error(n, k)
        return np.asarray(scipy.special.ndtr(distance - scipy.special.ndtri((1 + self.level) / 2)))

    def widest(self, k: FloatArray) -> FloatArray:
        """Give the distance from -1 to 1."""
        return np.full(np.shape(k), 2.0)


@dataclass(frozen=True)
class WCVSampling(Sampling):
    """Of the within-subject CV √(exp(s²) - 1): limits of the variance s² of logarithms by the chi-square distribution.

    It has n (k - 1) degrees of freedom, as in `log_repeatability`.
    """

    statistic: ClassVar[str] = "wcv"
    label: ClassVar[str] = "wCV"
    fewest: ClassVar[int] = 2
    side: ClassVar[str] = "upper"

    def limits(self, n: FloatArray, k: FloatArray, u: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
        """Give limits, see `Sampling`."""
        degrees = n * (k - 1)
        square = degrees if u is None else _chi_square(u, degrees)
        sd = log_of_cv(self._value(n))
        low, high = (
            cv_of_log(sd * np.sqrt(square / _chi_square((1 + sign * self.level) / 2, degrees))) for sign in (1, -1)
        )
        return low, high

    def mean_width(self, n: FloatArray, k: FloatArray) -> FloatArray:
        """Give the width on average, see `Sampling`: without end where so few subjects may give any upper limit.

        A limit is √(exp(a x) - 1) of a chi-square x. With exp(a x / 2) taken into its density, what is left to average
        is bounded: the mean is that of √(1 - exp(-a x / (1 - a))) over (1 - a) to the power of half the degrees.
        """
        degrees, sd = n * (k - 1), log_of_cv(self.value)
        means = []
        for sign in (1, -1):
            a = sd**2 / _chi_square((1 + sign * self.level) / 2, degrees)
            x = _chi_square(NODES, degrees[..., None])
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                bounded = np.sqrt(-np.expm1(-(a / (1 - a))[..., None] * x)).mean(axis=-1)
                means.append(np.where(a < 1, bounded / (1 - a) ** (degrees / 2), np.inf))
        # Squares of the smallest underflow, of which the limits are as those of a standard deviation.
        return np.where(sd < TINY, super().mean_width(n, k), means[1] - means[0])

    def reach(self, bound: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
        """Give the probability that the upper limit is at most the bound."""
        degrees = n * (k - 1)
        most = (log_of_cv(bound) / log_of_cv(self.value)) ** 2 * _chi_square((1 - self.level) / 2, degrees)
        return np.asarray(scipy.special.chdtr(degrees, most))

    def widest(self, k: FloatArray) -> FloatArray:
        """Give infinity: with few subjects the upper limit may be any number."""
        return np.full(np.shape(k), np.inf)


def _chi_square(probability: ArrayLike, degrees: FloatArray) -> FloatArray:
    return np.asarray(scipy.special.chdtri(degrees, 1 - np.asarray(probability)))


STATISTICS = ("icc", "ccc", "wcv")
"""What can be planned for in closed form."""


def sampling_of(
    statistic: str, value: ArrayLike, level: float = 0.95, form: str = "1", accuracy: float = 1.0
) -> Sampling:
    """Give how a statistic varies, or say what is wrong with what is planned for.

    Raises
    ------
    ConfigurationError
        For another statistic or form, and for values that no study has limits of, such as an ICC of 1.
    """
    refuse_unknown([statistic], STATISTICS, "`statistic`", "there is no planning for")
    refuse_unknown([form], FORMS, "`form`", "there is no planning for")
    check_level(level)
    Bounds(above=0, most=1).check("`accuracy`", accuracy)
    values = as_numbers(value, f"`{statistic}`")
    if statistic == "wcv":
        _each(values, values > 0, "wcv", "a number above 0, such as 0.1 for 10 %")
        check_fraction(values, "wcv")
        return WCVSampling(values, level)
    _each(values, (values >= 0) & (values < 1), statistic, "0 or more and below 1; perfect agreement has no limits")
    if statistic == "icc":
        return ICCSampling(values, level, form)
    _each(values, values < accuracy, "ccc", f"less than the `accuracy` of {accuracy:g}, which is the most it can be")
    return CCCSampling(values, level, accuracy)


def check_fraction(values: FloatArray, name: str) -> None:
    """Ask about a wCV, or what is wanted of its limits, above 1, which looks like per cent."""
    beyond = values[values > 1]
    if beyond.size:
        found = beyond.flat[0]
        hint = f"; did you mean {found / 100:g}, which is {found:g} %?" if found <= 100 else ""
        raise ConfigurationError(
            f"`{name}`: {found:g} is {100 * found:g} %; expected a fraction, more than 0 and at most 1 (100 %){hint}"
        )


def _each(values: FloatArray, good: ArrayLike, name: str, expected: str) -> None:
    """Refuse the first value that is not as expected."""
    wrong = np.broadcast_to(values, np.shape(good))[~np.asarray(good)]
    if wrong.size:
        raise ConfigurationError(f"`{name}`: expected {expected}, found {wrong.flat[0]:g}")
