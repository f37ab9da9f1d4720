"""Every measure of one harmonizer, with the draws of subjects that its limits and ranks are of."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.batch_effects.measures import ToCompare, agreement, measured, score_of
from evaluation.batch_effects.scored import ScoredRows, Unseen
from evaluation.batch_effects.signal import subject_order
from harmonize.arrays import FloatArray

MOST_DRAWN, FEWEST = 500, 50
"""Features of all groups, and at least of each, of which limits and ranks are drawn; the same for all methods."""


def counted_measures(
    groups: Sequence[ScoredRows],
    found: Sequence[Unseen],
    raw: Sequence[Unseen],
    asked: ToCompare,
    draws: FloatArray,
) -> dict[str, tuple[FloatArray, int]]:
    """Give every measure of one method, (1 + n_draws,) or (1,) without limits, and what it was counted over."""
    one = np.ones((1, draws.shape[1]))
    estimates = measured(groups, found, asked, one)
    estimates["score"] = score_of(estimates)
    n_features = sum(len(group.names) for group in groups)
    if len(draws):  # of few features: how far a median moves with the subjects is seen in them as well
        few = [group.few(max(FEWEST, MOST_DRAWN // len(groups))) for group in groups]
        cut = [one.of(group.names, part.names) for group, part, one in zip(groups, few, found, strict=True)]
        drawn_ = measured(few, cut, asked, draws)
        drawn_["score"] = score_of(drawn_)
        estimates = {name: np.concatenate([values, drawn_[name]]) for name, values in estimates.items()}
    counted = {name: (values, n_features) for name, values in estimates.items()}
    agreements = [
        tuple(agreement(group, part.values, asked, one).get("icc_a1", np.empty((1, 0)))[0] for part in pair)
        for group, *pair in zip(groups, raw, found, strict=True)
    ]
    before, after = (np.concatenate(parts) for parts in zip(*agreements, strict=True))
    for name in ("icc_a1", "ccc", "icc_c1", "spearman"):
        if name in counted:
            counted[name] = (estimates[name], len(before))
    reliable = before >= asked.reliable
    if len(before):
        damaged = np.count_nonzero(reliable & ~(after >= asked.reliable)) / reliable.sum() if reliable.any() else np.nan
        counted["damaged"] = (np.array([damaged]), int(reliable.sum()))
    positive = [group.values.min(axis=0) >= 0 for group in groups]
    below = [one.values.min(axis=0) < 0 for one in found]
    n = int(np.concatenate(positive).sum())
    share = np.count_nonzero(np.concatenate(positive) & np.concatenate(below)) / n if n else np.nan
    counted["negative"] = (np.array([share]), n)
    orders = [
        subject_order(pd.DataFrame(group.values), pd.DataFrame(one.values), group.batches)
        for group, one in zip(groups, found, strict=True)
    ]
    counted["subject_order"] = (np.array([float(np.mean(orders))]), n_features)
    return counted
