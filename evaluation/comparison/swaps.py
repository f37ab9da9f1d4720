"""What differs by chance between two strategies: their measurements of single subjects swapped."""

from collections.abc import Collection

import numpy as np

from evaluation.comparison.draws import weighted_agreement
from evaluation.reliability.statistic import Settings
from evaluation.reliability.weighted import HalvesSwapped
from harmonize.arrays import BoolArray, FloatArray

SWAPS = (128, 4096)
"""Fewest and most swaps; up to nine subjects all that differ are taken."""
ENOUGH = 400_000
"""Swaps of all features together, beyond which no more are drawn."""


def swap_draws(n_subjects: int, n_features: int = 1) -> FloatArray:
    """Draw which subjects are swapped, the first time none: (n_draws, n_subjects) of 0 and 1.

    Swapping the other subjects instead turns the sign of a difference, so that one of both is enough.

    Examples
    --------
    >>> swap_draws(3).tolist()
    [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]
    """
    number = int(np.clip(ENOUGH // max(n_features, 1), *SWAPS))
    if 2 ** (n_subjects - 1) <= number:
        return ((np.arange(2 ** (n_subjects - 1))[:, None] >> np.arange(n_subjects)) & 1).astype(np.float64)
    draws = (np.random.default_rng(0).random((number, n_subjects)) < 0.5).astype(np.float64)
    draws[0] = 0
    return draws


def swapped_agreement(
    pairs: FloatArray, used: BoolArray, draws: FloatArray, names: Collection[str], settings: Settings
) -> dict[str, FloatArray]:
    """Give the log ratio of the errors of two strategies for every draw of swapped subjects.

    Parameters
    ----------
    pairs : ndarray, shape (2, ..., n_subjects, 2)
        Two conditions under both strategies.
    used : ndarray of bool, shape (..., n_subjects)
        Subjects with all four values.
    draws : ndarray, shape (n_draws, n_subjects)
        From `swap_draws`.
    names, settings
        As for `weighted_agreement`.

    Returns
    -------
    dict of str to ndarray, shape (n_draws, ...)
        Logarithm of 1 - coefficient of the second strategy over that of the first.

    Notes
    -----
    Both strategies are brought to a mean of 0 and a variance of 1 first, over both conditions, which changes no
    coefficient and lets a strategy that z-scores change places with one that does not.
    """
    there = used[None, ..., None]
    n = np.maximum(used.sum(axis=-1), 1)[None, ..., None, None] * 2
    centred = np.where(there, pairs, 0.0)
    # The largest magnitude is taken out first, so that squares neither overflow nor vanish.
    largest = np.abs(centred).max(axis=(-2, -1), keepdims=True)
    centred = centred / np.where(largest > 0, largest, 1.0)
    centred = np.where(there, centred - centred.sum(axis=(-2, -1), keepdims=True) / n, 0.0)
    spread = np.sqrt((centred**2).sum(axis=(-2, -1), keepdims=True) / n)
    alike = np.where(there, centred / np.where(spread > 0, spread, 1.0), np.nan)
    both = np.concatenate(list(alike), axis=-2)
    found = weighted_agreement(both, names, HalvesSwapped(draws), settings)
    return {name: _log_ratio(*(1 - part for part in np.split(found[name], 2)[::-1])) for name in found}


def swapped_dispersion(ratios: FloatArray, used: BoolArray, draws: FloatArray) -> FloatArray:
    """Do the same for CV or QCD, given the ratio of each subject, which has no unit.

    Parameters
    ----------
    ratios : ndarray, shape (2, ..., n_subjects)
        Under both strategies.
    used : ndarray of bool, shape (..., n_subjects)
        Subjects that count.
    draws : ndarray, shape (n_draws, n_subjects)
        From `swap_draws`.

    Returns
    -------
    ndarray, shape (n_draws, ...)

    Examples
    --------
    >>> swapped_dispersion(np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([True, True]), swap_draws(2)).round(2).tolist()
    [0.69, 0.22]
    """
    first, second = np.where(used & np.isfinite(ratios), np.abs(ratios), 0.0)
    total, moved = first.sum(axis=-1) + second.sum(axis=-1), np.tensordot(draws, second - first, axes=(1, -1))
    of_first = first.sum(axis=-1) + moved
    return _log_ratio(total - of_first, of_first)


def _log_ratio(second: FloatArray, first: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(second) - np.log(first)
    return np.where(np.isfinite(ratio), ratio, np.nan)
