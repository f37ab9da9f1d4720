"""Other voxels for the same anatomy: moved, turned, of another size; a chain of them is interpolated once."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.boxes import ROUNDING, Box, beyond, bounding_box, box_on, part_of, widened
from harmonize.image.slices import SliceAxis, infer_slice_axis, slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.inputs.limits import Share, check_limits
from harmonize.registration.rigid import volume_points
from harmonize.remarks import remark
from harmonize.steps.regrid import masks_onto, padding_onto, places_along, resample_onto
from harmonize.steps.resample import ORDERS, Resample, refuse_extreme

SUPPORT = 24
"""Voxels around a place after which cubic splines have forgotten the image: 0.268 to that power is 2e-14."""
TRUNCATED = 4.0
"""Standard deviations after which a Gaussian is cut off."""


@dataclass(frozen=True, kw_only=True)
class OtherGrid:
    """What perturbations share that measure the same anatomy at other voxels.

    Parameters
    ----------
    interpolator : {"bspline", "linear", "nearest"}
        For the image; bspline is cubic, as for the step `resample`.
    mask_interpolator : {"linear", "nearest"}
        For the masks; linear takes a voxel in where at least half of the interpolated mask covers it.
    smoothing : float
        Of the image before interpolation, against aliasing: by a Gaussian of the standard deviation of
        sqrt(-8 ln smoothing) new voxels, as [1]_; 1 does not smooth, MIRP has .98.

    References
    ----------
    .. [1] A. Zwanenburg et al., "Assessing robustness of radiomic features by image perturbation", Scientific Reports
       9:614, 2019, supplement.
    """

    interpolator: Literal["bspline", "linear", "nearest"] = "bspline"
    mask_interpolator: Literal["linear", "nearest"] = "linear"
    smoothing: Share = 1.0

    def __post_init__(self) -> None:
        check_limits(self)
        if self.interpolator not in ORDERS:
            raise ValueError(f"interpolator is '{self.interpolator}', expected one of {', '.join(ORDERS)}")
        if self.mask_interpolator not in ("linear", "nearest"):
            raise ValueError(f"mask_interpolator is '{self.mask_interpolator}', expected 'linear' or 'nearest'")

    def grid(self, grid: Grid, reference: Grid | None = None) -> Grid:
        """Give the grid that a scan is brought to."""
        raise NotImplementedError

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the volume on its other voxels; an ROI of which any part left them has an empty mask."""
        return brought([self], volume)


def across_planes(grid: Grid, named: SliceAxis = "auto") -> int:
    """Give the axis (0 for x, 2 for z) that counts slices: as named, or inferred, and z where the grid does not tell.

    Examples
    --------
    >>> across_planes(Grid((8, 3, 8), (1.0, 5.0, 1.0))), across_planes(Grid((8, 8, 8)))
    (1, 2)
    """
    return 2 - ((infer_slice_axis(grid) or 0) if named == "auto" else slice_axis(grid, named))


def together(one: object, other: object) -> bool:
    """Tell whether two perturbations or steps of a chain are interpolated as one.

    Examples
    --------
    >>> together(OtherGrid(), Resample(2.0)), together(OtherGrid(), Resample(2.0, "linear"))
    (True, False)
    """
    return _way(one) is not None and _way(one) == _way(other)


def _way(one: object) -> tuple[str, str, float] | None:
    match one:
        case OtherGrid():
            return one.interpolator, one.mask_interpolator, one.smoothing
        case Resample():
            return one.interpolator, one.mask_interpolator, 1.0
    return None


