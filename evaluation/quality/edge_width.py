"""Sharpness: over how many millimetres the intensity rises at the boundary of a region."""

import numpy as np
import scipy
from numpy.lib.stride_tricks import sliding_window_view

from evaluation.quality.measured import Measured, cropped
from harmonize.arrays import BoolArray, FloatArray

REACH = 8.0
"""How far a profile goes to either side of the boundary, in voxels (of the coarser edge in plane)."""
STEP = 0.25
"""Distance of its samples, in voxels."""
PLATEAU = 3.0
"""Its outermost voxels at either end, whose means are 0 and 100 %."""
SHIFT = 2.0
"""By so many voxels the boundary may lie beside the edge."""
WIDEST = 7.0
"""Wider edges, in voxels, do not reach their plateaus within the profile and would read too narrow."""
SOFT = 1.5
"""Standard deviation, in voxels, of the Gaussian that smooths the mask before its gradient is taken."""
REACHED = 7
"""How far from a place it is seen in that gradient: four standard deviations and the next voxel."""
LEAST_CONTRAST = 4.0
"""A profile is an edge where its plateaus differ by so many times their standard deviation about their means."""
FEWEST = 20
"""Fewer edges than this give no width."""
LEAST_SHARE = 0.2
"""And fewer than this share of the places: noise alone makes edges of a few."""
MOST = 1000
"""Of more places of a boundary so many are looked at, evenly chosen."""


def edge_width(slices: FloatArray, mask: BoolArray, spacing: tuple[float, float]) -> Measured:
    """Measure the 10-90 % width of the edge response across the boundary of a region, in its slices.

    Profiles are taken across the boundary (cubic splines), along the gradient of the smoothed mask; those whose ends
    do not differ are no edges. Each is scaled to 0 and 100 % at its ends and shifted so that 50 % lie at 0; the
    median of all profiles at each distance is the edge response.

    Parameters
    ----------
    slices : ndarray of float, shape (slice, row, column)
        Intensities.
    mask : ndarray of bool, same shape
        The region. It need not follow the edge better than to a voxel or two.
    spacing : (float, float)
        Distance of rows and of columns, in mm.

    Returns
    -------
    Measured
        In mm: 2.563 times the standard deviation of a Gaussian blur, if anatomy itself has a step. None below 20
        edges or a fifth of the places, and above seven voxels.

    References
    ----------
    ISO 12233:2017, Photography: electronic still picture imaging, resolution and spatial frequency responses (edge
    response). Richard S, Husarik DB, Yadava G, Murphy SN, Samei E. Towards task-based assessment of CT performance.
    Med Phys 2012;39:4115-4122 (radial edges).

    Examples
    --------
    >>> row, column = np.mgrid[:64, :64] - 31.5
    >>> disc = np.hypot(row, column) < 16
    >>> blurred = scipy.ndimage.gaussian_filter(100.0 * disc, 1.5)
    >>> round(edge_width(blurred[None], disc[None], (1.0, 1.0)).value, 1)
    3.9
    """
    slices, mask = cropped(slices, mask)
    points, normals = _boundary(mask, spacing)
    if len(points) < FEWEST:
        return Measured.none(f"{len(points)} places of the boundary, expected at least {FEWEST}")
    edge = max(spacing)
    along = np.arange(-REACH, REACH + STEP / 2, STEP)
    profiles = _profiles(slices, points, normals * edge / np.array(spacing), along)
    low, high = profiles[:, along <= PLATEAU - REACH], profiles[:, along >= REACH - PLATEAU]
    below, above = low.mean(axis=1), high.mean(axis=1)
    spread = np.sqrt((low.var(axis=1) + high.var(axis=1)) / 2)
    apart = above - below
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = (profiles - below[:, None]) / apart[:, None]
    edges = scaled[np.isfinite(apart) & (np.abs(apart) > LEAST_CONTRAST * spread) & (apart != 0.0)]
    response = _aligned(edges, along)
    least = max(FEWEST, int(LEAST_SHARE * len(points)))
    if len(response) < least:
        return Measured.none(f"{len(response)} edges at {len(points)} places, expected at least {least}")
    inner = np.abs(along) <= REACH - SHIFT - STEP
    return _rise(np.median(response[:, inner], axis=0), along[inner], edge)


