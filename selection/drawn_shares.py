"""The share of features that a rule finds robust in many draws at once, as its verdicts on a table of each would be."""

from collections.abc import Sequence

import numpy as np

from evaluation.batch_effects.draw_places import PlaceDraws
from evaluation.tables import ALL_CONDITIONS
from harmonize.arrays import BoolArray, FloatArray
from selection.rule import POOLS, Criterion, Rule


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
    lists: dict[tuple[str, ...], list[tuple[BoolArray, FloatArray]]] = {}
    for place in places:
        for condition, passes, score in _judged(rule, place):
            own = (place.sequence, place.roi, condition)
            key = tuple(getattr(place, name) for name in POOLS[rule.scope]) if rule.scope in POOLS else own
            lists.setdefault(key, []).append((passes & known, score))
    count, total = np.zeros(len(known)), np.zeros(len(known))
    for members in lists.values():
        passes, score = members[0]
        if rule.scope in POOLS:
            needed = len(members) if rule.at_least is None else rule.at_least
            passes = np.sum([one for one, _ in members], axis=0) >= needed
            score = np.sort([one for _, one in members], axis=0)[::-1][needed - 1]  # the worst that counts
        if rule.top is not None:
            passes = passes & (score > -np.inf)
        robust = passes.sum(axis=1)
        count += len(members) * (robust if rule.top is None else np.minimum(robust, rule.top))
        total += len(members) * known.sum(axis=1)
    return np.asarray(np.divide(count, total, out=np.full(len(known), np.nan), where=total > 0))


def _judged(rule: Rule, place: PlaceDraws) -> list[tuple[str, BoolArray, FloatArray]]:
    """Judge each feature in a place, or under each of its conditions: what passes, and the score that ranks."""
    scores = {one.statistic: _scores(rule, one, place) for one in rule.criteria}
    limits = {one.statistic: -one.limit if one.below else one.limit for one in rule.criteria if one.limit is not None}
    if rule.scope != "contrast":
        found = _passing(rule, {name: list(part.values()) for name, part in scores.items()}, limits)
        return [] if found is None else [("", *found)]
    conditions = dict.fromkeys(name for part in scores.values() for name in part if name != ALL_CONDITIONS)
    by_condition = []
    for condition in conditions:
        own = {name: [part[one] for one in (condition, ALL_CONDITIONS) if one in part] for name, part in scores.items()}
        found = _passing(rule, own, limits)
        by_condition += [] if found is None else [(condition, *found)]
    return by_condition


def _scores(rule: Rule, one: Criterion, place: PlaceDraws) -> dict[str, FloatArray]:
    """Give by condition the compared value of a statistic, negative where less is better, -inf where there is none."""
    found = {}
    for condition, columns in place.found[one.statistic].items():
        if condition == ALL_CONDITIONS or not rule.conditions or condition in rule.conditions:
            values = columns[one.column]
            found[condition] = np.where(np.isnan(values), -np.inf, -values if one.below else values)
    return found


def _passing(
    rule: Rule, scores: dict[str, list[FloatArray]], limits: dict[str, float]
) -> tuple[BoolArray, FloatArray] | None:
    asked = list(limits) or [rule.ranking]
    blocks = [
        np.logical_and.reduce([part > limits.get(name, -np.inf) for part in scores[name]])
        for name in asked
        if scores[name]
    ]
    if not blocks:
        return None
    if limits and rule.combine == "all":
        passes = np.logical_and.reduce(blocks) & (len(blocks) == len(asked))
    else:
        passes = np.logical_or.reduce(blocks)
    ranked = scores[rule.ranking]
    score = np.minimum.reduce(ranked) if ranked else np.full(passes.shape, -np.inf)
    return passes, score
