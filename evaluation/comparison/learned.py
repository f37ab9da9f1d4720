"""Strategies whose values were learned from the other subjects: what they would be had these been others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.comparison.draws import weighted_agreement
from evaluation.comparison.ranking import judge
from evaluation.reliability.contrasts import Group
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import STATISTICS, below, compared
from harmonize.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from harmonize.combat.base import BatchHarmonizer

RELABELLINGS = 199
"""How often conditions are exchanged within subjects: p of a strategy is at least 2 / 200."""

MOST = 0.9
"""Part of the features of every group that must be the same when learned anew; the others have no test."""
MOST_SUBJECTS = 200
"""With more, learning anew without each of them takes hours: such a strategy is one that cannot be learned anew."""
HELD = 200_000
"""Values of all draws that are learned anew at once: few enough to stay near the processor."""
SAME = 1e-6
"""Values learned anew from the same subjects must be the values compared, up to this part of their spread."""


@dataclass(frozen=True)
class Learned:
    """How the values of a strategy were learned: each subject's by a model of all other subjects.

    Parameters
    ----------
    before : DataFrame
        Its feature table before the model.
    model : BatchHarmonizer or None
        What was fitted; None where values were learned in a way that cannot be repeated.
    batches : mapping of str to str
        The batch of each condition; empty where the condition does not tell it.
    kept : mapping of str to str
        What else a condition is, the other factors; conditions are exchanged where this is the same.
    by : sequence of str
        Which of ``sequence`` and ``roi`` were fitted by themselves.
    """

    before: pd.DataFrame
    model: "BatchHarmonizer | None"
    batches: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    by: Sequence[str] = ("sequence", "roi")

    @property
    def repeatable(self) -> bool:
        """Whether it can be learned anew often enough."""
        if self.model is None or not self.batches:
            return False
        from harmonize.combat.redraws import can_redraw  # only here, and below: it loads scikit-learn

        return can_redraw(self.model)


@dataclass(frozen=True)
class Relearned:
    """One group of a strategy, learned anew.

    Parameters
    ----------
    ratio : dict of str to ndarray, shape (n_relabellings, [n_contrasts,] n_features)
        Where conditions do not differ: logarithm of the error after the model over that before it.
    change : dict of str to ndarray, shape (n_relabellings, [n_contrasts,] n_features)
        There: whether more (1) or less (-1) passes after the model than before it, by statistic.
    whole : dict of str to ndarray, shape ([n_contrasts,] n_features)
        The statistics of all subjects.
    left_out : dict of str to ndarray, shape (n_subjects, [n_contrasts,] n_features)
        Without each subject: the statistics of values that were learned without it.
    passing : dict of str to ndarray of bool, shape (n_subjects, [n_contrasts,] n_features)
        Without each subject: what passes.
    """

    ratio: Mapping[str, FloatArray]
    change: Mapping[str, NDArray[np.int8]]
    whole: Mapping[str, FloatArray]
    left_out: Mapping[str, FloatArray]
    passing: Mapping[str, BoolArray]


def exchanged(present: BoolArray, kept: Sequence[str], n_draws: int, rng: np.random.Generator) -> IntArray:
    """Exchange the conditions of each subject at random, among those that are there and alike in what is kept.

    Parameters
    ----------
    present : ndarray of bool, shape (n_subjects, n_conditions)
        Which scans there are.
    kept : sequence of str
        What must stay, for each condition.
    n_draws : int
        How often.
    rng : Generator
        Source of chance.

    Returns
    -------
    ndarray of int, shape (n_draws, n_subjects, n_conditions)
        The condition from which a value comes.

    Examples
    --------
    >>> there = np.array([[True, True, True, True], [True, True, True, False]])
    >>> exchanged(there, ["STD", "DLR", "STD", "DLR"], 1, np.random.default_rng(1))[0].tolist()
    [[2, 3, 0, 1], [0, 1, 2, 3]]
    """
    n_subjects, n_conditions = present.shape
    found = np.tile(np.arange(n_conditions), (n_draws, n_subjects, 1))
    keys = rng.random(found.shape)
    labels = np.asarray(kept, dtype=object)
    for label in dict.fromkeys(kept):
        for subject in range(n_subjects):
            places = np.flatnonzero(present[subject] & (labels == label))
            found[:, subject, places] = places[np.argsort(keys[:, subject, places], axis=1)]
    return found


def relearn(
    before: Sequence[Group],
    after: Sequence[Group],
    learned: Learned,
    thresholds: Mapping[str, float],
    settings: Settings,
    seed: int,
) -> list[Relearned] | None:
    """Learn a strategy anew: with conditions exchanged within subjects, and without each subject.

    Parameters
    ----------
    before, after : sequence of Group
        The strategy before the model and after it.
    learned : Learned
        How it was learned.
    thresholds, settings
        As for `compare_strategies`.
    seed : int
        Strategies with the same seed see the same exchanges.

    Returns
    -------
    list of Relearned or None
        One a group; None where it cannot be repeated, or where learning anew from all subjects does not give the
        values compared. Single features of which it does not (they are constant in a batch but for rounding, say) are
        missing.
    """
    n_subjects = after[0].values.shape[1] if after else 0
    if not learned.repeatable or n_subjects > MOST_SUBJECTS:
        return None
    present: dict[str, BoolArray] = {}
    for group in after:
        there = np.isfinite(group.values).any(axis=0)
        present[group.sequence] = present.get(group.sequence, np.zeros_like(there)) | there
    rng = np.random.default_rng(seed)
    moved = {}
    for group in after:
        if group.sequence not in moved:
            kept = [learned.kept.get(name, "") for name in group.conditions]
            moved[group.sequence] = exchanged(present[group.sequence], kept, RELABELLINGS, rng)
    found: dict[int, Relearned] = {}
    for members in _fitted_together(after, learned.by).values():
        alike: dict[int, BoolArray] = {}
        old: dict[int, list[dict[str, FloatArray]]] = {index: [] for index in members}
        new: dict[int, list[dict[str, FloatArray]]] = {index: [] for index in members}
        step = max(1, HELD // max(sum(after[index].values.size for index in members), 1))
        for start in range(0, 1 + RELABELLINGS + n_subjects, step):
            draws = np.arange(start, min(start + step, 1 + RELABELLINGS + n_subjects))
            for index, values, harmonized in _values(before, after, members, learned, moved, draws):
                group = after[index]
                if not start:
                    alike[index] = _alike(harmonized[0], np.moveaxis(group.values, 0, -1))
                    if alike[index].mean() < MOST:
                        return None
                harmonized[np.ix_(draws > 0, *map(np.arange, harmonized.shape[1:3]), ~alike[index])] = np.nan
                exchanges = int((draws <= RELABELLINGS).sum())
                if exchanges:
                    old[index].append(_estimates(group, values[:exchanges], settings, exchanges_only=True))
                new[index].append(_estimates(group, harmonized, settings))
        for index in members:
            found[index] = _relearned(_joined(old[index]), _joined(new[index]), thresholds, RELABELLINGS)
    return [found[index] for index in range(len(after))]


def _joined(parts: Sequence[Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _relearned(
    old: Mapping[str, FloatArray], new: Mapping[str, FloatArray], thresholds: Mapping[str, float], n_draws: int
) -> Relearned:
    """Take the statistics of all draws apart: as it is, exchanged, and without each subject."""
    passed = [judge(part, thresholds) for part in (old, new)]
    chance, without = slice(1, 1 + n_draws), slice(1 + n_draws, None)
    return Relearned(
        {name: _log_error(name, new[name][chance]) - _log_error(name, old[name][chance]) for name in new},
        {name: passed[1][name][chance].astype(np.int8) - passed[0][name][chance] for name in passed[1]},
        {name: part[0] for name, part in new.items()},
        {name: part[without] for name, part in new.items()},
        {name: part[without] for name, part in passed[1].items()},
    )


def _fitted_together(groups: Sequence[Group], by: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    members: dict[tuple[str, ...], list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(tuple(getattr(group, name) for name in by), []).append(index)
    return members


def _values(
    before: Sequence[Group],
    after: Sequence[Group],
    members: Sequence[int],
    learned: Learned,
    moved: Mapping[str, IntArray],
    chosen: IntArray,
) -> Iterator[tuple[int, FloatArray, FloatArray]]:
    """Give some draws of groups fitted together, before and after: as they are, exchanged, without each subject."""
    from harmonize.combat.redraws import held_out_draws

    features = after[members[0]].features
    used = np.logical_or.reduce([np.isfinite(after[index].values).any(axis=(1, 2)) for index in members])
    parts, batches, present = [], [], []
    for index in members:
        group = after[index]
        # (n_subjects, n_conditions, n_features), of what was harmonized.
        values = np.moveaxis(before[index].only(features).values[used], 0, -1)
        values = np.where(np.isfinite(np.moveaxis(group.values[used], 0, -1)), values, np.nan)
        present.append(np.isfinite(values).any(axis=(0, 2)))
        draws = np.repeat(values[None], len(chosen), axis=0)
        of_exchange = moved[group.sequence]
        exchange = (chosen > 0) & (chosen <= len(of_exchange))
        draws[exchange] = np.take_along_axis(values[None], of_exchange[chosen[exchange] - 1][..., None], axis=2)
        without = np.flatnonzero(chosen > len(of_exchange))
        draws[without, chosen[without] - 1 - len(of_exchange)] = np.nan
        parts.append(draws)
        batches += [learned.batches[name] for name in group.conditions]
    values = np.concatenate(parts, axis=2)
    there = np.concatenate(present)
    labels = sorted({name for name, known in zip(batches, there, strict=True) if known})
    reference = getattr(learned.model, "reference", None)
    harmonized = np.full_like(values, np.nan)
    if len(labels) > 1 and learned.model is not None:
        codes = np.array([labels.index(name) for name, known in zip(batches, there, strict=True) if known])
        position = None if reference is None else labels.index(str(reference))
        harmonized[:, :, there] = held_out_draws(learned.model, values[:, :, there], codes, position)
    start = 0
    for index, draws in zip(members, parts, strict=True):
        stop = start + draws.shape[2]
        spread = [np.full((*draws.shape[:-1], len(features)), np.nan) for _ in range(2)]
        spread[0][..., used], spread[1][..., used] = draws, harmonized[:, :, start:stop]
        yield index, spread[0], spread[1]
        start = stop


def _alike(found: FloatArray, expected: FloatArray) -> BoolArray:
    """Tell of which features values learned anew are those compared; (n_subjects, n_conditions, n_features) each."""
    known = np.isfinite(expected)
    n = np.maximum(known.sum(axis=(0, 1)), 1)
    values = np.where(known, expected, 0.0)
    spread = np.sqrt((np.where(known, values - values.sum(axis=(0, 1)) / n, 0.0) ** 2).sum(axis=(0, 1)) / n)
    difference = np.abs(np.where(known, found, 0.0) - values)
    same = (difference <= SAME * spread + 1e-9 * np.abs(values)).all(axis=(0, 1))
    return np.asarray(same & (np.isfinite(found) == known).all(axis=(0, 1)))


def _estimates(
    group: Group, values: FloatArray, settings: Settings, *, exchanges_only: bool = False
) -> dict[str, FloatArray]:
    """Compute the compared statistics of every draw; values are (n_draws, n_subjects, n_conditions, n_features)."""
    n_draws, n_subjects, n_conditions, n_features = values.shape
    flat = np.moveaxis(values, -1, 1).reshape(-1, n_subjects, n_conditions)
    drawn = Group(group.strategy, group.sequence, group.roi, (), group.conditions, flat)
    conditions, pairs = drawn.against(settings.reference)
    found: dict[str, FloatArray] = {}
    if conditions:
        for name, part in weighted_agreement(pairs, compared(), np.ones((1, n_subjects)), settings).items():
            found[name] = np.moveaxis(part[0].reshape(len(conditions), n_draws, n_features), 0, 1)
    # Exchanging the conditions of a subject leaves its dispersion as it is.
    n_different = 1 if exchanges_only else n_draws
    whole = replace(drawn, values=flat[: n_different * n_features]).over_conditions()
    for name in compared():
        per_subject = STATISTICS[name].per_subject
        if per_subject is None:
            continue
        estimate = per_subject(whole, settings).estimate
        found[name] = np.repeat(estimate.reshape(n_different, n_features), n_draws // n_different, axis=0)
    return found


def _log_error(name: str, estimates: FloatArray) -> FloatArray:
    """Give the logarithm of the error, such as 1 - ICC or CV."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(estimates if below(name) else 1 - estimates)
    return np.where(np.isfinite(logarithm), logarithm, np.nan)
