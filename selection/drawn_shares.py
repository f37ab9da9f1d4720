"""The share of features that a rule finds robust in many draws at once, as its verdicts on a table of each would be."""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.batch_effects.draw_places import PlaceDraws
from evaluation.reliability.criteria import jointly
from evaluation.tables import ALL_CONDITIONS
from harmonize.arrays import BoolArray, FloatArray
from selection.rule import Rule


def drawn_shares(rule: Rule, places: Sequence[PlaceDraws], known: BoolArray) -> FloatArray:
    """Give the share of robust features of each draw.

    Parameters
    ----------
    rule : Rule
        What a feature must reach.
    places : sequence of PlaceDraws
        The values that the rule compares, in every sequence and ROI.
    known : ndarray of bool, shape (n_draws, n_features)
        Which features a draw has at all.

    Returns
    -------
    ndarray, shape (n_draws,)
        The mean of ``passes`` of `selection.verdicts.verdicts`; NaN where nothing is to be judged.
    """
    count, total = np.zeros(len(known)), np.zeros(len(known))
    for members in rule.lists((place, one) for place in places for one in _judged(rule, place)):
        needed = rule.enough(len(members))
        passes = known & (np.sum([one for one, _ in members], axis=0) >= needed)
        if rule.top is not None:
            passes &= (
                np.sort([one for _, one in members], axis=0)[-min(needed, len(members))] > -np.inf
            )  # the worst that counts
        count += len(members) * rule.best(passes.sum(axis=1))
        total += len(members) * known.sum(axis=1)
    return np.asarray(np.divide(count, total, out=np.full(len(known), np.nan), where=total > 0))


def _judged(rule: Rule, place: PlaceDraws) -> list[tuple[BoolArray, FloatArray]]:
    """Judge each feature in a place, or under each of its conditions: what passes, and the score that ranks."""
    counts = {ALL_CONDITIONS, *rule.conditions}
    values = {
        one.statistic: {
            condition: columns[one.column]
            for condition, columns in place.found[one.statistic].items()
            if not rule.conditions or condition in counts
        }
        for one in rule.criteria
    }
    if rule.scope != "contrast":
        return _together(rule, values)
    compared = dict.fromkeys(name for part in values.values() for name in part if name != ALL_CONDITIONS)
    return [
        found
        for condition in compared
        for found in _together(
            rule,
            {
                name: {k: v for k, v in part.items() if k in (condition, ALL_CONDITIONS)}
                for name, part in values.items()
            },
        )
    ]


def _together(rule: Rule, values: Mapping[str, Mapping[str, FloatArray]]) -> list[tuple[BoolArray, FloatArray]]:
    """Judge by all statistics under all their conditions; nothing where none that is asked for is computed."""
    asked = rule.thresholds or (rule.ranks_by,)
    met = [[one.met(part) for part in values[one.statistic].values()] for one in asked]
    shape = next((part.shape for parts in met for part in parts), None)
    if shape is None:
        return []
    passes = jointly([np.reshape(parts, (len(parts), *shape)).swapaxes(0, 1) for parts in met], rule.combine)
    ranked = [rule.ranks_by.score(part) for part in values[rule.ranking].values()] if rule.top is not None else []
    return [(passes, np.minimum.reduce(ranked) if ranked else np.full(shape, -np.inf))]
