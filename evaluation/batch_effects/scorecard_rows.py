"""The rows of a scorecard: estimates, limits, and ranks among the methods."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from evaluation.batch_effects.measures import KEPT, MEASURES, measure_of
from evaluation.tables import SCORECARD_NUMBERS as NUMBERS
from evaluation.tables import SCORECARD_TEXTS as TEXTS
from harmonize.arrays import FloatArray

NONE = "none"
"""The method that leaves features as they are."""
TIED = 1e-12
"""Difference up to which estimates share a rank."""
NOT_COMPUTED = {
    **dict.fromkeys(
        ("icc_a1", "ccc", "icc_c1", "spearman"),
        "fewer than three subjects have one row in each of two batches: nothing can agree",
    ),
    "damaged": "no feature was reliable",
    "negative": "every feature is negative somewhere",
}


def scorecard_rows(
    methods: Sequence[str],
    estimates: Mapping[str, Mapping[str, tuple[FloatArray, int]]],
    reasons: Mapping[str, str],
    chance: Mapping[str, tuple[float, float]],
    level: float,
) -> pd.DataFrame:
    """Put what was measured into rows, each with its rank.

    Parameters
    ----------
    methods : sequence of str
        In the order in which they were asked for.
    estimates : mapping of str to mapping
        By method and measure the estimate, followed by those of the draws where there are any, and what was counted.
    reasons : mapping of str to str
        Why a method was not measured.
    chance : mapping of str to (float, float)
        By method gain and p, see `chance_of_gains`.
    level : float
        Of limits.

    Notes
    -----
    Limits are quantiles of the draws, moved so that the estimate is their median: a draw that has a subject twice knows
    less than as many subjects do, which shifts all methods alike. Ranks in the draws are those of the moved values.
    Models are not fitted anew in the draws.
    """
    known = list(dict.fromkeys(name for of in estimates.values() for name in of))
    order = {name: at for at, name in enumerate(MEASURES)}
    known.sort(key=lambda name: order[KEPT if name.startswith(KEPT) else name])
    known = list(dict.fromkeys(["score", *known, *(name for name in order if name in NOT_COMPUTED)]))
    rows: list[dict[str, Any]] = []
    for name in known:
        of_methods = {one: found[name] for one, found in estimates.items() if name in found}
        ranks = _ranks({one: part[0] for one, part in of_methods.items()}, measure_of(name).direction, level)
        least = 0.0 if name in ("score", "auc") else -1.0
        for method in methods:
            row: dict[str, Any] = {"method": method, "measure": name, **dict.fromkeys(NUMBERS, np.nan)}
            values, n = of_methods.get(method, (np.array([np.nan]), 0))
            row |= {"n": float(n), "status": "ok", "reason": ""}
            if method in reasons:
                row |= {"status": "not_fitted", "reason": reasons[method]}
            elif np.isnan(values[0]):
                row |= {"status": "not_computed", "reason": NOT_COMPUTED.get(name, "cannot be computed of these rows")}
            else:
                row |= {"estimate": float(values[0]), **ranks[method]}
                if len(values) > 1:
                    limits = _limits(_moved(values)[1:], level)
                    # moved draws of a share or a correlation may lie beyond what these can be
                    row["lower"], row["upper"] = (float(np.clip(one, least, 1.0)) for one in limits)
            if name == "score" and method in chance:
                row["gain"], row["p"] = chance[method]
            rows.append(row)
    return pd.DataFrame(rows, columns=[*TEXTS[:2], *NUMBERS, *TEXTS[2:]])


def _moved(values: FloatArray) -> FloatArray:
    """Move the draws so that the estimate is their median."""
    known = values[1:][np.isfinite(values[1:])]
    return np.asarray(np.concatenate([values[:1], values[1:] + (values[0] - np.median(known) if len(known) else 0.0)]))


def _limits(values: FloatArray, level: float) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _ranks(values: Mapping[str, FloatArray], direction: str, level: float) -> dict[str, dict[str, float]]:
    """Rank methods, 1 for the best; of those with draws, in each draw, too."""
    there = {name: _moved(one) for name, one in values.items() if np.isfinite(one[0])}
    if not there:
        return {}
    length = min(map(len, there.values()))
    better = np.array([one[:length] for one in there.values()]) * (-1 if direction == "above" else 1)
    ranks = rankdata(np.round(better / TIED) * TIED, method="min", axis=0, nan_policy="omit")
    shared = np.where(ranks == 1, 1 / np.maximum((ranks == 1).sum(axis=0), 1), 0.0)
    found = {}
    for at, name in enumerate(there):
        row = {"rank": float(ranks[at, 0])}
        if length > 1:
            row["rank_lower"], row["rank_upper"] = _limits(ranks[at, 1:], level)
            row["first"] = float(shared[at, 1:].mean())
        found[name] = row
    return found
