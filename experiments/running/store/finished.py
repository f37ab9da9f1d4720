"""The cache: what runs have finished, one file each, checked when it is read, safe to share between runs.

An entry is JSON that a person can read. It holds its own key, so that a file which was renamed or filled with the
content of another is refused, and begins with the SHA-256 of the rest. Whatever is damaged is treated as absent.
What failed lies apart, in `failed/`, and never counts as finished.
"""

import hashlib
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from experiments.folder.writing import write_whole
from harmonize.errors import ConfigurationError

T = TypeVar("T")

FEATURES = "features"
OBSERVATION = "observation"
REGISTRATION = "registration"
KINDS = (FEATURES, OBSERVATION, REGISTRATION)

FORMAT = "radharmony.finished/1"
FAILED = "failed"
MAX_BYTES = 100_000_000
"""No honest entry comes near; a larger file is not read."""

HEAD = re.compile(rb'\{"sha256": "([0-9a-f]{64})", "entry": ')
TAIL = b"}\n"
NAME = re.compile(r"[0-9a-f]{64}\.json")
UNFINISHED = re.compile(r"\.[0-9a-f]{64}\.json\..+")
"""What a process that was killed while it wrote leaves behind."""
DISPLACED = re.compile(r"[0-9a-f]{64}\.json(\.damaged-[0-9]+)?")
"""A folder in the place of an entry, or one that was put aside when the entry was written."""


UNTRUSTED = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError),
    *(ArithmeticError, RecursionError, ConfigurationError),
)
"""What reading raises for an entry that is absent, damaged or not what it says it is."""


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
    """A file of the cache.

    Parameters
    ----------
    path : Path
        Where it is.
    bytes : int
        Its size.
    age : float
        Seconds since it was written.
    failed : bool
        Whether it remembers a failure.
    kind : str
        What it holds; empty if it is damaged.
    made : Made
        How it came about.
    """

    path: Path
    bytes: int
    age: float
    failed: bool
    kind: str
    made: Made = field(default_factory=Made)

    @property
    def key(self) -> str:
        """The digest that the entry is found by."""
        return self.path.stem

    @property
    def sound(self) -> bool:
        """Whether it is what it says it is."""
        return bool(self.kind)


@dataclass(frozen=True)
class Store:
    """A folder of finished results.

    Any number of processes may use one folder at once: a file is written whole or not at all, and two that compute
    the same write the same.

    Parameters
    ----------
    folder : Path
        Made when something is stored.
    retry_failed : bool
        Whether remembered failures are passed over, so that everything that failed is tried again.
    since : int
        When the run began, in nanoseconds: what was read after that is not read again.
    """

    folder: Path
    retry_failed: bool = False
    since: int = field(default_factory=time.time_ns, compare=False)

    def get(self, kind: str, key: str, parse: Callable[[Any], T]) -> T | None:
        """Give a finished result; nothing if it is absent, damaged, or not what it says it is.

        Parameters
        ----------
        kind : str
            One of `KINDS`.
        key : str
            Digest of all that determines the result.
        parse : callable
            Checks the content and gives the result; raises ValueError, KeyError, TypeError or AttributeError if it
            does not fit.
        """
        return _parsed(self.place(key), kind, parse)

    def put(self, kind: str, key: str, content: Any, made: Made | None = None) -> None:
        """Store a finished result, and forget that it ever failed.

        Raises
        ------
        OSError
            If it cannot be written; nothing is left then.
        """
        _write(self.place(key), kind, content, made or Made())
        self.place(key, failed=True).unlink(missing_ok=True)

    def get_failure(self, kind: str, key: str, parse: Callable[[Any], T]) -> T | None:
        """Give what is remembered of a failure; nothing if there is none, or if failures are to be tried again."""
        return None if self.retry_failed else _parsed(self.place(key, failed=True), kind, parse)

    def put_failure(self, kind: str, key: str, content: Any, made: Made | None = None) -> None:
        """Remember a failure that would come again: not finished, but not tried again unless asked for."""
        _write(self.place(key, failed=True), kind, content, made or Made())

    def entries(self) -> Iterator[CacheEntry]:
        """Give every file that has the name of an entry, damaged ones too, by name."""
        now = time.time()
        for folder, failed in ((self.folder, False), (self.folder / FAILED, True)):
            for path in sorted(folder.glob("*.json")):
                if not NAME.fullmatch(path.name) or path.is_symlink() or not path.is_file():
                    continue
                try:
                    status = path.stat()
                except OSError:  # another process has removed it meanwhile
                    continue
                kind, made = _origin(path)
                yield CacheEntry(path, status.st_size, max(now - status.st_mtime, 0.0), failed, kind, made)

    def leftovers(self, older_than: float = 3600.0) -> list[Path]:
        """List files that a killed process left half-written, if nobody has touched them for so many seconds."""
        now, found = time.time(), []
        for folder in (self.folder, self.folder / FAILED):
            for path in sorted(folder.glob(".*")):
                try:
                    if UNFINISHED.fullmatch(path.name) and now - path.stat().st_mtime >= older_than:
                        found.append(path)
                except OSError:  # it has become an entry meanwhile
                    continue
        return found

    def displaced(self) -> list[Path]:
        """List folders that are, or were, in the place of an entry."""
        return [
            path
            for folder in (self.folder, self.folder / FAILED)
            for path in sorted(folder.glob("*.json*"))
            if DISPLACED.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
        ]

    def place(self, key: str, *, failed: bool = False) -> Path:
        """Give the file of an entry, whether it is there or not."""
        return (self.folder / FAILED if failed else self.folder) / f"{key}.json"


