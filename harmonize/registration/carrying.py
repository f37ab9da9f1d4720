"""ROIs of the reference scan on the grid of another: organs are interpolated, circles and spheres are drawn anew."""

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.circles import Circle, circle_at, circle_mask, index_of, slice_axis_of
from harmonize.image.volume import Grid
from harmonize.registration.rigid import Rigid, carry_mask, carry_share, move_indices

ALWAYS_LOST, SURFACE_LOST, MOST_LOST = 0.05, 6.0, 0.5
"""An organ of n voxels may lose 0.05 + 6 n^(-2/3) of its volume, and never more than half: ellipsoids within the image,
turned by up to 5 degrees and moved by 4 mm, lost at most 0.30 (n = 60), 0.20 (200), 0.08 (600), 0.04 (2000) and 0.01
(8000) to interpolation alone, with slices of 1 to 6 mm."""


def allowed_loss(voxels: int) -> float:
    """Give the share of its volume that an organ of so many voxels may lose by being carried.

    Interpolation gives and takes voxels at the surface, and small organs lose more for their size: 5 % and six over
    the number of voxels to the power of two thirds, at most half.

    Examples
    --------
    >>> [round(allowed_loss(10**power), 2) for power in (2, 3, 4, 5)]
    [0.33, 0.11, 0.06, 0.05]
    """
    return min(ALWAYS_LOST + SURFACE_LOST / float(np.cbrt(voxels)) ** 2, MOST_LOST)


def carry_organ(mask: BoolArray, reference: Grid, transforms: tuple[Rigid, ...], grid: Grid, axis: int) -> BoolArray:
    """Carry a drawn organ, see `carry_mask`, and refuse it where too little is left.

    Raises
    ------
    ScanError
        If it lost more of its volume than `allowed_loss` says.
    """
    carried = carry_mask(mask, reference, transforms, grid, axis)
    before = float(mask.sum() * np.prod(reference.spacing))
    after = float(carried.sum() * np.prod(grid.spacing))
    voxels = int(mask.sum())
    least = 1 - allowed_loss(voxels) if voxels else 0.0
    if after < least * before:
        raise ScanError(
            f"{after / before:.0%} of the volume of the ROI ({after:.4g} of {before:.4g} mm3) is left after it was "
            f"carried, expected at least {least:.0%} for {voxels} voxels",
            "look whether this scan holds all of the organ; draw the ROI on it, or leave it out",
        )
    return carried


def carry_circle(
    circle: Circle,
    reference: Grid,
    transforms: tuple[Rigid, ...],
    grid: Grid,
    axis: int,
    boundary: BoolArray | None = None,
) -> BoolArray:
    """Move the centre of a circle or sphere to another scan, and draw it anew there.

    The centre keeps its place within its voxel: it goes to the nearest place of the other grid that has the same, so
    that on grids of one voxel size the ROI has the same number of voxels wherever it goes. As everywhere, a circle
    lies in one slice, and a diameter in pixels counts pixels of the image that is drawn on. The border of the image
    cuts off what is beyond it. A circle that its boundary cuts on the reference keeps the same share of its voxels:
    those that the carried boundary covers most.

    Parameters
    ----------
    circle : Circle
        As it is placed on the reference.
    reference : Grid
        Of the reference scan.
    transforms : tuple of Rigid
        From the reference to the other scan: one in three dimensions, or one for every slice.
    grid : Grid
        Of the other scan.
    axis : int
        Axis of the array that counts the slices; of no meaning in three dimensions.
    boundary : ndarray of bool, optional
        On the grid of the reference.

    Raises
    ------
    ScanError
        If it cannot be drawn on the reference, or its centre leaves the image.

    Examples
    --------
    >>> grid = Grid((64, 64, 5), (0.8, 0.8, 5.0))
    >>> up = Rigid(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (0.3, 0.0, 1.5))
    >>> int(carry_circle(Circle((30.0, 30.0, 2.0), 15.0), grid, (up,), grid, 0).sum())
    177
    """
    drawn = circle_mask(circle, reference, boundary)
    start = index_of(circle, reference)
    if circle.shape == "circle":
        along = 2 - slice_axis_of(circle, reference)
        start[along] = np.clip(np.floor(start[along] + 0.5), 0, reference.size[along] - 1)
    (moved,) = move_indices(start[None], reference, transforms, grid, axis)
    size = np.array(grid.size)
    if not np.all((moved >= -0.5) & (moved <= size - 0.5)):
        place, by = ", ".join(f"{value:.4g}" for value in moved), " x ".join(map(str, grid.size))
        raise ScanError(
            f"the centre of the {circle.shape} is carried to voxel ({place}), which is not in the image of {by} voxels",
            "look whether this scan holds the site; place the circle on it, or leave it out",
        )
    within = _on_other_axes(start - np.floor(start + 0.5), reference, grid)
    whole = np.clip(np.floor(moved - within + 0.5), 0, size - 1)
    carried = circle_mask(circle_at(circle, whole + within, grid), grid, least=0.0)
    if boundary is None:
        return carried
    covered = carry_share(boundary, reference, transforms, grid, axis)[carried]
    share = int(drawn.sum()) / int(circle_mask(circle, reference).sum())
    kept = np.zeros(covered.shape, dtype=np.bool_)
    kept[np.argsort(-covered, kind="stable")[: round(share * covered.size)]] = True
    carried[carried] = kept
    return carried


def _on_other_axes(values: FloatArray, reference: Grid, grid: Grid) -> FloatArray:
    """Give values along the axes of one grid along those of another, each to the axis that it lies closest to."""
    from scipy.optimize import linear_sum_assignment  # only here: loading it takes long

    cosines = grid.axes.T @ reference.axes
    rows, columns = linear_sum_assignment(-np.abs(cosines))
    turned: FloatArray = np.where(cosines[rows, columns] < 0, -1.0, 1.0) * values[columns]
    return turned
