"""How many features a rule finds robust in draws of other subjects, without a table for each draw."""

from collections.abc import Sequence

import numpy as np

from evaluation.comparison.margins import count_passing
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import jointly
from harmonize.arrays import BoolArray, FloatArray
from selection.rule import POOLS, Rule

Passing = tuple[tuple[str, ...], BoolArray]
"""Conditions, and what passes a threshold under them: (n_draws, n_conditions, n_features), see `Margins.drawn`."""


def count_robust(rule: Rule, places: Sequence[tuple[Group, Sequence[Passing]]]) -> tuple[FloatArray, int]:
    """Count the combinations of feature, sequence and ROI of one strategy that pass.

    Parameters
    ----------
    rule : Rule
        With at least one threshold.
    places : sequence of (Group, sequence of Passing)
        The groups of the strategy with what passes each of the rule's thresholds.

    Returns
    -------
    counts : ndarray, shape (n_draws,)
        What pass, as `verdicts` judges. The best n of a list count as n. For the scope ``contrast`` these need not be
        the same under all conditions; the fewest then count.
    total : int
        Combinations that there are.
    """
    lists: dict[tuple[str, ...], list[BoolArray]] = {}
    total = 0
    for group, found in places:
        passes = _in_place(rule, found)
        if passes is None:
            continue
        total += len(group.features)
        key = tuple(getattr(group, name) for name in POOLS.get(rule.scope, ("sequence", "roi")))
        lists.setdefault(key, []).append(passes)
    counts: FloatArray = np.zeros(len(places[0][1][0][1]))
    for members in lists.values():
        if rule.scope in POOLS:
            enough = np.sum(members, axis=0) >= rule.enough(len(members))
            counts = counts + len(members) * _best(enough, rule.top)
        elif rule.scope == "contrast" and rule.top is not None:
            counts = counts + _best(members[0], rule.top).min(axis=1)
        else:
            everywhere = np.asarray(members[0].all(axis=1)) if rule.scope == "contrast" else members[0]
            counts = counts + _best(everywhere, rule.top)
    return counts, total


def _in_place(rule: Rule, found: Sequence[Passing]) -> BoolArray | None:
    """Tell which features pass in a sequence and ROI: (n_draws, n_features), for ``contrast`` with conditions between.

    None where no statistic of the rule is computed.
    """
    blocks, compared = [], 0
    for conditions, passes in found:
        over_all = conditions == ("",)
        kept = [i for i, name in enumerate(conditions) if over_all or not rule.conditions or name in rule.conditions]
        blocks.append(passes[:, kept])
        compared = compared if over_all else len(kept)
    if not any(block.shape[1] for block in blocks) or (rule.scope == "contrast" and not compared):
        return None
    if rule.scope == "contrast":  # each by itself; a statistic over all conditions counts in each
        blocks = [np.broadcast_to(block, (len(block), compared, block.shape[2]))[:, :, None] for block in blocks]
    return jointly(blocks, rule.combine)


def _best(passes: BoolArray, top: int | None) -> FloatArray:
    """Count what passes along the last axis, at most so many."""
    count = count_passing(passes) if passes.ndim == 2 else passes.sum(axis=-1, dtype=np.float64)
    return np.asarray(count if top is None else np.minimum(count, top), dtype=np.float64)