def store_at(folder: Path, retry_failed: bool = False) -> Store:
    """Give the store of a folder, made if absent.

    Raises
    ------
    ConfigurationError
        If something else is in its place.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file, not the folder of a cache; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    return Store(folder.absolute(), retry_failed)  # workers may have another working directory


def _write(place: Path, kind: str, content: Any, made: Made) -> None:
    entry = {"format": FORMAT, "kind": kind, "key": place.stem, "content": content, "made": asdict(made)}
    body = json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    head = f'{{"sha256": "{hashlib.sha256(body).hexdigest()}", "entry": '.encode()
    if place.is_dir() and not place.is_symlink():
        place.rename(place.with_name(f"{place.name}.damaged-{time.time_ns()}"))  # it may be somebody's: kept aside
    write_whole(place, lambda temporary: temporary.write_bytes(head + body + TAIL))


def _read(place: Path) -> dict[str, Any]:
    """Give an entry whose checksum and key are right; raises OSError, ValueError, KeyError, TypeError if they are not.

    A first check asks whether it is a file at all: opening a pipe would wait for ever.
    """
    if not place.is_file():
        raise FileNotFoundError(place)
    with place.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    head = HEAD.match(data)
    if len(data) > MAX_BYTES or head is None or not data.endswith(TAIL):
        raise ValueError("not an entry of the cache")
    body = data[head.end() : -len(TAIL)]
    if hashlib.sha256(body).hexdigest() != head[1].decode():
        raise ValueError("the checksum is wrong")
    entry: dict[str, Any] = json.loads(body, parse_constant=_refuse_constant)
    if entry["format"] != FORMAT or entry["kind"] not in KINDS or entry["key"] != place.stem:
        raise ValueError("the entry is not the one that it is filed as")
    return entry


def _parsed(place: Path, kind: str, parse: Callable[[Any], T]) -> T | None:
    try:
        entry = _read(place)
        return parse(entry["content"]) if entry["kind"] == kind else None
    except UNTRUSTED:
        return None


def _origin(place: Path) -> tuple[str, Made]:
    """Give what an entry holds and how it came about; the kind is empty for one that cannot be trusted."""
    try:
        entry = _read(place)
        return entry["kind"], Made.parse(entry["made"])
    except UNTRUSTED:
        return "", Made()


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, found {value!r}")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"expected seconds, found {value!r}")
    return float(value)