def _boundary(mask: BoolArray, spacing: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Give places (slice, row, column) of the rim of a mask, and the direction (row, column) across it in mm."""
    inner = mask.copy()
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:, :, :-1], np.s_[:, :, 1:])):
        inner[one] &= mask[other]
        inner[other] &= mask[one]
    points = np.argwhere(mask & ~inner)
    points = points[np.linspace(0, len(points) - 1, min(len(points), MOST)).astype(int)] if len(points) else points
    here = np.unique(points[:, 0])
    around = np.pad(mask[here], ((0, 0), (REACHED, REACHED), (REACHED, REACHED)), mode="symmetric")
    windows = sliding_window_view(around, (2 * REACHED + 1, 2 * REACHED + 1), axis=(1, 2))
    parts = windows[np.searchsorted(here, points[:, 0]), points[:, 1], points[:, 2]].astype(np.float64)
    soft = scipy.ndimage.gaussian_filter(parts, (0.0, SOFT, SOFT))  # around the places alone
    at, before, after = REACHED, REACHED - 1, REACHED + 1
    normals = np.stack([soft[:, before, at] - soft[:, after, at], soft[:, at, before] - soft[:, at, after]], axis=1)
    normals /= spacing
    length = np.hypot(*normals.T)
    known = length > 0.0
    return points[known].astype(np.float64), normals[known] / length[known, None]


def _profiles(slices: FloatArray, points: FloatArray, steps: FloatArray, along: FloatArray) -> FloatArray:
    """Give the intensities across the boundary, a profile a row; NaN outside the image."""
    found = np.full((len(points), len(along)), np.nan)
    for number in np.unique(points[:, 0]):
        these = points[:, 0] == number
        places = points[these, 1:, None] + steps[these, :, None] * along
        found[these] = scipy.ndimage.map_coordinates(
            slices[int(number)], places.transpose(1, 0, 2), order=3, mode="constant", cval=np.nan
        )
    return found


def _aligned(profiles: FloatArray, along: FloatArray) -> FloatArray:
    """Shift every profile so that it is 50 % at 0, by the crossing next to the boundary; those without one go."""
    half = profiles - 0.5
    crosses = (half[:, :-1] < 0.0) & (half[:, 1:] >= 0.0)
    inside = np.abs(along[:-1] + STEP / 2) < SHIFT
    distance = np.where(crosses & inside, np.abs(along[:-1] + STEP / 2), np.inf)
    first = distance.argmin(axis=1)
    rows = np.flatnonzero(np.isfinite(distance.min(axis=1))) if len(profiles) else np.zeros(0, int)
    at = first[rows]
    shift = along[at] - half[rows, at] / (half[rows, at + 1] - half[rows, at]) * STEP
    return np.array(
        [np.interp(along + s, along, profile) for s, profile in zip(shift, profiles[rows], strict=True)]
    ).reshape(len(rows), len(along))


def _rise(response: FloatArray, along: FloatArray, edge: float) -> Measured:
    """Give the distance from the last place below 10 % before the middle to the first above 90 % after it."""
    low = np.flatnonzero((response < 0.1) & (along < 0.0))
    high = np.flatnonzero((response > 0.9) & (along > 0.0))
    wide = Measured.none(f"the edge is wider than {WIDEST * edge:.3g} mm")
    if not low.size or not high.size:
        return wide
    begin, end = low[-1], high[0]
    first = np.interp(0.1, response[begin : begin + 2], along[begin : begin + 2])
    last = np.interp(0.9, response[end - 1 : end + 1], along[end - 1 : end + 1])
    return wide if last - first > WIDEST else Measured(float(last - first) * edge)
