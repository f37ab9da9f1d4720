"""How many features a rule finds robust in draws of other subjects, without a table for each draw."""

from collections.abc import Sequence

import numpy as np

from evaluation.comparison.margins import count_passing
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import jointly
from harmonize.arrays import BoolArray, FloatArray
from selection.rule import Rule

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
    judged = [(group, passes) for group, found in places if (passes := _in_place(rule, found)) is not None]
    counts: FloatArray = np.zeros(len(places[0][1][0][1]))
    for members in rule.lists(judged):
        enough = np.sum(members, axis=0) >= rule.enough(len(members))
        if rule.scope != "contrast":
            counts = counts + len(members) * rule.best(count_passing(enough))
        elif rule.top is None:
            counts = counts + count_passing(np.asarray(enough.all(axis=1)))
        else:
            counts = counts + rule.best(enough.sum(axis=-1, dtype=np.float64)).min(axis=1)
    return counts, sum(len(group.features) for group, _ in judged)


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
