"""The picture of the maps of one feature: the slice with the largest part of the ROI, cut to what is around it."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from evaluation.extraction import FeatureMaps
from evaluation.extraction.units import unit_of
from evaluation.figures.feature_map import MapPanel, draw_feature_maps
from evaluation.reliability.voxelwise import BetweenMaps
from experiments.running.pictures.plane import Plane
from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.boxes import bounding_box
from harmonize.image.volume import Volume

AROUND = 1.0
"""Sides of the ROI that are shown on each side of it."""
LEAST = 12
"""Pixels that are shown around it at least."""


def map_picture(
    found: Mapping[str, FeatureMaps],
    volumes: Mapping[str, Volume],
    feature: str,
    title: str,
    compared: BetweenMaps | None,
) -> Figure:
    """Draw the maps of a feature under each condition, and how they differ.

    Parameters
    ----------
    found : mapping of str to FeatureMaps
        By condition.
    volumes : mapping of str to Volume
        The anatomy, by condition; where features were measured on another grid, the ROI stands for it.
    feature, title : str
    compared : BetweenMaps or None
    """

    def panel(condition: str, name: str, values: FloatArray) -> MapPanel:
        one = found[condition]
        axis = int(np.argmax(one.grid.spacing[::-1]))
        sizes = one.mask.sum(axis=tuple(other for other in range(3) if other != axis))
        plane = Plane.of(one.grid, axis, int(np.argmax(sizes)))
        image = volumes[condition].image
        beneath = image if image.shape == one.mask.shape else np.where(one.mask, 0.5, 0.0)
        window = _around(np.asarray(plane.take(one.mask)))
        shown, there = (np.asarray(plane.take(array))[window] for array in (beneath, values))
        return MapPanel(name, shown, there, plane.spacing, plane.left, plane.right)

    panels = [panel(condition, condition, one.maps[feature]) for condition, one in found.items()]
    between = None if compared is None else panel(next(iter(found)), "between", compared.cv)
    return draw_feature_maps(panels, f"{feature} ({unit_of(feature)})", f"{title}: {feature}", between)


def _around(mask: BoolArray) -> tuple[slice, slice]:
    box = bounding_box(mask[None])
    assert box is not None  # noqa: S101  # it is the slice with the largest part of the ROI
    rows, columns = (
        slice(max(side.start - margin, 0), side.stop + margin)
        for side in box[1:]
        for margin in [max(int(AROUND * (side.stop - side.start)), LEAST)]
    )
    return rows, columns
