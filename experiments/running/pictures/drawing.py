"""The pictures of one subject: drawn as montages, small enough for their part of the budget, and written."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from experiments.folder.writing import write_bytes
from experiments.running.between import Between
from experiments.running.pictures.montage import montage
from experiments.running.pictures.raster import to_jpeg
from experiments.running.pictures.scenes import PictureLayout, scene
from experiments.running.pictures.slices import ScanViews
from experiments.running.pictures.views import scan_views
from experiments.running.tasks import each
from experiments.running.work import Work
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from harmonize.errors import ScanError

T = TypeVar("T")
Key = tuple[str, str, str]
"""Strategy, sequence and subject."""

LARGEST, SMALLEST = 240, 96
"""Pixels of a tile."""
BYTES_PER_PIXEL = 0.22
"""Of usual scans, as JPEG of the best of these qualities; tiles are made so small that these keep to the budget."""
QUALITIES = (82, 70, 55, 40, 25)
"""Of JPEG: a picture that is larger than its part of the budget, such as one of noise, is written less well."""


@dataclass(frozen=True)
class Todo:
    """A picture that is to be drawn: the strategy, what it is known by, and its file."""

    strategy: Strategy
    key: str
    file: str


def draw_each(work: Work, draw: Callable[..., dict[T, Any]], tasks: Sequence[tuple[Any, ...]]) -> list[dict[T, Any]]:
    """Draw what there is to draw where a run computes; of a subject that no worker survived there is no picture."""
    told = work.told("pictures")
    if tasks:
        told(0, len(tasks))
    return each(work.executor, draw, tasks, work.store, lambda done: told(done, len(tasks)), lambda *_: {})


def draw_subject(
    scans: Sequence[Scan | str],
    todo: Sequence[Todo],
    rois: Sequence[str],
    reference: str,
    per_tile: int,
    place: Path,
    between: Between | None = None,
) -> dict[Key, dict[str, Any]]:
    """Draw one subject and sequence under all conditions, a picture for each strategy.

    Parameters
    ----------
    scans : sequence of Scan or str
        The reference first; the name of the condition where there is no scan.
    todo : sequence of Todo
        With strategies fitted and bound to the sequence.
    rois : sequence of str
        All of the study.
    reference : str
        The reference condition.
    per_tile : int
        Bytes that a tile may have.
    place : Path
        Folder of the pictures.
    between : Between, optional
        The slices that scans have handed over.

    Returns
    -------
    dict
        For each strategy, sequence and subject what is said of its picture.
    """
    subject, sequence, _ = next(scan for scan in scans if isinstance(scan, Scan)).key
    views = _views(scans, [one.strategy for one in todo], reference, between)
    records = {}
    for one in todo:
        found = scene(views, one.strategy, f"{one.strategy.name}, {subject}, {sequence}")
        record = {"file": one.file, "key": one.key, "subject": subject, "sequence": sequence}
        records[one.strategy.name, sequence, subject] = write_picture(found, rois, per_tile, place, record)
    return records


def _views(
    scans: Sequence[Scan | str], strategies: Sequence[Strategy], reference: str, between: Between | None
) -> dict[str, ScanViews | str]:
    views: dict[str, ScanViews | str] = {}
    like: ScanViews | None = None
    for scan in scans:
        if isinstance(scan, str):
            views[scan] = "no scan"
            continue
        try:
            found = scan_views(scan, strategies, like, between)
        except ScanError as error:
            views[scan.condition] = f"cannot be used: {error.problem.removeprefix(f'{scan.image}: ')}"
            continue
        views[scan.condition] = found
        if scan.condition == reference:
            like = found
    return views


def write_picture(
    found: PictureLayout, rois: Sequence[str], per_tile: int, place: Path, record: dict[str, Any]
) -> dict[str, Any]:
    """Write one picture as `record["file"]`, with no more bytes than its tiles may have; add what is said of it."""
    seen = [roi for roi in rois if roi in found.rois]
    size = int(min(LARGEST, max(SMALLEST, (per_tile / BYTES_PER_PIXEL) ** 0.5)))
    pixels = montage(found.title, found.columns, found.rows, seen, size)
    allowed = per_tile * len(found.columns) * len(found.rows)
    for quality in QUALITIES:
        content = to_jpeg(pixels, quality)
        if len(content) <= allowed:
            break
    write_bytes(place / record["file"], content)
    height, width = pixels.shape[:2]
    return {
        **record,
        "sha256": hashlib.sha256(content).hexdigest(),
        "width": width,
        "height": height,
        "conditions": list(found.columns),
        "rois": seen,
        "rows": [row.title for row in found.rows],
        "notes": list(found.notes),
    }
