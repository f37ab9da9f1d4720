"""Features of one sequence and ROI judged twice: over real conditions and over perturbations, in the same subjects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.comparison.margins import Margins, estimates_in, margins
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import Combine, Criterion, jointly
from evaluation.reliability.statistic import Settings
from evaluation.tables import feature_class
from harmonize.arrays import BoolArray, FloatArray

HALVES = 25
"""How often subjects are parted into halves."""

IN_A_HALF = 3
"""Fewer subjects than this tell nothing of features."""


@dataclass(frozen=True)
class SideRule:
    """How one side is judged.

    Parameters
    ----------
    criteria : sequence of Criterion
        The first is the one by which features are ranked.
    settings : Settings
    combine : {"all", "any"}
    """

    criteria: Sequence[Criterion]
    settings: Settings
    combine: Combine = "all"


@dataclass(frozen=True)
class Judged:
    """What both say of the features that both could judge.

    Parameters
    ----------
    sequence, roi : str
    features : tuple of str
    stable, kept : ndarray of bool, shape (1 + n_draws, n_features)
        What passes over real conditions, and over perturbations: as found, then in draws of other subjects.
    order : tuple of two ndarray, shape (1 + n_draws, n_features)
        How far beyond the first threshold each side puts the features, for ranks.
    untold : ndarray of bool, shape (n_features,)
        Of which it is not known what some subject pulls.
    halves : tuple of two ndarray of bool, shape (n_halves, n_features)
        What passes over real conditions, and over perturbations, in each half of the subjects: the second half after
        the first. Empty where there are too few subjects.
    left_out : int
        Features that one side could not judge.
    n_subjects : int
        Subjects with values on both sides.
    """

    sequence: str
    roi: str
    features: tuple[str, ...]
    stable: BoolArray
    kept: BoolArray
    order: tuple[FloatArray, FloatArray]
    untold: BoolArray
    halves: tuple[BoolArray, BoolArray]
    left_out: int
    n_subjects: int

    def of_class(self, name: str) -> "Judged":
        """Give the same of the features of one class."""
        own = np.array([feature_class(feature) == name for feature in self.features])
        kept = tuple(feature for feature, chosen in zip(self.features, own, strict=True) if chosen)
        return replace(
            self,
            features=kept,
            stable=self.stable[:, own],
            kept=self.kept[:, own],
            order=(self.order[0][:, own], self.order[1][:, own]),
            untold=self.untold[own],
            halves=(self.halves[0][:, own], self.halves[1][:, own]),
            left_out=0,
        )


def judge_both(
    real: Group,
    perturbed: Group,
    rules: tuple[SideRule, SideRule],
    moves: FloatArray,
    *,
    seed: int = 0,
    halves: int = HALVES,
) -> Judged:
    """Judge the features of two groups that have the same features and subjects, see `Judged`.

    Parameters
    ----------
    real, perturbed : Group
    rules : tuple of two SideRule
        How the one and the other are judged.
    moves : ndarray
        The draws, see `evaluation.comparison.margins.moves`; the same for both, as it is the same subjects that vary.
    seed, halves : int
        Of the halves, and how often to draw them.
    """
    both, groups = [], (real, perturbed)
    for group, rule in zip(groups, rules, strict=True):
        both.append(list(margins(group, rule.criteria, rule.settings)))
    known = np.logical_and.reduce([(one.margin > -np.inf).all(axis=0) for side in both for one in side])
    untold = np.logical_or.reduce([one.untold.any(axis=0) for side in both for one in side])
    passing = [
        jointly([one.drawn(moves) for one in side], rule.combine)[:, known]
        for side, rule in zip(both, rules, strict=True)
    ]
    measured = np.logical_and.reduce([np.isfinite(group.values).any(axis=(0, 2)) for group in groups])
    weights = half_weights(measured, seed, halves)
    parted = [_in_draws(group, rule, weights)[:, known] for group, rule in zip(groups, rules, strict=True)]
    return Judged(
        sequence=real.sequence,
        roi=real.roi,
        features=tuple(np.array(real.features, dtype=object)[known].tolist()),
        stable=passing[0],
        kept=passing[1],
        order=(_order(both[0][0], moves)[:, known], _order(both[1][0], moves)[:, known]),
        untold=untold[known],
        halves=(parted[0], parted[1]),
        left_out=int((~known).sum()),
        n_subjects=int(measured.sum()),
    )


def half_weights(measured: BoolArray, seed: int, draws: int = HALVES) -> FloatArray:
    """Draw halves of the subjects, an odd one in neither: weights (2 x draws, n_subjects), first halves first.

    Examples
    --------
    >>> weights = half_weights(np.array([True] * 7 + [False]), 0)
    >>> weights.shape, set(weights.sum(axis=1).tolist()), float((weights[:25] * weights[25:]).sum())
    ((50, 8), {3.0}, 0.0)
    """
    there = np.flatnonzero(measured)
    half, rng = len(there) // 2, np.random.default_rng(seed)
    weights = np.zeros((2, draws if half >= IN_A_HALF else 0, len(measured)))
    for draw in range(weights.shape[1]):
        order = rng.permutation(there)
        weights[0, draw, order[:half]] = weights[1, draw, order[half : 2 * half]] = 1
    return weights.reshape(-1, len(measured))


def _in_draws(group: Group, rule: SideRule, weights: FloatArray) -> BoolArray:
    if not len(weights):
        return np.zeros((0, len(group.features)), dtype=bool)
    found = estimates_in(group, rule.criteria, weights, rule.settings)
    return jointly([criterion.met(values) for criterion, _, values in found], rule.combine)


def _order(one: Margins, moves: FloatArray) -> FloatArray:
    """Give the worst margin over the conditions, as found and in each draw: (1 + n_draws, n_features)."""
    found = one.margin.min(axis=0, initial=np.inf)
    moved = (one.margin.astype(np.float32) + one.moved(moves)).min(axis=1, initial=np.inf)
    return np.concatenate([found[None], moved])
