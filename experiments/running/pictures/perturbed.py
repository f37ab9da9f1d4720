"""A scan beside what perturbations make of it: the image with its ROIs, and what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.tables import UNPERTURBED
from experiments.folder.file_names import safe_name
from experiments.folder.files import PICTURES
from experiments.running.between import Between, open_for
from experiments.running.pictures.drawing import draw_each, write_picture
from experiments.running.pictures.listing import Known, as_drawn, content_of
from experiments.running.pictures.montage import Tile
from experiments.running.pictures.plane import Plane
from experiments.running.pictures.scenes import (
    PictureLayout,
    cropped,
    difference_row,
    frame_of,
    grey_row,
    reach_of,
    tile_of,
)
from experiments.running.pictures.slices import Slice, View
from experiments.running.pictures.views import cut_out, largest_slice, view_of
from experiments.running.work import Work
from experiments.study.manifest import Scan
from experiments.study.opened import usable
from experiments.study.perturbations import Draw
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume
from harmonize.remarks import remarks

DRAWING = 1
"""Raise it when pictures are drawn otherwise: those of earlier runs are then drawn again."""
MOST = 8
"""Chains of a picture; of each the first draw is shown."""
AROUND = 0.08
"""Share of the page that is left around the ROIs."""
FOLDER = "perturbations"
"""Within that of the pictures."""
CHOSEN = "perturbed"
"""Why this picture: told apart in the report by it."""
CHANGE = "Change, gain and offset taken out"


def picture_perturbed(
    work: Work, cells: Sequence[tuple[str, str]], per_tile: int, known: Known
) -> list[dict[str, Any]]:
    """Draw scans beside the first draw of each chain of the study, before any step; give what is said of the pictures.

    Parameters
    ----------
    work : Work
        The run.
    cells : sequence of (str, str)
        Subject and sequence of each picture.
    per_tile : int
        Bytes that a tile may have.
    known : Known
        What earlier runs have drawn, which is taken over where it shows the same.
    """
    study, place = work.study, work.run.path(PICTURES)
    draws = list({draw.chain: draw for draw in reversed(study.perturbations)}.values())[::-1][:MOST]
    records: dict[str, dict[str, Any]] = {}
    tasks = []
    for subject, sequence in cells:
        mine = (scan for scan in study.images if scan.key[:2] == (subject, sequence))
        scan = next((one for one in mine if any(one.condition in draw.conditions for draw in draws)), None)
        if scan is None:
            continue
        told = [[draw.name, str(draw.of(scan))] for draw in draws]
        key = digest_of(["perturbed", DRAWING, per_tile, content_of(scan, work.store), list(study.rois), told])
        file = f"{FOLDER}/{safe_name(subject, sequence)}_{key[:8]}.jpg"
        record = {
            "file": file,
            "key": key,
            "subject": subject,
            "sequence": sequence,
            "strategies": [],
            "chosen": CHOSEN,
        }
        drawn = as_drawn(work.run, known, file, key)
        records[file] = drawn or {}
        if drawn is None:
            tasks.append((scan, draws, study.rois, per_tile, place, record, work.between))
    for made in draw_each(work, draw_perturbed, tasks):
        records |= {made["file"]: made} if made else {}
    return [record for record in records.values() if record]


def draw_perturbed(
    scan: Scan,
    draws: Sequence[Draw],
    rois: Sequence[str],
    per_tile: int,
    place: Path,
    record: dict[str, Any],
    between: Between | None = None,
) -> dict[str, Any]:
    """Draw one scan, and give what is said of the picture; nothing where the scan cannot be used."""
    made: dict[str, Volume | str] = {}
    with remarks():  # which the run has told
        try:
            opened, origin = open_for(scan, between, keep=False)
            volume, _ = usable(scan, opened, origin)
        except ScanError:
            return {}
        for draw in draws:
            try:
                made[draw.name] = draw.of(scan)(volume)
            except ScanError as error:
                made[draw.name] = f"cannot be perturbed: {error.problem}"
    title = f"{record['subject']}, {record['sequence']}: perturbed, before any step"
    return write_picture(perturbed_scene(title, volume, made, opened.oriented), rois, per_tile, place, record)


def perturbed_scene(title: str, volume: Volume, perturbed: Mapping[str, Volume | str], oriented: bool) -> PictureLayout:
    """Lay out the slice with the largest area of ROIs, cut to the ROIs: a column for each perturbation.

    Parameters
    ----------
    title : str
        What stands above.
    volume : Volume
        The scan with its ROIs.
    perturbed : mapping of str to Volume or str
        What each perturbation makes of it; a text says why there is nothing.
    oriented : bool
        Whether left and right of the patient are known.
    """
    axis = infer_slice_axis(volume.grid) or 0
    plane = Plane.of(volume.grid, axis, largest_slice(volume, axis))
    body = foreground_mask(volume.image, axis, volume.outside)
    before = cut_out(volume, plane, body)
    made: dict[str, View | str] = {
        name: one if isinstance(one, str) else view_of(volume, body, before, one, plane)
        for name, one in perturbed.items()
    }
    views = [view for view in made.values() if isinstance(view, View)]
    cuts = [before, *(view.after for view in views)]
    frame = frame_of([replace(cut, body=np.zeros_like(cut.body)) for cut in cuts], AROUND)
    sides = (plane.left, plane.right) if oriented else ("", "")

    def tile(one: Slice | str) -> Tile | str:
        return one if isinstance(one, str) else cropped(tile_of(one, sides), frame)

    images = [before, *(one.after if isinstance(one, View) else one for one in made.values())]
    rows = [grey_row("Image", [tile(one) for one in images], cuts)]
    reach = reach_of([view.difference[view.after.body] for view in views])
    if reach > 0:
        changes = [replace(one.after, values=one.difference) if isinstance(one, View) else one for one in made.values()]
        rows.append(difference_row(CHANGE, [tile(one) for one in ("", *changes)], reach))
    note = f"Slice {plane.index + 1} of {volume.grid.shape[axis]}."
    return PictureLayout(title, (UNPERTURBED, *made), tuple(rows), frozenset(volume.masks), (note,))
