"""What one pass of a run hands over to the next: opened files, volumes after slow steps, slices for pictures.

Without it files would be opened, and steps done, once more in every pass. It is a shortcut and nothing more: where
something is absent or damaged, or there is no room for it, it is done again.
"""

import hashlib
import json
import math
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.running.packing import Arrays, grid_of, packed, packed_masks, unpacked, unpacked_masks
from experiments.running.store.finished import UNTRUSTED
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedMasks, OpenedScan, open_masks_once, open_scan, usable
from experiments.study.plan import Seconds, Stage, Steps, walk
from experiments.study.roi_sources import CarriedSource, CircleSource, RoiSource
from harmonize.digest import digest_of
from harmonize.errors import RadharmonyError, ScanError
from harmonize.formats import MaskSource
from harmonize.image.volume import Grid, Volume
from harmonize.registration import Registered
from harmonize.steps import describe

FOLDER = ".between"
OURS = re.compile(r"[0-9a-f]{64}\.(volume|opened|masks|slices)|[0-9a-f]{32}\.part")
SPARE = 0.1
"""Part of the disk that is left free, whatever would be saved."""
WORTH = 100_000_000
"""Bytes that are written and read again in a second on a slow disk: quicker steps are rather done again."""
DIGEST = 65
"""Bytes of the line that a file begins with: the SHA-256 of the rest."""


@dataclass(frozen=True)
class Between:
    """A folder that lasts as long as the scans of one run.

    Parameters
    ----------
    folder : Path
        Absolute, since workers may have another working directory.
    """

    folder: Path

    def give(self, content: str, steps: Steps, volume: Volume, spent: Seconds) -> None:
        """Hand a volume over, where that pays.

        Parameters
        ----------
        content : str
            Digest of the scan and of the versions that compute, from `identify`.
        steps : tuple of Step
            What the volume has passed, fitted and bound.
        volume : Volume
            What is handed over.
        spent : tuple of float
            Seconds that each step took.
        """
        if sum(spent) * WORTH < volume.image.nbytes or not volume.image.flags.c_contiguous:  # else it may sum otherwise
            return
        about = {"grid": asdict(volume.grid), "rois": list(volume.masks), "spent": spent}
        self.put(self._volume(content, steps), about, [volume.image, *volume.masks.values()])

    def longest(self, content: str, steps: Steps) -> Steps:
        """Give as many of the first steps as a volume has been handed over for."""
        ends = range(len(steps), 0, -1)
        return next((steps[:end] for end in ends if self._volume(content, steps[:end]).is_file()), ())

    def get(self, content: str, steps: Steps, read: Volume) -> tuple[Volume, Seconds] | None:
        """Give a volume that was handed over and the seconds its steps took; nothing if it cannot be trusted.

        Parameters
        ----------
        content : str
            As it was given.
        steps : tuple of Step
            As they were given.
        read : Volume
            The scan before all steps.
        """
        found = self.fetch(self._volume(content, steps))
        if found is None:
            return None
        about, (image, *masks) = found
        with suppress(*UNTRUSTED, RadharmonyError):
            named = dict(zip(about["rois"], masks, strict=True))
            return replace(read, image=image, grid=grid_of(about["grid"]), masks=named), tuple(about["spent"])
        return None

    def remove(self, content: str, steps: Steps) -> None:
        """Remove a volume that nobody needs any more."""
        with suppress(OSError):
            self._volume(content, steps).unlink()

    def place(self, kind: str, name: Any) -> Path:
        """Give the file of something by what determines it."""
        return self.folder / f"{digest_of(name)}.{kind}"

    def put(self, place: Path, about: Mapping[str, Any], arrays: Arrays) -> None:
        """Write plain values and arrays, where there is room."""
        try:
            disk = shutil.disk_usage(self.folder)
            if disk.free - sum(array.nbytes for array in arrays) >= SPARE * disk.total and not place.exists():
                _write(place, about, arrays)
        except OSError:  # the disk or a quota is full: the room is given back, and without the folder nobody goes on
            _clear(self.folder)

    def fetch(self, place: Path) -> tuple[Any, list[NDArray[Any]]] | None:
        """Give what was written; nothing if it cannot be trusted."""
        with suppress(*UNTRUSTED):
            return _read(place)
        return None

    def _volume(self, content: str, steps: Steps) -> Path:
        return self.place("volume", [content, [describe(step) for step in steps]])


@contextmanager
def handing_over(folder: Path) -> Iterator[Between | None]:
    """Let passes hand over within a run folder; what a killed run left there is removed before.

    Nothing is handed over where the folder for it cannot be made.
    """
    place = folder.absolute() / FOLDER
    _clear(place)
    try:
        place.mkdir(mode=0o700)
    except OSError:
        yield None
        return
    try:
        yield Between(place)
    finally:
        _clear(place)


