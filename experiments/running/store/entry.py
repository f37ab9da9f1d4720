"""An entry of the cache: how its result came about, and where it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Made:
    """How a result came about. It serves `radharmony plan` and `cache`, and is no part of the result.

    Parameters
    ----------
    strategy : str
        What the study called the strategy.
    digest : str
        Of the strategy.
    voxels : int
        Of the image, 0 if unknown.
    steps : tuple of (str, str, float)
        Digest, name and seconds of every step.
    extraction : tuple of (str, float)
        Digest and seconds of the extraction; empty digest if there was none.
    """

    strategy: str = ""
    digest: str = ""
    voxels: int = 0
    steps: tuple[tuple[str, str, float], ...] = ()
    extraction: tuple[str, float] = ("", 0.0)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Made":
        """Read what an entry holds; raises ValueError, TypeError or KeyError where it does not fit."""
        steps = tuple((_text(digest), _text(name), _seconds(spent)) for digest, name, spent in values["steps"])
        digest, spent = values["extraction"]
        strategy, own, voxels = _text(values["strategy"]), _text(values["digest"]), int(values["voxels"])
        return cls(strategy, own, max(voxels, 0), steps, (_text(digest), _seconds(spent)))


@dataclass(frozen=True)
class CacheEntry:
    """An entry of the cache.

    Parameters
    ----------
    path : Path
        Its own file, or that which it had before it was gathered.
    bytes : int
        Its size.
    age : float
        Seconds since it was written; of one that was gathered, since the newest of its file was.
    failed : bool
        Whether it remembers a failure.
    kind : str
        What it holds; empty if it is damaged.
    made : Made
        How it came about.
    packed : (Path, int), optional
        The file of many that it is in, and its place there.
    """

    path: Path
    bytes: int
    age: float
    failed: bool
    kind: str
    made: Made = field(default_factory=Made)
    packed: tuple[Path, int] | None = None

    @property
    def key(self) -> str:
        """The digest that the entry is found by."""
        return self.path.stem

    @property
    def sound(self) -> bool:
        """Whether it is what it says it is."""
        return bool(self.kind)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, found {value!r}")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"expected seconds, found {value!r}")
    return float(value)
