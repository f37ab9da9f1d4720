"""A rule resolved: what is asked of each statistic, on which side, and where it must hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

from evaluation.reliability.criteria import Combine, Criterion
from harmonize.arrays import FloatArray

T = TypeVar("T")
Scope = Literal["sequence_roi", "sequence", "roi", "overall", "contrast"]

POOLS: Mapping[Scope, tuple[str, ...]] = {"sequence": ("sequence",), "roi": ("roi",), "overall": ()}
"""What a list of a pooled scope is for, in its strategy; it covers every combination of sequence and ROI in it."""

SCOPES: Mapping[Scope, str] = {
    "sequence_roi": "sequence and ROI",
    "sequence": "sequence",
    "roi": "ROI",
    "overall": "all sequences and ROIs",
    "contrast": "sequence, ROI and condition",
}
"""What one list of features is for, by scope."""

_POOLED: Mapping[Scope, str] = {
    "sequence": "ROIs of the sequence",
    "roi": "sequences of the ROI",
    "overall": "combinations of sequence and ROI",
}


@dataclass(frozen=True)
class Rule:
    """What a feature must reach; see `selection.thresholds.Thresholds`, which makes it.

    Parameters
    ----------
    criteria : tuple of Criterion
        The last one may be without a limit.
    ranking : str
        The statistic that ranks.
    combine, scope, at_least, conditions, top
        As of `Thresholds`.

    Examples
    --------
    >>> Rule((Criterion("icc", "lower", below=False, limit=0.75),), "icc", scope="roi", top=20).describe()
    'lower limit of icc > 0.75 in all sequences of the ROI; of these the 20 with the highest lower limit of icc'
    """

    criteria: tuple[Criterion, ...]
    ranking: str
    combine: Combine = "all"
    scope: Scope = "sequence_roi"
    at_least: int | None = None
    conditions: tuple[str, ...] = ()
    top: int | None = None

    @property
    def thresholds(self) -> tuple[Criterion, ...]:
        """What is asked of each statistic."""
        return tuple(one for one in self.criteria if one.limit is not None)

    @property
    def ranks_by(self) -> Criterion:
        """What ranks."""
        return next(one for one in self.criteria if one.statistic == self.ranking)

    def enough(self, n_places: int) -> int:
        """Give in how many of the combinations of sequence and ROI of a pool a feature must pass."""
        return n_places if self.at_least is None else self.at_least

    def lists(self, judged: Iterable[tuple[Any, T]]) -> list[list[T]]:
        """Gather what is judged in sequences and ROIs by pools, where the scope has them; else each is a list."""
        lists: dict[tuple[Any, ...], list[T]] = {}
        for number, (place, one) in enumerate(judged):
            pool = POOLS.get(self.scope)
            key = (number,) if pool is None else tuple(getattr(place, name) for name in pool)
            lists.setdefault(key, []).append(one)
        return [*lists.values()]

    def best(self, count: FloatArray) -> FloatArray:
        """Give how many of those that pass are taken."""
        return count if self.top is None else np.minimum(count, self.top)

    def describe(self) -> str:
        """Say the rule in one line."""
        limits = [f"{one.words} {'<' if one.below else '>'} {one.limit:g}" for one in self.thresholds]
        parts = [(" and " if self.combine == "all" else " or ").join(limits)] if limits else []
        if self.conditions:
            parts.append(f"under {', '.join(self.conditions)}")
        if self.scope in _POOLED:
            count = "all" if self.at_least is None else f"at least {self.at_least}"
            parts.append(f"in {count} {_POOLED[self.scope]}")
        elif self.scope == "contrast":
            parts.append("under each condition by itself")
        if self.top is not None:
            best = f"the {self.top} with the {'lowest' if self.ranks_by.below else 'highest'} {self.ranks_by.words}"
            parts = [f"{' '.join(parts)}; of these {best}" if limits else " ".join([best, *parts])]
        return " ".join(parts)
