"""A scan beside what perturbations make of it: the image with its ROIs, and what changed."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

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
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume

UNPERTURBED = "unperturbed"
AROUND = 0.08
"""Share of the page that is left around the ROIs."""
CHANGE = "Change, gain and offset taken out"


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
