"""How far each feature lies beyond a threshold, and what other subjects would make of that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from evaluation.comparison.draws import weighted_estimates
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import Criterion
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import STATISTICS, about, below
from harmonize.arrays import BoolArray, FloatArray

MOST_GROUPS = 30
"""More subjects than this are left out in so many groups, the first subject in the first and so on (Kott 2001)."""


TOGETHER = 80_000
"""Values of groups that are computed together, few enough to stay near the processor."""

DRAWS = 600
"""Draws of other samples of subjects: 15 of them lie beyond each limit of 95 %."""

DOUBLED = 200
"""Further draws with twice the variance, which tell how much moving features changes their share by itself."""


@dataclass(frozen=True)
class Margins:
    """How the features of one group stand to one threshold.

    Parameters
    ----------
    threshold : Criterion
        What must be passed.
    conditions : tuple of str
        The conditions compared with the reference; one empty name for a statistic over all conditions.
    passes : ndarray of bool, shape (n_conditions, n_features)
        Whether the threshold is passed; what could not be computed does not.
    margin : ndarray, shape (n_conditions, n_features)
        How far, on a logarithmic scale; minus infinity for what could not be computed.
    pulls : ndarray, shape (n_left_out, n_conditions, n_features)
        How far each subject (or group of them) moves that, so that the standard error of the jackknife is the root
        of the sum of their squares.
    untold : ndarray of bool, shape (n_conditions, n_features)
        Which have a value, but none without some subject, so that what this subject pulls cannot be told.
    """

    threshold: Criterion
    conditions: tuple[str, ...]
    passes: BoolArray
    margin: FloatArray
    pulls: FloatArray
    untold: BoolArray

    @property
    def told(self) -> BoolArray:
        """Give what is untold, then what has a value: (2, n_conditions, n_features)."""
        return np.stack([self.untold, self.margin > -np.inf])

    def of_features(self, chosen: slice) -> "Margins":
        """Give the same of some features."""
        kept = {name: getattr(self, name)[..., chosen] for name in ("passes", "margin", "pulls", "untold")}
        return replace(self, **kept)

    def drawn(self, moves: FloatArray) -> BoolArray:
        """Tell what passes as found, then in each draw: (1 + n_draws, n_conditions, n_features), see `moves`."""
        out = np.empty((1 + len(moves), *self.passes.shape), dtype=bool)
        out[0] = self.passes
        np.greater(self.moved(moves), -self.margin.astype(np.float32), out=out[1:])
        return out

    def moved(self, moves: FloatArray) -> FloatArray:
        """Tell how far each draw moves the margins: (n_draws, n_conditions, n_features)."""
        return np.tensordot(moves.astype(np.float32), self.pulls.astype(np.float32), axes=(1, 0))


def count_passing(passes: BoolArray) -> FloatArray:
    """Count what passes in each draw, (n_draws, ...); as bytes, which are added up three times as fast as truths."""
    flat = np.ascontiguousarray(passes).reshape(len(passes), -1)
    return np.asarray(flat.view(np.uint8).sum(axis=1, dtype=np.uint32), dtype=np.float64)


def left_out(n_subjects: int) -> FloatArray:
    """Weights that leave out each subject once, or each group of many subjects: (n_left_out, n_subjects)."""
    n_groups = min(n_subjects, MOST_GROUPS)
    return (1.0 - np.eye(n_groups))[:, np.arange(n_subjects) % n_groups]


def moves(n_left_out: int, seed: int) -> FloatArray:
    """Draw how other samples of subjects would move what subjects pull: (DRAWS + DOUBLED, n_left_out).

    Normal numbers over the root of a chi-squared one over its degrees of freedom, so that a single feature moves by
    Student's t times its standard error; every draw comes with its mirror image. The last `DOUBLED` have twice the
    variance.
    """
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(DRAWS // 2, n_left_out))
    degrees = max(n_left_out - 1, 1)
    half *= np.sqrt(degrees / rng.chisquare(degrees, size=(len(half), 1)))
    doubled = np.sqrt(2) * half[: DOUBLED // 2]
    return np.concatenate([half, -half, doubled, -doubled])


def margins_of(
    members: Sequence[Group], thresholds: Sequence[Criterion], settings: Settings
) -> Iterator[tuple[Group, list[Margins]]]:
    """Give the `margins` of many groups, small ones computed together where they have the same conditions."""
    for _, alike in groupby(members, key=lambda group: (group.conditions, group.values.shape[1])):
        part: list[Group] = []
        for group in alike:
            if part and sum(one.values.size for one in part) + group.values.size > TOGETHER:
                yield from _apart(part, thresholds, settings)
                part = []
            part.append(group)
        yield from _apart(part, thresholds, settings)


def _apart(
    part: Sequence[Group], thresholds: Sequence[Criterion], settings: Settings
) -> Iterator[tuple[Group, list[Margins]]]:
    """Compute groups as if they were one, whose features follow one another."""
    names = tuple(name for group in part for name in group.features)
    together = replace(part[0], features=names, values=np.concatenate([group.values for group in part]))
    found, start = list(margins(together, thresholds, settings)), 0
    for group in part:
        own = slice(start, start + len(group.features))
        yield group, [one.of_features(own) for one in found]
        start = own.stop


def margins(group: Group, thresholds: Sequence[Criterion], settings: Settings) -> Iterator[Margins]:
    """Judge the features of a group by some thresholds, with all subjects and without each in turn.

    Yields
    ------
    Margins
        For each threshold; without conditions where nothing can be compared.
    """
    n_subjects = group.values.shape[1]
    weights = np.concatenate([np.ones((1, n_subjects)), left_out(n_subjects)])
    for threshold, conditions, values in estimates_in(group, thresholds, weights, settings):
        yield margins_at(threshold, conditions, values)


def estimates_in(
    group: Group, thresholds: Sequence[Criterion], weights: FloatArray, settings: Settings
) -> Iterator[tuple[Criterion, tuple[str, ...], FloatArray]]:
    """Compute what is compared with each threshold, with the subjects that each draw has: weights of 0 and 1.

    Yields
    ------
    threshold : Criterion
    conditions : tuple of str
        As in `Margins`.
    values : ndarray, shape (n_draws, n_conditions, n_features)
    """
    names = {one.statistic for one in thresholds if one.column == "estimate"}
    quick = weighted_estimates(group, names, weights, settings)
    for threshold in thresholds:
        reference = settings.reference if about(threshold.statistic).of_pairs(settings.reference) else None
        conditions = ("",) if reference is None else group.against(reference)[0]
        if not conditions:
            values = np.empty((len(weights), 0, len(group.features)))
        elif threshold.column == "estimate" and threshold.statistic in quick:
            values = quick[threshold.statistic]
        else:
            values = _computed(group, threshold, reference, weights, settings)
        yield threshold, conditions, values.reshape(len(weights), len(conditions), len(group.features))


def _computed(
    group: Group, threshold: Criterion, reference: str | None, weights: FloatArray, settings: Settings
) -> FloatArray:
    """Compute a statistic or a limit of it with the subjects of each draw, the others being missing."""
    values = group.over_conditions() if reference is None else group.against(reference)[1]
    compute = STATISTICS[threshold.statistic].compute
    settings = settings._replace(limits=threshold.column != "estimate")
    kept = (weights > 0)[:, None, :, None]
    return np.stack([getattr(compute(np.where(one, values, np.nan), settings), threshold.column) for one in kept])


def margins_at(threshold: Criterion, conditions: tuple[str, ...], values: FloatArray) -> Margins:
    """Put a statistic with all subjects (first) and without each on a scale on which subjects add up.

    `values` have the shape (1 + n_left_out, n_conditions, n_features).
    """
    sign = -1.0 if threshold.below else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        if below(threshold.statistic):
            scaled, limit = np.log(values), np.log(threshold.bound)
        else:
            scaled, limit = -np.log(1 - values), -np.log(1 - threshold.bound)
        margin = sign * (scaled - limit)
        of_all, without = margin[0], margin[1:]
        # One subject from whom all disagreement comes moves a logarithm by infinity; no sum of n of them can tell more
        # than log n. Without an estimate a feature does not pass.
        most = np.log(max(len(without), 2))
        change = np.where(np.isnan(without), -most, np.clip(without - of_all, -most, most))
    change = np.where(np.isfinite(of_all), change, 0.0)
    count = max(len(without), 1)
    pulls = (change.mean(axis=0) - change) * np.sqrt((count - 1) / count)
    passing = threshold.met(values[0])
    untold = ~np.isnan(values[0]) & np.isnan(values[1:]).any(axis=0)
    return Margins(threshold, conditions, passing, np.where(np.isnan(of_all), -np.inf, of_all), pulls, untold)
