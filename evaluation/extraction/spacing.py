"""An ROI and the image around it on voxels of another size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk

from harmonize.arrays import BoolArray
from harmonize.image.boxes import Box
from harmonize.image.volume import Grid, to_itk


def on_spacing(
    image: sitk.Image, mask: BoolArray, box: Box, setting: Mapping[str, Any]
) -> tuple[sitk.Image, BoolArray]:
    """Give an ROI with a margin on voxels of another size, as PyRadiomics does.

    Parameters
    ----------
    image : SimpleITK.Image
    mask : ndarray of bool, shape (z, y, x)
        Voxels of the ROI, on the grid of the image.
    box : tuple of slice
        Where they lie.
    setting : mapping
        PyRadiomics' `resampledPixelSpacing`, `interpolator` and `padDistance`.

    Returns
    -------
    image : SimpleITK.Image
    mask : ndarray of bool, shape (z, y, x)
        By nearest neighbours.

    Notes
    -----
    The corners of both grids coincide, and only what the ROI and its margin need of the new one is computed. A spacing
    of 0 keeps that of the axis, and so does an axis along which the ROI has a single slice.

    Along an axis of two voxels the B-spline is the mirrored one, as along all others: ITK mirrors an index once, which
    leads out of an axis so short, and reads there whatever lies in memory.

    References
    ----------
    PyRadiomics documentation, `radiomics.imageoperations.resampleImage`.
    """
    sides, pad = box[::-1], setting["padDistance"]
    start, stop = (np.array([getattr(side, end) for side in sides]) for end in ("start", "stop"))
    size, given = np.array(image.GetSize()), np.array(image.GetSpacing())
    wanted = np.array(setting["resampledPixelSpacing"])
    wanted = np.where((wanted == 0) | (stop - start == 1), given, wanted)
    if np.allclose(given, wanted):
        low, high = np.maximum(start - pad, 0).tolist(), np.minimum(stop + pad, size).tolist()
        x, y, z = (slice(first, last) for first, last in zip(low, high, strict=True))
        return image[x, y, z], mask[z, y, x]
    ratio = given / wanted
    first = np.maximum(np.floor((start - 0.5) * ratio - pad), 0)
    last = np.minimum(np.ceil((stop - 0.5) * ratio + pad), np.ceil(size * ratio) - 1)
    origin = image.TransformContinuousIndexToPhysicalPoint((0.5 * (wanted - given) / given + first / ratio).tolist())
    place = (last - first + 1).astype(int).tolist(), sitk.Transform()
    onto = origin, wanted.tolist(), image.GetDirection(), 0.0
    resampled = _interpolated(image, getattr(sitk, setting["interpolator"]), place, onto)
    own = sitk.Resample(to_itk(mask, Grid.of(image)), *place, sitk.sitkNearestNeighbor, *onto, sitk.sitkUInt8)
    return resampled, sitk.GetArrayFromImage(own) == 1


def _interpolated(image: sitk.Image, interpolator: int, place: tuple[Any, ...], onto: tuple[Any, ...]) -> sitk.Image:
    """Interpolate by ITK; its B-spline is given the third voxel that it needs along each axis; beyond is 0."""
    if interpolator != sitk.sitkBSpline or 2 not in image.GetSize():
        return sitk.Resample(image, *place, interpolator, *onto, image.GetPixelID())
    array = sitk.GetArrayViewFromImage(image)
    # Two voxels mirrored at both ends repeat each other for ever, and so do three of which the last is like the first.
    longer = np.pad(array, [(0, int(size == 2)) for size in array.shape], mode="reflect")
    grid = Grid.of(image)
    ones = to_itk(np.ones(array.shape, bool), grid)
    within = sitk.Resample(ones, *place, sitk.sitkNearestNeighbor, *onto, ones.GetPixelID())
    done = sitk.Resample(to_itk(longer, grid), *place, interpolator, *onto, image.GetPixelID())
    resampled: sitk.Image = sitk.Mask(done, within)
    return resampled
