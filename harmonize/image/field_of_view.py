"""Where an image holds no data: padding, and what lies outside the acquired field of view.

Padding is what a header declares, or a value that no magnitude has and that fills areas at the border. It counts
nowhere. Areas at the border that hold one plain value, most often 0, such as corners that a correction of the gradients
left empty or air that the scanner masked, tell nothing of intensities or noise; as the darkest there is they still part
body from air.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.memory import remembered
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume
from harmonize.remarks import remark

FLAT = 5
"""Voxels along both edges of the square in a slice that has to hold one value; noise of whole numbers does not."""


def blank_areas(image: NDArray[Any], slice_axis: int = 0) -> BoolArray:
    """Find areas of one value that reach the border of their slice.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Intensities.
    slice_axis : int
        Axis of the array that counts the slices.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        True in every area that covers a square of 5 x 5 voxels of one value and is connected with the border through
        such squares.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (1, 20, 20))
    >>> image[:, :6] = 0.0
    >>> image[0, 12, 12] = 0.0
    >>> int(blank_areas(image).sum())
    120
    """
    return remembered(image, (blank_areas, slice_axis), lambda: _blank_areas(image, slice_axis))


def _blank_areas(image: NDArray[Any], slice_axis: int) -> BoolArray:
    found = np.zeros(image.shape, dtype=np.bool_)
    planes, blank = np.moveaxis(image, slice_axis, 0), np.moveaxis(found, slice_axis, 0)
    if min(planes.shape[1:]) >= FLAT:
        for index in np.flatnonzero(_flat_at_the_border(planes)):
            blank[index] = _blank_plane(planes[index])
    return found


def _flat_at_the_border(planes: NDArray[Any]) -> BoolArray:
    """Say which slices have a run of one value along an edge."""
    found = np.zeros(len(planes), dtype=np.bool_)
    for edge in (planes[:, 0], planes[:, -1], planes[:, :, 0], planes[:, :, -1]):
        same = edge[:, 1:] == edge[:, :-1]
        runs = sum(same[:, start : same.shape[1] - (FLAT - 2) + start].astype(np.int8) for start in range(FLAT - 1))
        found |= np.any(runs == FLAT - 1, axis=1)
    return found


def padding_of(image: NDArray[Any], slice_axis: int = 0) -> BoolArray | None:
    """Find padding that no header declares: a negative value that fills areas at the border of a magnitude image.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Intensities.
    slice_axis : int
        Axis of the array that counts the slices.

    Returns
    -------
    ndarray of bool, shape (z, y, x), optional
        Where this value stands; None where the least value is not negative, lies among the others (all others are
        above its half), or fills no area at the border.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (1, 20, 20))
    >>> image[:, :6] = -2000.0
    >>> int(padding_of(image).sum())
    120
    """
    lowest = float(image.min())
    if not lowest < 0:
        return None
    padding: BoolArray = image == lowest
    others = image[~padding]
    if not others.size or float(others.min()) <= lowest / 2 or not (blank_areas(image, slice_axis) & padding).any():
        return None
    return padding


def unpadded(image: FloatArray, outside: BoolArray | None) -> FloatArray:
    """Give an image whose padding holds the least of its other intensities, so that no filter spreads its value.

    Examples
    --------
    >>> unpadded(np.array([-2000.0, 3.0, 5.0]), np.array([True, False, False])).tolist()
    [3.0, 3.0, 5.0]
    """
    if outside is None or outside.all():
        return image
    return np.where(outside, image[~outside].min(), image)


def where_acquired(volume: Volume, image: FloatArray) -> Volume:
    """Give a volume other intensities where it has data; padding and blank areas stay, unless all of it is blank.

    Examples
    --------
    >>> from harmonize.image.volume import Grid
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (1, 20, 20))
    >>> image[:, :6] = 0.0
    >>> found = where_acquired(Volume(image, Grid((20, 20, 1))), image + 7.0).image
    >>> float(found[0, 0, 0]), bool(np.allclose(found[:, 6:], image[:, 6:] + 7.0))
    (0.0, True)
    """
    padding = False if volume.outside is None else volume.outside
    missing = padding | blank_areas(volume.image, infer_slice_axis(volume.grid) or 0)
    if missing.all():
        missing = np.broadcast_to(padding, missing.shape)
    return volume.with_image(np.where(missing, volume.image, image) if missing.any() else image)


def with_data(volume: Volume) -> tuple[Volume, dict[str, ScanError]]:
    """Take out the ROIs that reach into padding, with the reason; and tell of those that reach into blank areas.

    Examples
    --------
    >>> from harmonize.image.volume import Grid
    >>> image = np.ones((1, 2, 2))
    >>> padding = np.array([[[True, False], [False, False]]])
    >>> left, lost = with_data(Volume(image, Grid((2, 2, 1)), {"liver": image > 0}, outside=padding))
    >>> list(left.masks), lost["liver"].problem
    ([], "1 of 4 voxels of ROI 'liver' are padding, where the image has no data")
    """
    failures: dict[str, ScanError] = {}
    blank = blank_areas(volume.image, infer_slice_axis(volume.grid) or 0) if volume.masks else None
    for roi, mask in volume.masks.items():
        padded = 0 if volume.outside is None else int((mask & volume.outside).sum())
        if padded:
            failures[roi] = ScanError(
                f"{padded} of {int(mask.sum())} voxels of ROI '{roi}' are padding, where the image has no data",
                "draw the ROI within the acquired field of view, or leave it out for this scan",
            )
        elif blank is not None and not blank.all() and (lost := mask & blank).any():
            remark(
                "roi_outside_field_of_view",
                f"{int(lost.sum())} of {int(mask.sum())} voxels of ROI '{roi}' lie in areas that hold one value up to "
                f"the border ({volume.image[lost][0]:g}), as outside the acquired field of view",
                "look whether image and mask belong together; draw the ROI where there is signal",
            )
    return replace(volume, masks={roi: mask for roi, mask in volume.masks.items() if roi not in failures}), failures


def _blank_plane(plane: NDArray[Any]) -> BoolArray:
    found = np.zeros(plane.shape, dtype=np.bool_)
    flat = scipy.ndimage.maximum_filter(plane, FLAT, mode="nearest") == scipy.ndimage.minimum_filter(
        plane, FLAT, mode="nearest"
    )
    for value in np.unique(plane[flat]):
        squares = scipy.ndimage.binary_dilation(flat & (plane == value), np.ones((FLAT, FLAT)))
        labels, _ = scipy.ndimage.label(squares)
        edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
        found |= np.isin(labels, np.setdiff1d(edges, [0]))
    return found
