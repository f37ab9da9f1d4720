"""The test of Jonckheere and Terpstra: a trend over ordered levels of different subjects, for every feature at once."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from math import comb, prod

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.ranks import RankTest, ranks_of
from evaluation.reliability.sample import as_numbers
from evaluation.reliability.squares import ROUNDING
from evaluation.reliability.status import Status, first_reason
from evaluation.trends.numbered import check_numbers
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError

SUBJECTS = 50
"""Up to which the null distribution is counted out where no values are tied."""
TIED = 2000
"""Of combinations of subjects, up to which it is counted out with ties."""


def jonckheere(values: ArrayLike, levels: ArrayLike) -> RankTest:
    """Test whether all levels have one distribution, against a rise or fall over them; each has subjects of its own.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects)
        NaN where a value is missing.
    levels : array_like, shape (n_subjects,)
        The number of each subject's level; only their order counts.

    Returns
    -------
    RankTest
        J, the number of pairs of subjects of different levels in which the higher level has the larger value; a tie
        counts half. p is two-sided: twice the smaller tail. Up to 50 subjects it is counted out over all ways to share
        the ranks between the levels; with ties as far as that takes no more than 2000 combinations (of sizes 1 to
        n + 1 of each level), and otherwise by the normal approximation, with the variance that ties leave and
        without a correction for continuity. ``too_few`` where fewer than two levels have a value, ``constant`` where
        all values are equal.

    Raises
    ------
    ConfigurationError
        For fewer than two different levels, or shapes that do not fit.

    Notes
    -----
    The hypothesis that p is of is one distribution for all levels. Where their spread differs, p is small more often
    than it says though nothing rises or falls; `unpaired_slope` tests the change of the mean.

    References
    ----------
    Jonckheere AR. A distribution-free k-sample test against ordered alternatives. Biometrika 1954;41:133-145.
    Terpstra TJ. The asymptotic normality and consistency of Kendall's test against trend, when ties are present in one
    ranking. Indagationes Mathematicae 1952;14:327-333.
    Hollander M, Wolfe DA. Nonparametric Statistical Methods. 2nd edition, Wiley 1999, section 6.2 (ties).
    Harding EF. An efficient, minimal-storage procedure for calculating the Mann-Whitney U, generalized U and similar
    distributions. Applied Statistics 1984;33:1-6.

    Examples
    --------
    >>> none, rough, accurate = [40, 35, 38, 43, 44, 41], [38, 40, 47, 44, 40, 42], [48, 40, 45, 43, 46, 44]
    >>> result = jonckheere([*none, *rough, *accurate], np.repeat([1, 2, 3], 6))
    >>> f"J = {result.statistic:.1f}, p = {result.p:.4f}"
    'J = 79.0, p = 0.0419'
    """
    raw = as_numbers(values)
    numbers = check_numbers(levels, repeated=True)
    if raw.ndim < 1 or raw.shape[-1] != len(numbers):
        raise ConfigurationError(
            f"jonckheere: {len(numbers)} `levels` for values of shape {raw.shape}; expected one for each subject"
        )
    used = np.isfinite(raw)
    kept = np.where(used, raw, 0.0)
    # Who does not count ranks last.
    ranks = ranks_of(np.where(used, raw, np.inf), ROUNDING * np.abs(kept).max(axis=-1, keepdims=True, initial=0.0))
    ranks = np.where(used, ranks, np.nan)
    code = np.unique(numbers, return_inverse=True)[1]
    sizes = np.stack([(used & (code == one)).sum(axis=-1) for one in range(code.max() + 1)], axis=-1)
    statistic = _count(ranks, code)
    n = np.asarray(used.sum(axis=-1))
    tied = (ranks[..., :, None] == ranks[..., None, :]).sum(axis=-1) * used
    mean = (n**2 - (sizes**2).sum(axis=-1)) / 4
    variance = _variance(n, sizes, tied)
    status = first_reason(
        {Status.TOO_FEW: (sizes > 0).sum(axis=-1) < 2, Status.CONSTANT: (tied.max(axis=-1, initial=0) == n)}
    )
    defined = status == Status.OK
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.array(2 * scipy.special.ndtr(-np.abs(statistic - mean) / np.sqrt(variance)))
    for place in map(tuple, np.argwhere(defined & (n <= SUBJECTS))):
        chances = _chances(sizes[place], ranks[place], (tied[place] > 1).any())
        if chances is not None:
            p[place] = _two_sided(chances, round(2 * float(statistic[place])))
    return RankTest(np.where(defined, statistic, np.nan), np.where(defined, p, np.nan), n, status)


def _count(ranks: FloatArray, code: IntArray) -> FloatArray:
    """Count the pairs in which the higher level has the larger value, level by level to keep memory flat."""
    found = np.zeros(ranks.shape[:-1])
    for higher in range(1, int(code.max()) + 1):
        above, below = ranks[..., code == higher, None], ranks[..., None, code < higher]
        found += ((above > below) + 0.5 * (above == below)).sum(axis=(-2, -1))
    return found


def _variance(n: IntArray, sizes: IntArray, tied: IntArray) -> FloatArray:
    """Give the variance of J under no trend, by Hollander and Wolfe; `tied` counts the values equal to each."""
    # A sum over groups of ties of t f(t) is one over values of f(t).
    ties = tied.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        t1 = np.where(ties > 0, ties - 1, 0.0)
        sums = [t1 * (2 * ties + 5), t1 * (ties - 2), t1]
        wide, triple, double = (one.sum(axis=-1) for one in sums)
        g = sizes.astype(np.float64)
        of_sizes = [g * (g - 1) * (2 * g + 5), g * (g - 1) * (g - 2), g * (g - 1)]
        wide_sizes, triple_sizes, double_sizes = (one.sum(axis=-1) for one in of_sizes)
        m = n.astype(np.float64)
        first = (m * (m - 1) * (2 * m + 5) - wide_sizes - wide) / 72
        second = np.where(triple * triple_sizes > 0, triple_sizes * triple / (36 * m * (m - 1) * (m - 2)), 0.0)
        third = np.where(double * double_sizes > 0, double_sizes * double / (8 * m * (m - 1)), 0.0)
    return np.asarray(first + second + third)


def _chances(sizes: IntArray, ranks: FloatArray, tied: bool) -> FloatArray | None:
    """Give the chances of twice J; None where it would take too long."""
    given = tuple(int(size) for size in sizes if size)
    if not tied:
        return _untied(given)
    if prod(size + 1 for size in given) > TIED:
        return None
    blocks = np.unique(ranks[~np.isnan(ranks)], return_counts=True)[1]
    return _with_ties(given, tuple(blocks.tolist()))


def _two_sided(chances: FloatArray, doubled: int) -> float:
    return float(min(1.0, 2 * min(chances[: doubled + 1].sum(), chances[doubled:].sum())))


@lru_cache(maxsize=256)
def _untied(sizes: tuple[int, ...]) -> FloatArray:
    """Multiply the generating functions of the counts of each level against all below it: exact, in whole numbers."""
    ways = np.array([1], dtype=object)
    below = 0
    for size in sizes:
        length = len(ways) + below * size
        ways = np.concatenate([ways, np.zeros(length - len(ways), dtype=object)])
        for number in range(1, size + 1):
            step = below + number
            if step < length:
                ways[step:] = ways[step:] - ways[:-step].copy()
            for place in range(number, length):
                ways[place] += ways[place - number]
        below += size
    total = sum(ways.tolist())
    chances = np.zeros(2 * len(ways) - 1)
    chances[::2] = [way / total for way in ways.tolist()]
    return chances


@lru_cache(maxsize=256)
def _with_ties(sizes: tuple[int, ...], blocks: tuple[int, ...]) -> FloatArray:
    """Share values among the levels, one block of equal ones after the other, from the smallest."""
    longest = 2 * sum(sizes[i] * sizes[j] for i in range(len(sizes)) for j in range(i)) + 1
    known: dict[tuple[int, ...], FloatArray] = {(0,) * len(sizes): np.eye(1, longest)[0]}
    for block in blocks:
        further: dict[tuple[int, ...], FloatArray] = {}
        for taken, chances in known.items():
            for share in _shares(block, [size - had for size, had in zip(sizes, taken, strict=True)]):
                gained = 2 * sum(share[i] * sum(taken[:i]) for i in range(len(sizes)))
                gained += sum(share[i] * share[j] for i in range(len(sizes)) for j in range(i))
                # Of the subjects who are left in each level, those who have a value of this block.
                ways = prod(comb(size - had, one) for size, had, one in zip(sizes, taken, share, strict=True))
                after = tuple(had + one for had, one in zip(taken, share, strict=True))
                target = further.setdefault(after, np.zeros(longest))
                target[gained:] += ways * chances[: longest - gained]
        left = sum(sizes) - sum(next(iter(further)))
        whole = comb(left + block, block)
        known = {after: chances / whole for after, chances in further.items()}
    return known[sizes]


def _shares(block: int, room: Sequence[int]) -> list[tuple[int, ...]]:
    return [share for share in product(*(range(min(block, one) + 1) for one in room)) if sum(share) == block]
