"""What a scan is, whatever its files are called: digests of all that its results rest on.

A file whose size, times of change and inode are those of an earlier look is not read again: its digest is remembered in
the folder of finished results. A file that changed within 2 s before that look is read again all the same, since a
second change within one tick of the clock would leave the same times. Times are those that the file system gives: on a
network share whose client remembers attributes, a change made elsewhere may be seen as late as that client sees it.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.folder.writing import write_text
from experiments.running.store.finished import Store
from experiments.study.manifest import Scan
from experiments.versions import computing_versions
from harmonize.digest import digest_of, digest_of_file, sealed, unsealed
from harmonize.errors import ConfigurationError
from harmonize.formats.registry import files_of
from harmonize.inputs.documents import read_json
from harmonize.inputs.files import hold
from harmonize.steps import AnyStep, columns_of

FILES = ".files"
"""Digests of files, in the folder of finished results."""
SETTLED = 2_000_000_000
"""Nanoseconds that a file must not have changed before it was read; some file systems count in steps of 2 s."""


def files_of_scan(scan: Scan) -> list[Path]:
    """Give every path that the results of a scan rest on."""
    return list(dict.fromkeys((*_own_files(scan), *scan.elsewhere.values())))


def _own_files(scan: Scan) -> list[Path]:
    reference = () if scan.reference is None else (scan.reference,)
    return [scan.image, *(file for one in scan.masks.values() for file in one.files), *reference]


class NotReadYet(Exception):  # noqa: N818  no error: whoever asks is to read the file
    """The digest of a file is not known without reading it."""


@dataclass(frozen=True)
class Identity:
    """What a scan is.

    Parameters
    ----------
    files : mapping of str to str
        SHA-256 of every file by its name; none of what other programs should have made of it and have not.
    own : str
        Digest of all that results rest on besides the strategy.
    elsewhere : mapping of str to str
        Digests of what other programs made of its image, by column.
    """

    files: Mapping[str, str]
    own: str
    elsewhere: Mapping[str, str]

    @property
    def whole(self) -> str:
        """Digest of the scan with all that other programs made of it."""
        return self._with(self.elsewhere)

    def of(self, steps: Sequence[AnyStep]) -> str:
        """Give the digest of what the results of some steps rest on."""
        return self._with({column: self.elsewhere.get(column, "") for column in columns_of(steps)})

    def _with(self, elsewhere: Mapping[str, str]) -> str:
        return digest_of([self.own, elsewhere]) if elsewhere else self.own


def identify(scan: Scan, store: Store, *, read: bool = True) -> Identity:
    """Give the digests of the files of a scan, and of all that its results rest on besides the strategy.

    Raises
    ------
    OSError
        For a file that cannot be read.
    NotReadYet
        For one that would have to be read, if it is not to be.
    """
    files = content_digests(_own_files(scan), store, read=read)
    masks = {roi: [*(files[str(file)] for file in mask.files), mask.chosen] for roi, mask in scan.masks.items()}
    grid = [] if scan.reference is None else [files[str(scan.reference)]]
    content = {"image": files[str(scan.image)], "masks": masks, "reference": grid, "versions": computing_versions()}
    elsewhere = {}
    for column, path in scan.elsewhere.items():
        with suppress(OSError):  # told where a strategy takes it
            elsewhere[column] = content_digests((path,), store, read=read)[str(path)]
    more = {str(scan.elsewhere[column]): digest for column, digest in elsewhere.items()}
    return Identity(files | more, digest_of(content), elsewhere)


def content_digests(paths: Iterable[Path], store: Store, *, read: bool = True) -> dict[str, str]:
    """Give the digest of each file by its name, or of all files of a DICOM series whatever they are called.

    Raises as `identify` does.
    """
    known = _known(store.folder)
    return {str(path): _content_digest(path, known, store.since, read) for path in paths}


def _content_digest(path: Path, known: "_FileDigests", since: int, read: bool) -> str:
    with suppress(NotReadYet):
        digest = known.alone(path, since)
        if digest is not None:
            return digest
    if not read and not known.has(path):
        raise NotReadYet(path)
    if read and path.is_file():
        hold(path)  # what is hashed is then decoded
    files = files_of(path)
    digests = [known.digest(file, since, alone=files == (path,), read=read) for file in files]
    return digests[0] if len(digests) == 1 else digest_of(sorted(digests))


def learned(folder: Path) -> dict[str, list[Any]]:
    """Give what this process has learned of files since it was asked last, for `learn`."""
    return _known(folder).news()


def learn(folder: Path, news: Iterable[Mapping[str, list[Any]]]) -> None:
    """Remember what workers have learned of files, for other workers and later runs."""
    _known(folder).take(news)


class _FileDigests:
    """Digests of files by their names, with what tells whether a file is still the one that was read."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / FILES
        self._seen = _written(self._place)
        self._entries = self._read()
        self._news: dict[str, list[Any]] = {}

    def was_taken_away(self) -> bool:
        """Say whether the file of digests was there and is no more."""
        return self._seen != 0 and _written(self._place) == 0

    def has(self, path: Path) -> bool:
        """Say whether anything is known of a file; of a folder, its files are asked for one by one."""
        return str(path.absolute()) in self._entries or path.is_dir()

    def alone(self, path: Path, since: int) -> str | None:
        """Give the digest of a file that is no part of a series, if it is known."""
        entry = self._entry(path)
        return self.digest(path, since, alone=True, read=False) if entry and entry[3] else None

    def digest(self, path: Path, since: int, *, alone: bool, read: bool) -> str:
        """Give the digest of a file; one that looks the same but changed just before it was read is read again."""
        entry, stamp = self._entry(path), _stamp(path)
        same = entry is not None and entry[0] == stamp
        if not same and not read:
            raise NotReadYet(path)
        if entry is None or not same or (entry[2] < since and max(stamp[1:3]) + SETTLED >= entry[2]):
            entry = [stamp, digest_of_file(path), time.time_ns(), alone]
            self._entries[str(path.absolute())] = self._news[str(path.absolute())] = entry
        return str(entry[1])

    def news(self) -> dict[str, list[Any]]:
        """Give what came since this was asked last."""
        news, self._news = self._news, {}
        return news

    def take(self, news: Iterable[Mapping[str, list[Any]]]) -> None:
        """Add what others have found, and write all where they and later runs find it."""
        found = {**self.news(), **{name: entry for one in news for name, entry in one.items()}}
        if found:
            self._entries = {**self._read(), **self._entries, **found}
            write_text(self._place, json.dumps(sealed(self._entries), ensure_ascii=False) + "\n")
            self._seen = _written(self._place)

    def _entry(self, path: Path) -> list[Any] | None:
        """Find a file, also in what another process has written meanwhile."""
        name = str(path.absolute())
        if name not in self._entries and (written := _written(self._place)) != self._seen:
            self._seen, self._entries = written, {**self._read(), **self._entries}
        return self._entries.get(name)

    def _read(self) -> dict[str, list[Any]]:
        try:
            entries = unsealed(read_json(self._place), str(self._place))
            return {
                name: [[int(number) for number in stamp], str(digest), int(at), bool(alone)]
                for name, (stamp, digest, at, alone) in entries.items()
            }
        except (OSError, ConfigurationError, ValueError, TypeError, AttributeError):
            return {}  # absent or damaged: files are read again


def _known(folder: Path) -> _FileDigests:
    """Give what is known in a folder; nothing any more where its file was taken away, to have all read again."""
    known = _KNOWN.get(folder)
    if known is None or known.was_taken_away():
        known = _KNOWN[folder] = _FileDigests(folder)
    return known


_KNOWN: dict[Path, _FileDigests] = {}


def _written(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return 0


def _stamp(path: Path) -> list[int]:
    """Give what changes with the content of a file."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