def walk_on(
    places: Iterable[Steps], read: Volume, content: str, between: Between | None, *, last: bool
) -> Iterator[Stage]:
    """Do as `walk`, from where an earlier pass has left off.

    Places that begin with the same handed-over volume are one tree, so that no step is done twice: all that lie behind
    that volume begin with it. What lies before others comes first.

    Parameters
    ----------
    places : iterable of tuple of Step
        Fitted and bound.
    read : Volume
        The scan before all steps.
    content : str
        Digest of the scan and of the versions that compute.
    between : Between or None
        What was handed over.
    last : bool
        Whether no other pass comes after, so that volumes are removed when they have been read.
    """
    groups: dict[Steps, list[Steps]] = {}
    for place in places:
        groups.setdefault(between.longest(content, place) if between else (), []).append(place)
    for begun, group in sorted(groups.items(), key=lambda item: len(item[0])):
        found = between.get(content, begun, read) if between and begun else None
        if between and begun and last:
            between.remove(content, begun)
        yield from walk(group, *((found[0], begun, found[1]) if found else (read,)))


def opened_scan(image: Path, sources: Mapping[str, RoiSource], between: Between | None, *, keep: bool) -> OpenedScan:
    """Open a scan as `open_scan` does, unless another pass or task of the run has; keep it for others on request.

    Raises
    ------
    ScanError
        If the image itself cannot be read.
    """
    if between is None:
        return open_scan(image, sources)
    own = {roi: source for roi, source in sources.items() if not isinstance(source, CarriedSource)}
    place = between.place("opened", [str(image), _named(own)])
    kept = between.fetch(place)
    with suppress(*UNTRUSTED, RadharmonyError):
        if kept is not None:
            opened = unpacked(image, *kept)
            if not keep:
                place.unlink(missing_ok=True)
            return opened
    opened = open_scan(image, own, partial(_opened_masks, between, keep))
    if keep:
        between.put(place, *packed(opened))
    return opened


def _opened_masks(between: Between, keep: bool, sources: Mapping[str, MaskSource], grid: Grid) -> OpenedMasks:
    """Open masks, unless another pass has for another scan of the subject; keep them for such on request."""
    place = between.place("masks", [_named(sources), asdict(grid)])
    kept = between.fetch(place)
    with suppress(*UNTRUSTED, RadharmonyError):
        if kept is not None:
            return unpacked_masks(*kept)
    opened = open_masks_once(sources, grid)
    if keep and sources:
        between.put(place, *packed_masks(opened))
    return opened


def _named(sources: Mapping[str, MaskSource | CircleSource]) -> list[list[Any]]:
    """Give what tells ROIs apart."""
    return [[roi, str(source.path), source.chosen] for roi, source in sources.items()]


def carried_sources(scan: Scan) -> dict[str, CarriedSource]:
    """Give the ROIs that are carried to a scan."""
    return {roi: source for roi, source in scan.masks.items() if isinstance(source, CarriedSource)}


def open_for(scan: Scan, between: Between | None, *, keep: bool) -> tuple[OpenedScan, OpenedScan | ScanError | None]:
    """Open a scan, and the one that ROIs are carried from to it; raises `ScanError` if its image cannot be read."""
    opened = opened_scan(scan.image, scan.masks, between, keep=keep)
    carried = carried_sources(scan)
    if not any(isinstance(source.motion, Registered) for source in carried.values()):
        return opened, None
    origin = next(iter(carried.values())).reference
    try:
        return opened, opened_scan(origin, {roi: one.source for roi, one in carried.items()}, between, keep=True)
    except ScanError as error:
        return opened, error


def read_usable(
    scan: Scan, between: Between | None = None, *, keep: bool = False
) -> tuple[Volume, dict[str, ScanError]]:
    """Read a scan with the ROIs that can be used, and say of the others why not; raises as `usable`."""
    return usable(scan, *open_for(scan, between, keep=keep))


def _write(place: Path, about: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a line with the SHA-256 of the rest, a line of JSON, and then the arrays, masks as bits."""
    kinds = [[array.dtype.str, array.shape] for array in arrays]
    temporary = place.with_name(f"{uuid.uuid4().hex}.part")
    try:
        with temporary.open("x+b") as file:
            file.write(bytes(DIGEST))
            file.write(json.dumps({"key": place.name, "about": about, "arrays": kinds}).encode() + b"\n")
            for array in arrays:
                file.write((np.packbits(array) if array.dtype == bool else np.ascontiguousarray(array)).data)
            file.seek(DIGEST)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            file.write(f"{digest}\n".encode())
        temporary.replace(place)  # no fsync: what a power cut leaves is not used
    finally:
        temporary.unlink(missing_ok=True)


def _read(place: Path) -> tuple[Any, list[NDArray[Any]]]:
    with place.open("rb") as file:
        told = file.read(DIGEST)
        if f"{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode() != told:
            raise ValueError("the checksum is wrong")
        file.seek(DIGEST)
        head = json.loads(file.readline())
        if head["key"] != place.name:
            raise ValueError("it is not what it is filed as")
        arrays = []
        for name, shape in head["arrays"]:
            kind, size = np.dtype(name), math.prod(shape)
            data = file.read((size + 7) // 8 if kind.kind == "b" else size * kind.itemsize)
            flat = (
                np.unpackbits(np.frombuffer(data, np.uint8), count=size).astype(bool)
                if kind.kind == "b"
                else np.frombuffer(data, kind)
            )
            arrays.append(flat.reshape(shape))
    return head["about"], arrays


def _clear(place: Path) -> None:
    """Remove the folder with what is ours in it; what is not stays, and so does the folder then."""
    with suppress(OSError):
        if not place.is_symlink():
            for path in list(place.iterdir()):
                if OURS.fullmatch(path.name):
                    path.unlink(missing_ok=True)
            place.rmdir()
