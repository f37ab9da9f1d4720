"""I2C2: how much of the variance of many features together is between subjects."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import scipy.special
from numpy.typing import ArrayLike

from evaluation.reliability.sample import as_numbers, check_level, to_unit
from evaluation.reliability.status import Status
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.limits import Resamples, check_arguments

Scale = Literal["sd", "none"]
LimitsOf = Literal["jackknife", "bootstrap"]

AT_ONCE = 500_000
"""Values that draws are computed of at once."""


@dataclass(frozen=True)
class SignatureResult:
    """The reliability of a signature.

    Parameters
    ----------
    estimate, lower, upper : float
        I2C2 with its confidence limits; NaN where there is no estimate.
    p : float
        Of no reliability, by permuting subjects.
    n, measurements, features : int
        Subjects, measurements and features used; a feature that is constant in them is not.
    status : str
        See `Status`: ``too_few`` without two subjects and one repeat, ``constant``, ``negative``, ``no_interval``.
    """

    estimate: float
    lower: float
    upper: float
    p: float
    n: int
    measurements: int
    features: int
    status: str


def i2c2(
    values: ArrayLike,
    *,
    scale: Scale = "sd",
    demean: bool = False,
    level: float = 0.95,
    interval: LimitsOf = "jackknife",
    n_resamples: Resamples = 1000,
    seed: int = 0,
) -> SignatureResult:
    """Compute the image intraclass correlation coefficient of a set of features.

    Parameters
    ----------
    values : array_like, shape (n_features, n_subjects, n_conditions)
        A measurement that lacks a value of any feature is left out; features that most measurements lack are left out
        before. Subjects may have different numbers of measurements.
    scale : {"sd", "none"}
        Features are divided by their SD over all measurements, since a sum over features is of those on the largest
        scale otherwise; ``none`` for features that are on a common scale.
    demean : bool
        Whether the mean of each condition is taken out first, so that a shift is no disagreement (``twoway`` of the R
        package).
    level : float
        Confidence level.
    interval : {"jackknife", "bootstrap"}
        Limits by leaving out each subject, on the scale of log((1 + (k - 1) I2C2) / (1 - I2C2)) / 2 with Student's t,
        or percentiles over samples of subjects drawn again, as of Shou et al.
    n_resamples, seed : int
        Permutations of the test and samples of the bootstrap, and what makes them repeatable.

    Returns
    -------
    SignatureResult

    Raises
    ------
    ConfigurationError
        For another shape, scale or interval.

    Notes
    -----
    1 - tr(K_U) / tr(K_W), by the moments of Shou et al. for unequal numbers of measurements, not cut off at 0.
    Of one feature it is ICC(1). Of standardized features it is near the mean of their ICC(1): it does not tell whether
    features repeat one another. p compares it with those of subjects permuted within each condition.

    References
    ----------
    Shou H, Eloyan A, Lee S, et al. Quantifying the reliability of image replication studies: the image intraclass
    correlation coefficient (I2C2). Cognitive, Affective, & Behavioral Neuroscience 2013;13:714-724.

    Examples
    --------
    Of one feature it is the one-way ICC, of Shrout and Fleiss' ratings .166:

    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> f"{i2c2([ratings]).estimate:.6f}"
    '0.165742'
    """
    refuse_unknown([scale], get_args(Scale), "i2c2", "unknown scale")
    refuse_unknown([interval], get_args(LimitsOf), "i2c2", "unknown interval")
    check_level(level)
    check_arguments(i2c2, n_resamples=n_resamples)
    raw = as_numbers(values)
    if raw.ndim != 3:
        raise ConfigurationError(f"i2c2: expected an array (features, subjects, conditions), found shape {raw.shape}")
    x, there = _measurements(raw, scale == "sd")
    n, measurements, n_features = int(there.any(axis=1).sum()), int(there.sum()), x.shape[-1]
    none = SignatureResult(np.nan, np.nan, np.nan, np.nan, n, measurements, n_features, Status.TOO_FEW)
    if n < 2 or measurements <= n:
        return none
    how = scale == "sd", demean
    estimate = float(_ratio(x[None], there[None], *how)[0])
    if np.isnan(estimate):
        return SignatureResult(np.nan, np.nan, np.nan, np.nan, n, measurements, n_features, Status.CONSTANT)
    rng = np.random.default_rng(seed)
    if interval == "bootstrap":
        drawn = _drawn(x, there, rng.integers(n, size=(n_resamples, n)), how)
        lower, upper = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    else:
        without = _drawn(x, there, np.array([np.delete(np.arange(n), one) for one in range(n)]), how)
        lower, upper = _jackknife(estimate, without, measurements / n, level)
    chance = _permuted(x, there, rng, n_resamples, how)
    p = (1 + int((chance >= estimate).sum())) / (1 + n_resamples)
    status = Status.NEGATIVE if estimate < 0 else Status.NO_INTERVAL if np.isnan(lower) else Status.OK
    return SignatureResult(estimate, float(lower), float(upper), p, n, measurements, n_features, status)


def _measurements(raw: FloatArray, scaled: bool) -> tuple[FloatArray, BoolArray]:
    """Give measurements (n_subjects, n_conditions, n_features), 0 where one is missing, and which are there.

    Features that do not vary are left out. The others are brought to where squares are numbers, one by one if they are
    to be scaled.
    """
    finite = np.isfinite(raw)
    some = finite.any(axis=0)
    usual = finite[:, some].mean(axis=1) > 0.5 if some.any() else np.zeros(len(raw), dtype=bool)
    there = finite[usual].all(axis=0) & usual.any()
    found = np.where(there, raw[usual], 0.0)
    found = found[(found[:, there] != found[:, there][:, :1]).any(axis=1)]
    found = (to_unit(found) if scaled else to_unit(found.reshape(1, 1, -1)))[0].reshape(found.shape)
    kept = there.any(axis=1)
    return np.moveaxis(found, 0, -1)[kept], there[kept]


def _ratio(x: FloatArray, there: BoolArray, scaled: bool, demean: bool) -> FloatArray:
    """Compute I2C2 of draws: x (n_draws, n_subjects, n_conditions, n_features), there without the last axis."""
    mask = there[..., None]
    n = there.sum(axis=(1, 2)).astype(np.float64)
    rounding = 1e-24 * np.square(np.abs(x).max(axis=(1, 2), initial=0.0))
    if demean:
        count = np.maximum(there.sum(axis=1), 1)[:, None, :, None]
        x = np.where(mask, x - x.sum(axis=1, keepdims=True) / count, 0.0)
    x = np.where(mask, x - x.sum(axis=(1, 2), keepdims=True) / n[:, None, None, None], 0.0)
    visits = there.sum(axis=2)
    means = x.sum(axis=2, keepdims=True) / np.maximum(visits, 1)[..., None, None]
    total = np.einsum("dscf,dscf->df", x, x)
    rest = np.where(mask, x - means, 0.0)
    within = np.einsum("dscf,dscf->df", rest, rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        if scaled:
            varies = total > rounding
            within, total = np.where(varies, within / total, 0.0), varies * 1.0
            scale = (n - 1)[:, None]
            within, total = within * scale, total * scale
        error = within.sum(axis=1) / (n - (visits > 0).sum(axis=1))
        of_all = total.sum(axis=1) / (n - 1)
        between = (of_all - error) / (1 + (1 - (visits**2).sum(axis=1) / n) / (n - 1))
        return np.asarray(between / (between + error))


def _drawn(x: FloatArray, there: BoolArray, chosen: IntArray, how: tuple[bool, bool]) -> FloatArray:
    """Compute it of samples of subjects, (n_draws, n_of_a_draw)."""
    step = max(1, AT_ONCE // max(x.size, 1))
    parts = [chosen[start : start + step] for start in range(0, len(chosen), step)]
    return np.concatenate([_ratio(x[part], there[part], *how) for part in parts])


def _permuted(
    x: FloatArray, there: BoolArray, rng: np.random.Generator, count: int, how: tuple[bool, bool]
) -> FloatArray:
    """Compute it where the subjects that are there are permuted within each condition."""
    step = max(1, AT_ONCE // max(x.size, 1))
    found = []
    for start in range(0, count, step):
        draws = min(step, count - start)
        mixed = np.broadcast_to(x, (draws, *x.shape)).copy()
        for condition in range(x.shape[1]):
            rows = np.flatnonzero(there[:, condition])
            order = rng.permuted(np.broadcast_to(rows, (draws, len(rows))), axis=1)
            mixed[:, rows, condition] = x[order, condition]
        found.append(_ratio(mixed, np.broadcast_to(there, (draws, *there.shape)), *how))
    return np.concatenate(found)


def _jackknife(estimate: float, without: FloatArray, k: float, level: float) -> tuple[float, float]:
    """Give limits by Student's t on the scale of Fisher's z for k measurements of a subject."""
    n = len(without)
    with np.errstate(divide="ignore", invalid="ignore"):
        z, less = (np.log((1 + (k - 1) * one) / (1 - one)) / 2 for one in (np.asarray(estimate), without))
    if not (np.isfinite(z) and np.isfinite(less).all()) or n < 3:
        return np.nan, np.nan
    centre = n * z - (n - 1) * less.mean()
    half = scipy.special.stdtrit(n - 1, (1 + level) / 2) * np.sqrt((n - 1) / n * ((less - less.mean()) ** 2).sum())
    lower, upper = (np.exp(2 * end) for end in (centre - half, centre + half))
    return (lower - 1) / (lower + k - 1), (upper - 1) / (upper + k - 1)
