"""What a statistic is by chance: null distributions by permuting subjects or conditions."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reliability.bootstrap import Statistic, check_number, everywhere, quantiles
from evaluation.reliability.sample import FloatArray, as_measurements
from harmonize.errors import ConfigurationError

Exchange = Literal["subjects", "conditions"]


@dataclass(frozen=True)
class PermutationResult:
    """What a statistic is by chance; every array has the shape of the statistic.

    Parameters
    ----------
    estimate : ndarray
        The statistic of the data as they are.
    median, upper : ndarray
        Median and 95th percentile under the null.
    p : ndarray
        One-sided: the probability under the null of a statistic at least as large.
    n_permutations : int
        Permutations drawn.
    """

    estimate: FloatArray
    median: FloatArray
    upper: FloatArray
    p: FloatArray
    n_permutations: int


def permutation_null(
    statistic: Statistic,
    values: ArrayLike,
    *,
    exchange: Exchange = "subjects",
    n_permutations: int = 1000,
    seed: int = 0,
) -> PermutationResult:
    """Permute subjects or conditions to see what a statistic is by chance.

    Parameters
    ----------
    statistic : callable
        As for `bootstrap`; large values count against the null.
    values : array_like, shape (..., n_subjects, n_conditions)
        Measurements, NaN where missing. The same permutation applies to every leading index.
    exchange : {"subjects", "conditions"}
        Permute the subjects within each condition, so that no measurement agrees with another of its subject but
        by chance; or the conditions within each subject, so that none differs from another but by chance.
    n_permutations : int
        Number of random permutations.
    seed : int
        Makes the permutations repeatable.

    Returns
    -------
    PermutationResult
        In arrays of the shape of the statistic; p counts the data as one more permutation.

    Raises
    ------
    ConfigurationError
        For an unknown exchange or fewer than 100 permutations.

    References
    ----------
    Phipson B, Smyth GK. Permutation p-values should never be zero. Statistical Applications in Genetics and
    Molecular Biology 2010;9:39.

    Examples
    --------
    >>> from evaluation.reliability.icc import icc
    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal(size=(17, 1)) + 0.3 * rng.normal(size=(17, 2))
    >>> null = permutation_null(lambda v: icc(v, level=None).estimate, values)
    >>> f"ICC {null.estimate:.2f}, by chance up to {null.upper:.2f}, p = {null.p:.3f}"
    'ICC 0.91, by chance up to 0.43, p = 0.001'
    """
    raw = as_measurements(values)
    if exchange not in ("subjects", "conditions"):
        raise ConfigurationError(f"permutation: unknown exchange '{exchange}', expected 'subjects' or 'conditions'")
    check_number("permutation: n_permutations", n_permutations)
    rng = np.random.default_rng(seed)
    n, k = raw.shape[-2:]
    estimate = np.asarray(statistic(raw), dtype=np.float64)
    draws = []
    for _ in range(n_permutations):
        if exchange == "subjects":
            subject, condition = rng.permuted(np.tile(np.arange(n)[:, None], (1, k)), axis=0), np.arange(k)[None, :]
        else:
            subject, condition = np.arange(n)[:, None], rng.permuted(np.tile(np.arange(k), (n, 1)), axis=1)
        draws.append(np.asarray(statistic(raw[..., subject, condition]), dtype=np.float64))
    null = np.stack(draws)
    valid = np.isfinite(null).sum(axis=0)
    median, upper = quantiles(null, everywhere([0.5, 0.95], estimate), valid)
    # The permuted data give equal values in another order of summation: a tie within rounding is a tie.
    larger = null >= estimate - 1e-12 * np.abs(estimate)
    return PermutationResult(
        estimate=estimate,
        median=median,
        upper=upper,
        p=np.where(np.isnan(estimate), np.nan, (larger.sum(axis=0) + 1) / (valid + 1)),
        n_permutations=n_permutations,
    )
