"""Many entries in few files: what lies loose is gathered now and then into files of a line an entry, never changed.

A file is written whole before what it gathers is removed, so that nothing is lost however a process ends; what is
there twice then is the same. Each line is checked when it is read: a damaged file costs what its damaged lines held.
Files that are no larger than what is gathered go into the new one: there are few however many runs there were.
"""

import hashlib
import os
import re
import uuid
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from experiments.folder.writing import write_whole

PACKED = "packed"
"""The folder of these files, beside what lies loose."""
ENOUGH = 256
"""Entries that lie loose before they are gathered."""
MAX_BYTES = 100_000_000
"""No honest entry comes near; a longer line is not read."""

HEAD = re.compile(rb'\{"sha256": "([0-9a-f]{64})", "entry": ')
TAIL = b"}\n"
KEY = re.compile(rb'"key":"([0-9a-f]{64})"')
KEY_WITHIN = 300
"""Bytes from the beginning of a line in which its key stands."""
NAME = re.compile(r"[0-9a-f]{32}\.jsonl")
UNFINISHED = re.compile(r"\.[0-9a-f]{32}\.jsonl\..+")
"""What a process that was killed while it gathered leaves behind."""

Line = tuple[Path, int, bytes]
"""File, place in it, and bytes."""


def seal(body: bytes) -> bytes:
    """Give the line of an entry, which begins with the SHA-256 of the rest."""
    return f'{{"sha256": "{hashlib.sha256(body).hexdigest()}", "entry": '.encode() + body + TAIL


def unseal(line: bytes) -> bytes:
    """Give the entry of a line; raises ValueError if it is none, or damaged."""
    head = HEAD.match(line)
    if len(line) > MAX_BYTES or head is None or not line.endswith(TAIL):
        raise ValueError("not an entry of the cache")
    body = line[head.end() : -len(TAIL)]
    if hashlib.sha256(body).hexdigest() != head[1].decode():
        raise ValueError("the checksum is wrong")
    return body


def _is_sound(line: bytes) -> bool:
    with suppress(ValueError):
        return bool(unseal(line))
    return False


def key_of(line: bytes) -> str:
    """Give the key that a line says it has; empty where it has none."""
    found = KEY.search(line, 0, KEY_WITHIN)
    return found[1].decode() if found else ""


class Packed:
    """The files of gathered entries beside a folder of loose ones, and where each entry is in them.

    Parameters
    ----------
    folder : Path
        That of the loose ones.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / PACKED
        self._seen = 0
        self._index: dict[Path, dict[str, tuple[int, int]]] = {}

    def copies(self, key: str) -> Iterator[bytes]:
        """Give the lines of a key; as a rule there is one."""
        for _ in range(2):  # the file may just have been gathered into another
            self._look()
            gone = False
            for path, places in self._index.items():
                if key in places:
                    try:
                        yield _bytes_at(path, *places[key])
                    except OSError:
                        gone = True
            if not gone:
                return

    def lines(self) -> Iterator[Line]:
        """Give all lines, damaged ones too."""
        for path in self.files():
            with suppress(OSError):  # another process has removed it meanwhile
                yield from _lines(path)

    def gather(self, loose: Collection[Path]) -> None:
        """Write the sound ones of loose entries, and of files that are no larger than these, into one file."""
        files = sorted((path.stat().st_size, path) for path in self.files())
        size, sources = sum(path.stat().st_size for path in loose), list(loose)
        for own, path in files:
            if own > size:
                break
            size += own
            sources.append(path)
        newest = max(path.stat().st_mtime_ns for path in sources)
        done = self._written(sources, newest)
        for path in done:
            with suppress(OSError):
                path.unlink()

    def _written(self, sources: Collection[Path], newest: int) -> list[Path]:
        """Write a file, as old as the newest of its entries; give the sources that are no longer needed."""
        done: list[Path] = []
        known: set[str] = set()

        def write(temporary: Path) -> None:
            with temporary.open("wb") as file:
                for source in sources:
                    needed = source.parent != self.folder  # a damaged entry stays in its place, for `cache` to tell
                    for _, _, line in _lines(source):
                        key = key_of(line)
                        if key and _is_sound(line):
                            needed = False
                            if key not in known:
                                file.write(line)
                            known.add(key)
                    if not needed:
                        done.append(source)
            os.utime(temporary, ns=(newest, newest))

        write_whole(self.folder / f"{uuid.uuid4().hex}.jsonl", write)
        return done

    def remove(self, path: Path, places: Collection[int]) -> None:
        """Write a file anew without the lines at these places; nothing is left of it where that is all of them."""
        kept = [line for _, at, line in _lines(path) if at not in places]
        if not kept:
            path.unlink(missing_ok=True)
            return
        stamp = path.stat().st_mtime_ns

        def write(temporary: Path) -> None:
            temporary.write_bytes(b"".join(kept))
            os.utime(temporary, ns=(stamp, stamp))

        write_whole(self.folder / f"{uuid.uuid4().hex}.jsonl", write)
        path.unlink(missing_ok=True)

    def files(self) -> list[Path]:
        """List the files there are, by name."""
        try:
            return sorted(
                Path(entry.path)
                for entry in os.scandir(self.folder)
                if NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            )
        except OSError:
            return []

    def _look(self) -> None:
        """See which files there are now."""
        try:
            written = self.folder.stat().st_mtime_ns
        except OSError:
            self._index = {}
            return
        if written != self._seen:
            self._seen = written
            self._index = {path: self._index.get(path) or _indexed(path) for path in self.files()}


def _lines(path: Path) -> Iterator[Line]:
    with path.open("rb") as file:
        at = 0
        while line := file.readline(MAX_BYTES + 1):
            yield path, at, line
            at += len(line)


def _indexed(path: Path) -> dict[str, tuple[int, int]]:
    with suppress(OSError):
        return {key: (at, len(line)) for _, at, line in _lines(path) if (key := key_of(line))}
    return {}


def _bytes_at(path: Path, at: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read(size)
