"""Resampling: the same field of view on another voxel size."""

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.image.volume import SPACING_TOLERANCE, Grid, Volume, to_itk
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.registration.rigid import volume_points
from harmonize.steps.regrid import masks_onto, padding_onto, resample_onto

EXTREME_RATIO = 4.0
"""Ratio of old and new spacing above which resampling deserves a warning."""
LARGEST_RATIO = 10.0
"""Old over new spacing, or new over old, above which resampling is refused."""
LEAST_OVERLAP = 0.5
"""Share of the new grid that has to lie in the image."""
LEAST_OF_ROI = 0.99
"""Share of an ROI that the new grid has to hold."""
ORDERS = {"nearest": 0, "linear": 1, "bspline": 3}
"""Order of the spline behind each interpolator."""


def resampled_grid(grid: Grid, spacing: tuple[float | None, float | None, float | None]) -> Grid:
    """Give the grid that covers the same field of view with another spacing.

    The centre of the field of view stays where it is, as IBSI recommends; the number of voxels is rounded up, so the
    new grid reaches over the old one by less than half a new voxel at each end. An axis that has its spacing already
    (to a relative 1e-4), or one voxel only, stays as it is.

    Parameters
    ----------
    grid : Grid
        The grid of the scan.
    spacing : tuple of three floats or None
        Wanted voxel size along x, y, z in mm; None keeps it.

    Returns
    -------
    Grid
        With the same direction.

    References
    ----------
    A. Zwanenburg et al., "Image biomarker standardisation initiative", arXiv:1612.07003, section 2.4.

    Examples
    --------
    >>> resampled_grid(Grid((4, 4, 3)), (2.0, None, 2.0))
    Grid(size=(2, 4, 2), spacing=(2.0, 1.0, 2.0), origin=(0.5, 0.0, 0.0), direction=(1.0, ...))
    """
    size, new_spacing, shift = list(grid.size), list(grid.spacing), np.zeros(3)
    for axis, wanted in enumerate(spacing):
        voxels, old = grid.size[axis], grid.spacing[axis]
        if wanted is None or voxels == 1 or abs(wanted - old) <= SPACING_TOLERANCE * old:
            continue
        size[axis] = max(1, math.ceil(voxels * old / wanted - 1e-6))  # 3 x 0.1 / 0.3 is one voxel, not two
        new_spacing[axis] = wanted
        shift[axis] = ((voxels - 1) * old - (size[axis] - 1) * wanted) / 2
    if not shift.any() and tuple(size) == grid.size:
        return grid
    moved = np.array(grid.origin) + grid.axes @ shift
    return Grid(
        (size[0], size[1], size[2]),
        (new_spacing[0], new_spacing[1], new_spacing[2]),
        (float(moved[0]), float(moved[1]), float(moved[2])),
        grid.direction,
    )


def largest_change(old: Grid, new: Grid) -> tuple[int, float]:
    """Give the axis (x, y, z) along which the voxel size changes most, and by which factor, 1 or more.

    Examples
    --------
    >>> largest_change(Grid((4, 4, 2), (1.0, 1.0, 6.0)), Grid((4, 4, 12)))
    (2, 6.0)
    """
    ratios = [max(a / b, b / a) for a, b in zip(old.spacing, new.spacing, strict=True)]
    axis = max(range(3), key=lambda item: ratios[item])
    return axis, ratios[axis]


def refuse_elsewhere(volume: Volume, new: Grid) -> None:
    """Raise a `ScanError` where an image hardly overlaps with a grid, or the grid cuts an ROI off."""
    inside = sitk.Resample(
        to_itk(np.ones(volume.grid.shape, dtype=np.uint8), volume.grid),
        to_itk(np.zeros(new.shape, dtype=np.uint8), new),
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
    )
    share = float(sitk.GetArrayViewFromImage(inside).mean())
    if share < LEAST_OVERLAP:
        raise ScanError(
            f"{share:.0%} of the reference grid lies in this image, expected at least {LEAST_OVERLAP:.0%}",
            "look whether both show the same place, or give a spacing instead",
        )
    for roi, mask in volume.masks.items():
        places = new.indices(volume_points(mask, volume.grid))
        within = ((places >= -0.5) & (places <= np.array(new.size) - 0.5)).all(axis=1)
        held = float(within.mean()) if within.size else 1.0
        if held < LEAST_OF_ROI:
            raise ScanError(
                f"the reference grid holds {held:.1%} of ROI '{roi}', expected at least {LEAST_OF_ROI:.0%}",
                "leave this scan out, or give a spacing instead",
            )


