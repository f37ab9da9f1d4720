"""Volumes between two passes: what scans were when a step learned from them, handed over to the pass for features.

Without it the steps before such a step would be done twice for the scans of its cohort. It is a shortcut and nothing
more: where a volume is absent or damaged, or there is no room for it, the steps are done again.
"""

import hashlib
import json
import math
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from experiments.running.store.finished import UNTRUSTED
from experiments.study.plan import Seconds, StepFailure, build_tree, timed_walk
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.errors import RadharmonyError
from harmonize.image.volume import Grid, Volume
from harmonize.steps import AnyStep, describe

FOLDER = ".between"
OURS = re.compile(r"[0-9a-f]{64}\.volume|[0-9a-f]{32}\.part")
SPARE = 0.1
"""Part of the disk that is left free, whatever would be saved."""
WORTH = 100_000_000
"""Bytes that are written and read again in a second on a slow disk: quicker steps are rather done again."""
DIGEST = 65
"""Bytes of the line that a file begins with: the SHA-256 of the rest."""


@dataclass(frozen=True)
class Between:
    """A folder of volumes that lasts as long as the scans of one run.

    Parameters
    ----------
    folder : Path
        Absolute, since workers may have another working directory.
    """

    folder: Path

    def give(self, content: str, steps: Sequence[AnyStep], volume: Volume, spent: Seconds) -> None:
        """Hand a volume over, where that pays and there is room.

        Parameters
        ----------
        content : str
            Digest of the scan and of the versions that compute, from `identify`.
        steps : sequence of Step
            What the volume has passed, fitted and bound.
        volume : Volume
            What is handed over.
        spent : tuple of float
            Seconds that each step took.
        """
        size, place = volume.image.nbytes, self._place(content, steps)
        if sum(spent) * WORTH < size or not volume.image.flags.c_contiguous:  # another layout may sum otherwise
            return
        try:
            disk = shutil.disk_usage(self.folder)
            if disk.free - size >= SPARE * disk.total and not place.exists():
                _write(place, volume, spent)
        except OSError:  # the disk or a quota is full: the room is given back, and without the folder nobody goes on
            _clear(self.folder)

    def longest(self, content: str, steps: tuple[AnyStep, ...]) -> tuple[AnyStep, ...]:
        """Give as many of the first steps as a volume has been handed over for."""
        ends = range(len(steps), 0, -1)
        return next((steps[:end] for end in ends if self._place(content, steps[:end]).is_file()), ())

    def get(self, content: str, steps: Sequence[AnyStep], read: Volume) -> tuple[Volume, Seconds] | None:
        """Give a volume that was handed over and the seconds its steps took; nothing if it cannot be trusted.

        Parameters
        ----------
        content : str
            As it was given.
        steps : sequence of Step
            As they were given.
        read : Volume
            The scan before all steps.
        """
        try:
            return _read(self._place(content, steps), read)
        except (*UNTRUSTED, RadharmonyError):
            return None

    def remove(self, content: str, steps: Sequence[AnyStep]) -> None:
        """Remove a volume that nobody needs any more."""
        with suppress(OSError):
            self._place(content, steps).unlink()

    def _place(self, content: str, steps: Sequence[AnyStep]) -> Path:
        return self.folder / f"{digest_of([content, [describe(step) for step in steps]])}.volume"


@contextmanager
def handing_over(folder: Path) -> Iterator[Between | None]:
    """Let volumes be handed over within a run folder; what a killed run left there is removed before.

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
    strategies: Sequence[Strategy], read: Volume, content: str, between: Between | None, *, last: bool
) -> Iterator[tuple[Strategy, Volume | StepFailure, Seconds]]:
    """Do as `timed_walk`, from where an earlier pass has left off.

    Strategies that begin with the same handed-over volume are one tree, so that no step is done twice: all that pass
    through a place behind that volume begin with it.

    Parameters
    ----------
    strategies : sequence of Strategy
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
    groups: dict[tuple[AnyStep, ...], list[Strategy]] = {}
    for strategy in strategies:
        groups.setdefault(between.longest(content, strategy.steps) if between else (), []).append(strategy)
    for steps, group in groups.items():
        found = between.get(content, steps, read) if between and steps else None
        if between and steps and last:
            between.remove(content, steps)
        volume, spent = found or (read, ())
        rest = {one.name: one for one in group}
        tree = build_tree([replace(one, steps=one.steps[len(spent) :]) for one in group])
        for strategy, stepped, seconds in timed_walk(tree, volume, spent):
            yield rest[strategy.name], stepped, seconds


def _write(place: Path, volume: Volume, spent: Seconds) -> None:
    """Write a line with the SHA-256 of the rest, a line of JSON, and then the voxels."""
    about = {"key": place.stem, "grid": asdict(volume.grid), "rois": list(volume.masks), "spent": spent}
    temporary = place.with_name(f"{uuid.uuid4().hex}.part")
    try:
        with temporary.open("x+b") as file:
            file.write(bytes(DIGEST))
            file.write(json.dumps(about).encode() + b"\n")
            file.write(volume.image.data)
            for mask in volume.masks.values():
                file.write(np.packbits(mask).data)
            file.seek(DIGEST)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            file.write(f"{digest}\n".encode())
        temporary.replace(place)  # no fsync: what a power cut leaves is not used
    finally:
        temporary.unlink(missing_ok=True)


def _read(place: Path, read: Volume) -> tuple[Volume, Seconds]:
    with place.open("rb") as file:
        told = file.read(DIGEST)
        if f"{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode() != told:
            raise ValueError("the checksum is wrong")
        file.seek(DIGEST)
        about = json.loads(file.readline())
        if about["key"] != place.stem:
            raise ValueError("the volume is not the one that it is filed as")
        grid = Grid(**{name: tuple(values) for name, values in about["grid"].items()})
        size = math.prod(grid.shape)
        image = np.frombuffer(file.read(8 * size)).reshape(grid.shape)
        masks = {}
        for roi in about["rois"]:
            bits = np.frombuffer(file.read((size + 7) // 8), np.uint8)
            masks[roi] = np.unpackbits(bits, count=size).reshape(grid.shape).astype(bool)
    return replace(read, image=image, grid=grid, masks=masks), tuple(about["spent"])


def _clear(place: Path) -> None:
    """Remove the folder with what is ours in it; what is not stays, and so does the folder then."""
    with suppress(OSError):
        if not place.is_symlink():
            for path in list(place.iterdir()):
                if OURS.fullmatch(path.name):
                    path.unlink(missing_ok=True)
            place.rmdir()
