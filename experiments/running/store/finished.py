"""The cache: what runs have finished, checked when it is read, safe to share between runs.

An entry is JSON that a person can read. It holds its own key, so that a file which was renamed or filled with the
content of another is refused, and begins with the SHA-256 of the rest. Whatever is damaged is treated as absent.
What failed lies apart, in `failed/`, and never counts as finished.

Whoever computes writes a file an entry; runs gather these into few files as they go on (`packed.py`).
"""

import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from experiments.folder.writing import unwritable, write_whole
from experiments.running.store.entry import CacheEntry, Made
from experiments.running.store.packed import ENOUGH, MAX_BYTES, Packed, key_of, seal, unseal
from experiments.running.store.packed import NAME as GATHERED
from experiments.running.store.packed import UNFINISHED as GATHERING
from harmonize.errors import ConfigurationError

T = TypeVar("T")

FEATURES = "features"
OBSERVATION = "observation"
REGISTRATION = "registration"
HARMONIZATION = "harmonization"
KINDS = (FEATURES, OBSERVATION, REGISTRATION, HARMONIZATION)

FORMAT = "radharmony.finished/1"
FAILED = "failed"
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
        return self._found(kind, key, parse, failed=False)

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
        return None if self.retry_failed else self._found(kind, key, parse, failed=True)

    def put_failure(self, kind: str, key: str, content: Any, made: Made | None = None) -> None:
        """Remember a failure that would come again: not finished, but not tried again unless asked for."""
        _write(self.place(key, failed=True), kind, content, made or Made())

    def _found(self, kind: str, key: str, parse: Callable[[Any], T], *, failed: bool) -> T | None:
        for copy in self._copies(key, failed):
            with suppress(*UNTRUSTED):
                entry = _opened(copy, key)
                if entry["kind"] == kind:
                    return parse(entry["content"])
        return None

    def _copies(self, key: str, failed: bool) -> Iterator[bytes]:
        """Give what there is of an entry: its own file, then what was gathered."""
        place = self.place(key, failed=failed)
        with suppress(OSError):
            yield _bytes(place)
        yield from _packed(place.parent).copies(key)

    def pack(self) -> None:
        """Gather what lies loose into few files, where it is much; a disk that is full leaves it as it is."""
        for folder in (self.folder, self.folder / FAILED):
            with suppress(OSError):
                loose = sorted(Path(one.path) for one in os.scandir(folder) if _is_entry(one))
                if len(loose) >= ENOUGH:
                    _packed(folder).gather(loose)

    def entries(self) -> Iterator[CacheEntry]:
        """Give every entry, damaged ones too: those in files of their own by name, then those that were gathered."""
        now = time.time()
        for folder, failed in ((self.folder, False), (self.folder / FAILED, True)):
            for path in sorted(folder.glob("*.json")):
                if not NAME.fullmatch(path.name) or path.is_symlink() or not path.is_file():
                    continue
                with suppress(OSError):  # another process has removed it meanwhile
                    status = path.stat()
                    kind, made = _origin(path, path.stem)
                    yield CacheEntry(path, status.st_size, max(now - status.st_mtime, 0.0), failed, kind, made)
            for file, at, line in _packed(folder).lines():
                with suppress(OSError):
                    key, age = key_of(line), max(now - file.stat().st_mtime, 0.0)
                    kind, made = _origin(line, key)
                    place = self.place(key or "damaged", failed=failed)
                    yield CacheEntry(place, len(line), age, failed, kind, made, (file, at))

    def remove(self, entries: Iterable[CacheEntry]) -> None:
        """Remove entries."""
        gathered: dict[Path, set[int]] = defaultdict(set)
        for entry in entries:
            if entry.packed is None:
                entry.path.unlink(missing_ok=True)
            else:
                gathered[entry.packed[0]].add(entry.packed[1])
        for file, places in gathered.items():
            with suppress(FileNotFoundError):  # a run has gathered it into another meanwhile
                _packed(file.parent.parent).remove(file, places)

    def leftovers(self, older_than: float = 3600.0) -> list[Path]:
        """List files that a killed process left half-written, if nobody has touched them for so many seconds."""
        now, found = time.time(), []
        for folder in (self.folder, self.folder / FAILED):
            for path in sorted((*folder.glob(".*"), *_packed(folder).folder.glob(".*"))):
                half = UNFINISHED.fullmatch(path.name) or GATHERING.fullmatch(path.name)
                try:
                    if half and now - path.stat().st_mtime >= older_than:
                        found.append(path)
                except OSError:  # it has become an entry meanwhile
                    continue
        return found

    def displaced(self) -> list[Path]:
        """List folders that are, or were, in the place of an entry or of a file of gathered ones."""
        return [
            path
            for folder in (self.folder, self.folder / FAILED)
            for path in sorted((*folder.glob("*.json*"), *_packed(folder).folder.glob("*.jsonl")))
            if (DISPLACED.fullmatch(path.name) or GATHERED.fullmatch(path.name))
            and path.is_dir()
            and not path.is_symlink()
        ]

    def place(self, key: str, *, failed: bool = False) -> Path:
        """Give the file of an entry, whether it is there or not."""
        return (self.folder / FAILED if failed else self.folder) / f"{key}.json"


def store_at(folder: Path, retry_failed: bool = False) -> Store:
    """Give the store of a folder, made if absent.

    Raises
    ------
    ConfigurationError
        If something else is in its place, or nothing can be written into it.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file, not the folder of a cache; name another folder")
    if (place := unwritable(folder)) is not None:
        raise ConfigurationError(f"{folder}: nothing can be written into {place}; choose one that you may write to")
    folder.mkdir(parents=True, exist_ok=True)
    return Store(folder.absolute(), retry_failed)  # workers may have another working directory


def _write(place: Path, kind: str, content: Any, made: Made) -> None:
    entry = {"format": FORMAT, "kind": kind, "key": place.stem, "content": content, "made": asdict(made)}
    line = seal(json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    if place.is_dir() and not place.is_symlink():
        place.rename(place.with_name(f"{place.name}.damaged-{time.time_ns()}"))  # it may be somebody's: kept aside
    write_whole(place, lambda temporary: temporary.write_bytes(line))


def _bytes(place: Path) -> bytes:
    """Read a file, if it is one: opening a pipe would wait for ever."""
    if not place.is_file():
        raise FileNotFoundError(place)
    with place.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _opened(line: bytes, key: str) -> dict[str, Any]:
    """Give an entry whose checksum and key are right; raises ValueError, KeyError or TypeError if they are not."""
    entry: dict[str, Any] = json.loads(unseal(line), parse_constant=_refuse_constant)
    if entry["format"] != FORMAT or entry["kind"] not in KINDS or entry["key"] != key:
        raise ValueError("the entry is not the one that it is filed as")
    return entry


def _origin(source: Path | bytes, key: str) -> tuple[str, Made]:
    """Give what an entry holds and how it came about; the kind is empty for one that cannot be trusted."""
    try:
        entry = _opened(_bytes(source) if isinstance(source, Path) else source, key)
        return entry["kind"], Made.parse(entry["made"])
    except UNTRUSTED:
        return "", Made()


def _is_entry(found: "os.DirEntry[str]") -> bool:
    return NAME.fullmatch(found.name) is not None and found.is_file(follow_symlinks=False)


def _packed(folder: Path) -> Packed:
    """Give what was gathered from a folder; this process looks through its files once."""
    if folder not in _PACKED:
        _PACKED[folder] = Packed(folder)
    return _PACKED[folder]


_PACKED: dict[Path, Packed] = {}


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