def brought(
    chain: Sequence[OtherGrid | Resample], volume: Volume, margin: float | None = None, *, again: bool = False
) -> Volume:
    """Bring a volume to the voxels at which a chain ends, by one interpolation.

    Parameters
    ----------
    chain : sequence of OtherGrid or Resample
        One or more; the first says how to interpolate.
    volume : Volume
        The scan.
    margin : float, optional
        Give only the part of the new grid around all ROIs, with so many mm of it on each side; what is given is the
        same.
    again : bool
        Whether this image is likely to be interpolated again, so that splines through it are found once.

    Returns
    -------
    Volume
        Where voxels lie outside the field of view of the scan, they hold its outermost values, and are `outside`. An
        ROI any part of which lies in no new voxel has an empty mask, and `lost` says how much of it.

    Raises
    ------
    ScanError
        If the spacing changes more than tenfold.

    Examples
    --------
    >>> volume = Volume(np.arange(4.0).reshape(1, 1, 4), Grid((4, 1, 1)))
    >>> brought([Resample((2.0, None, None), "linear")], volume).image
    array([[[0.5, 2.5]]])
    """
    old = new = volume.grid
    for one in chain:
        new = one.grid(new, volume.reference)
    refuse_extreme(old, new)
    gone = {name: share for name, mask in volume.masks.items() if (share := _share_beyond(mask, old, new))}
    lost = {name: _told(name, share) for name, share in gone.items()}
    kept = {name: np.zeros_like(mask) if name in lost else mask for name, mask in volume.masks.items()}
    box = None if margin is None else _around(kept.values(), old, new, margin)
    if box is not None:
        new = part_of(new, box)
    interpolator, mask_interpolator, smoothing = _way(chain[0]) or ("", "", 1.0)
    wide = math.sqrt(-8 * math.log(smoothing))
    sigma = [
        wide * there / here if size > 1 else 0.0
        for size, here, there in zip(old.shape, old.spacing[::-1], new.spacing[::-1], strict=True)
    ]
    masks = masks_onto(kept, old, new, ORDERS[mask_interpolator])
    outside = padding_onto(volume.outside, old, new)
    off = beyond(new, old)
    if off is not None:
        masks = {name: mask & ~off for name, mask in masks.items()}
        outside = off if outside is None else outside | off
    image = _interpolated(volume.image, old, new, ORDERS[interpolator], sigma, again=again)
    return replace(volume, image=image, grid=new, masks=masks, outside=outside, lost={**volume.lost, **lost})


def _share_beyond(mask: BoolArray, old: Grid, new: Grid) -> float:
    """Give the share of voxels of an ROI whose centres lie in no voxel of the new grid."""
    box = bounding_box(mask)
    if box is None:
        return 0.0
    ends = [(side.start, side.stop - 1) for side in reversed(box)]
    corners = new.indices(old.points(list(itertools.product(*ends))))
    if not _in_no_voxel(corners, new).any():
        return 0.0
    return float(_in_no_voxel(new.indices(volume_points(mask, old)), new).mean())


def _in_no_voxel(places: FloatArray, grid: Grid) -> BoolArray:
    return np.asarray(((places < -0.5 - ROUNDING) | (places > np.array(grid.size) - 0.5 + ROUNDING)).any(axis=1))


def _told(name: str, share: float) -> ScanError:
    """Say that an ROI is lost, at once and for failures.csv."""
    problem = f"{share:.1%} of ROI '{name}' lies outside the field of view that a perturbation moved or turned"
    advice = "the ROI is left out of this perturbation; ask for smaller angles or shifts"
    remark("roi_left_the_field_of_view", problem, advice)
    return ScanError(problem, advice)


def _around(masks: Iterable[BoolArray], old: Grid, new: Grid, margin: float) -> Box | None:
    """Give the box of the new grid around all ROIs with a margin in mm; none where there is no ROI in it."""
    found = [box_on(box, old, new, rim=1.0) for mask in masks if (box := bounding_box(mask)) is not None]
    boxes = [box for box in found if box is not None]
    if not boxes:
        return None
    z, y, x = (slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in range(3))
    along_z, along_y, along_x = (margin / step for step in new.spacing[::-1])
    return widened((z, y, x), (along_z, along_y, along_x), new)


def _interpolated(
    image: FloatArray, old: Grid, new: Grid, order: int, sigma: Sequence[float], *, again: bool
) -> FloatArray:
    """Smooth and interpolate what of the image is near the new grid."""
    whole = (slice(0, new.shape[0]), slice(0, new.shape[1]), slice(0, new.shape[2]))
    near = box_on(whole, new, old, rim=1.0)
    if near is not None and (any(sigma) or not again or places_along(old, new) is not None):
        reach = [SUPPORT + TRUNCATED * wide for wide in sigma]
        near = widened(near, (reach[0], reach[1], reach[2]), old)
        image, old = image[near], part_of(old, near)
    if any(sigma):
        image = scipy.ndimage.gaussian_filter(image, sigma, mode="nearest", truncate=TRUNCATED)
    return resample_onto(image, old, new, order)
