"""Page's test of a trend over ordered levels that each subject was measured under, for every feature at once."""

from functools import cache, lru_cache
from itertools import permutations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.ranks import RankTest, centred_ranks
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import FloatArray, IntArray

SUBJECTS, LEVELS = 50, 8
"""So many of both, up to which the null distribution is counted out."""


def page(values: ArrayLike) -> RankTest:
    """Test whether each subject's values come in any order alike, against a rise or fall over ordered levels.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_levels)
        At least 3 levels, in their order; the distances between them do not count. A subject with a missing value
        drops out of that leading index.

    Returns
    -------
    RankTest
        Page's L, the sum over levels of the place (1, 2, ...) times the sum of ranks; tied values share their mean
        rank. p is two-sided. Up to 50 subjects and 8 levels it is the share of all ways to order the ranks within
        subjects whose L lies as far from its mean: exact with ties, too. Beyond, the normal approximation, with the
        variance that ties leave and without a correction for continuity. ``too_few`` without any subject,
        ``constant`` where all ranks are tied. L is above its mean, n k (k + 1)^2 / 4, where values rise.

    Raises
    ------
    ConfigurationError
        For fewer than 3 levels.

    Notes
    -----
    The hypothesis that p is of is exchangeability: the level changes no subject's values. Where it raises those of
    some subjects and lowers those of as many others, there is no change on average, but p is small more often than it
    says; `slope` tests the change on average.

    References
    ----------
    Page EB. Ordered hypotheses for multiple treatments: a significance test for linear ranks. Journal of the American
    Statistical Association 1963;58:216-230.

    Examples
    --------
    >>> result = page([[1.0, 2.0, 3.0], [2.0, 3.0, 5.0], [1.0, 6.0, 4.0], [3.0, 4.0, 4.5]])
    >>> f"L = {result.statistic:.0f}, p = {result.p:.4f}"
    'L = 55, p = 0.0139'
    """
    ranks, n = centred_ranks(values, "page", "levels")
    k = ranks.shape[-1]
    # Places and ranks from their means, twice: whole numbers, whatever is tied.
    doubled = np.rint(2 * ranks).astype(np.int64)
    places = 2 * np.arange(1, k + 1) - (k + 1)
    moved = np.asarray((doubled * places).sum(axis=(-2, -1)))
    variance = (places**2).sum() * (doubled**2).sum(axis=(-2, -1)) / (k - 1)
    status = first_reason({Status.TOO_FEW: n < 1, Status.CONSTANT: variance == 0})
    defined = status == Status.OK
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.array(2 * scipy.special.ndtr(-np.abs(moved) / np.sqrt(variance)))
    exact = np.asarray(defined & (n <= SUBJECTS)) if k <= LEVELS else np.zeros(np.shape(p), dtype=bool)
    if exact.any():
        p[exact] = _exact_p(moved[exact], doubled[exact])
    statistic = n * k * (k + 1) ** 2 / 4 + moved / 4
    return RankTest(np.where(defined, statistic, np.nan), np.where(defined, p, np.nan), n, status)


def _exact_p(moved: IntArray, doubled: IntArray) -> FloatArray:
    """Give p from every way to order the ranks within subjects; few features have another pattern of ties."""
    ordered = np.sort(doubled, axis=-1)
    patterns, code = np.unique(ordered.reshape(-1, ordered.shape[-1]), axis=0, return_inverse=True)
    code = code.reshape(ordered.shape[:-1])
    counts = np.stack([(code == number).sum(axis=-1) for number in range(len(patterns))], axis=-1)
    kinds, of_kind = np.unique(counts, axis=0, return_inverse=True)
    p = np.ones(len(moved))
    for number, kind in enumerate(kinds):
        chances = np.ones(1)
        for pattern, count in zip(patterns.tolist(), kind.tolist(), strict=True):
            chances = np.convolve(chances, _of_subjects(tuple(pattern), count))
        centre = len(chances) // 2
        beyond = np.cumsum(chances[::-1])[::-1]
        rows = of_kind.reshape(-1) == number
        distance = np.abs(moved[rows])
        # Reversing the order of levels mirrors the distribution.
        p[rows] = np.where(distance == 0, 1.0, 2 * beyond[centre + distance])
    return np.minimum(p, 1.0)


@lru_cache(maxsize=4096)
def _of_subjects(pattern: tuple[int, ...], count: int) -> FloatArray:
    """Give the chances of the sum over so many subjects of one pattern of ties; the middle is 0."""
    if count == 0 or not any(pattern):
        return np.ones(1)
    if count == 1:
        return _of_subject(pattern)
    half = _of_subjects(pattern, count // 2)
    whole = np.convolve(half, half)
    return np.convolve(whole, _of_subject(pattern)) if count % 2 else whole


@cache
def _of_subject(pattern: tuple[int, ...]) -> FloatArray:
    k = len(pattern)
    places = 2 * np.arange(1, k + 1) - (k + 1)
    sums = np.array(list(permutations(pattern)), dtype=np.int64) @ places
    most = int(sums.max())
    return np.bincount(sums + most, minlength=2 * most + 1) / len(sums)