def refuse_extreme(old: Grid, new: Grid) -> None:
    """Raise a `ScanError` for a change of spacing beyond tenfold along any axis."""
    axis, ratio = largest_change(old, new)
    if ratio > LARGEST_RATIO:
        raise ScanError(
            f"resampling along {'xyz'[axis]} from {old.spacing[axis]:.4g} to {new.spacing[axis]:.4g} mm is a "
            f"change by {ratio:.3g}, expected at most {LARGEST_RATIO:g}",
            "look whether both are in mm, and keep thick slices as they are: spacing [x, y]",
        )


@dataclass(frozen=True)
class Resample:
    """Bring image and masks to a voxel size, or onto the grid of the reference scan.

    Field of view and its centre are kept (`resampled_grid`). Cubic interpolation overshoots at sharp edges, so the
    image may leave its range of intensities a little. An ROI that no new voxel lies in becomes an empty mask, which
    extraction reports. More than a tenfold change of spacing along an axis is refused, as it most often means a
    wrong unit; upsampling thick slices is allowed up to there but adds no information.

    With ``to: reference`` the image is interpolated at the voxels of the same subject's scan under the reference
    condition, by their patient coordinates; whether the subject lies where it lay there is for registration to say.
    Beyond its own outermost voxels the image holds their values. It is refused where less than half of the reference
    grid lies in the image, or the grid does not hold an ROI.

    Parameters
    ----------
    spacing : float, or list of two or three floats or None
        In mm. One number: the same along x, y and z. Two: in plane (x, y), slices stay. Three: along x, y, z.
        None keeps an axis.
    to : {"reference"}, optional
        Instead of a spacing.
    interpolator : {"bspline", "linear", "nearest"}
        For the image; bspline is cubic.
    mask_interpolator : {"linear", "nearest"}
        For the masks; linear takes a voxel in where at least half of the interpolated mask covers it.

    Examples
    --------
    >>> volume = Volume(np.ones((2, 4, 4)), Grid((4, 4, 2), (1.0, 1.0, 6.0)))
    >>> Resample((2.0, 2.0))(volume).grid.spacing
    (2.0, 2.0, 6.0)
    """

    name: ClassVar[str] = "resample"
    title: ClassVar[str] = "resampling"

    spacing: AboveZero | tuple[AboveZero | None, ...] | None = None
    interpolator: Literal["bspline", "linear", "nearest"] = "bspline"
    mask_interpolator: Literal["linear", "nearest"] = "linear"
    to: Literal["reference"] | None = None

    def __post_init__(self) -> None:
        if (self.spacing is None) == (self.to is None):
            raise ValueError(
                "expected either a spacing or `to: reference`, found " + ("both" if self.to else "neither")
            )
        if self.to not in (None, "reference"):
            raise ValueError(f"to is '{self.to}', expected 'reference'")
        if isinstance(self.spacing, tuple) and len(self.spacing) not in (2, 3):
            raise ValueError(f"spacing has {len(self.spacing)} values, expected one, two (x, y) or three (x, y, z)")
        check_limits(self)
        if self.to is None and self._along_axes() == (None, None, None):
            raise ValueError("spacing keeps every axis, expected at least one number")
        if self.interpolator not in ORDERS:
            raise ValueError(f"interpolator is '{self.interpolator}', expected one of {', '.join(ORDERS)}")
        if self.mask_interpolator not in ("linear", "nearest"):
            raise ValueError(f"mask_interpolator is '{self.mask_interpolator}', expected 'linear' or 'nearest'")

    def __call__(self, volume: Volume) -> Volume:
        """Give the volume on its new grid; raises `ScanError` for a change of spacing beyond tenfold."""
        old, new = volume.grid, self.grid(volume.grid, volume.reference)
        refuse_extreme(old, new)
        if new == old or (self.to and not new.differences(old)):
            return volume
        if self.to:
            refuse_elsewhere(volume, new)
        image = resample_onto(volume.image, old, new, ORDERS[self.interpolator])
        masks = masks_onto(volume.masks, old, new, ORDERS[self.mask_interpolator])
        outside = padding_onto(volume.outside, old, new)
        return replace(volume, image=image, grid=new, masks=masks, outside=outside)

    @property
    def needs_reference(self) -> bool:
        """Whether it takes the grid of the reference scan."""
        return self.to is not None

    def grid(self, grid: Grid, reference: Grid | None = None) -> Grid:
        """Give the grid that a scan is brought to; raises `ScanError` where it is the reference's and there is none."""
        if self.to is None:
            return resampled_grid(grid, self._along_axes())
        if reference is None:
            raise ScanError(
                "there is no scan of this subject and sequence under the reference condition to resample to, or it "
                "cannot be read",
                "add or mend it in images.csv, leave this scan out, or give a spacing",
            )
        return reference

    def _along_axes(self) -> tuple[float | None, float | None, float | None]:
        if not isinstance(self.spacing, tuple):
            return self.spacing, self.spacing, self.spacing
        x, y, z = (*self.spacing, None)[:3]
        return x, y, z
