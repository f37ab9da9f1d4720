"""How long steps and extractions take per voxel, learned from finished tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Self

from experiments.running.store.finished import Store
from harmonize.digest import digest_of

Key = tuple[str, str]


@dataclass(frozen=True)
class Rates:
    """Seconds per voxel of the image, by what was done: from the very same to what only resembles it.

    A step after the same steps counts most, then the same step elsewhere, then a step of the same name. False if
    nothing has been measured.

    Parameters
    ----------
    seconds : mapping
        Median of the seconds per voxel.
    usual_size : int
        Median of the voxels of an image.

    Examples
    --------
    >>> rates = Rates({("name", "n4"): 1e-6}, 1000)
    >>> rates.step(("digest of n4",), "n4", 2_000_000), rates.step(("digest of clip",), "clip", 2_000_000)
    (2.0, None)
    """

    seconds: Mapping[Key, float] = field(default_factory=dict)
    usual_size: int = 0

    @classmethod
    def of(cls, store: Store | None) -> Self:
        """Learn from all that a store holds."""
        found: dict[Key, list[float]] = {}
        sizes = []
        for entry in store.entries() if store else ():
            made = entry.made
            if not made.voxels:
                continue
            sizes.append(made.voxels)
            chain: tuple[str, ...] = ()
            for digest, name, spent in made.steps:
                chain = (*chain, digest)
                for key in (("chain", digest_of(chain)), ("step", digest), ("name", name)):
                    found.setdefault(key, []).append(spent / made.voxels)
            settings, spent = made.extraction
            if settings:
                for key in (("strategy", made.digest), ("settings", settings), ("extraction", "")):
                    found.setdefault(key, []).append(spent / made.voxels)
        return cls({key: median(values) for key, values in found.items()}, round(median(sizes)) if sizes else 0)

    def __bool__(self) -> bool:
        return bool(self.seconds)

    def step(self, chain: tuple[str, ...], name: str, voxels: int) -> float | None:
        """Estimate a step, the last of a chain of digests, on so many voxels; nothing if none of its name was done."""
        return self._first([("chain", digest_of(chain)), ("step", chain[-1]), ("name", name)], voxels)

    def extraction(self, strategy: str, settings: str, voxels: int) -> float | None:
        """Estimate the extraction of a strategy from its digest and that of its settings."""
        return self._first([("strategy", strategy), ("settings", settings), ("extraction", "")], voxels)

    def _first(self, keys: list[Key], voxels: int) -> float | None:
        rate = next((self.seconds[key] for key in keys if key in self.seconds), None)
        return None if rate is None else rate * voxels
