"""Rigid registration of a scan to the reference scan of the same subject, and whether it can be trusted."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from harmonize.checks import check_above_zero
from harmonize.errors import ScanError
from harmonize.registration_pair import Motion, Pair, find_motion, one_thread
from harmonize.rigid import Rigid, carry_mask, refuse_other_slices
from harmonize.rigid_search import Metric
from harmonize.slices import SliceAxis, check_planes, infer_slice_axis, slice_axis
from harmonize.volume import BoolArray, Grid, Volume

LEAST_ALONG_AXIS = 4
"""ITK's gradients need as many."""
LEAST_INSIDE = 0.95
"""Share of the ROI that has to land in the image."""
ADVICE = "draw the ROIs on this scan, or widen the limits if the motion is real"


@dataclass(frozen=True)
class Registration:
    """How ROIs are carried from the reference to the other conditions.

    Parameters
    ----------
    dimension : {2, 3}
        2: every slice that an ROI lies in by itself, in plane, which needs the same slices in both scans; 3: the whole
        volume at once.
    metric : {"mutual_information", "correlation"}
        Mattes' mutual information, for scans of other contrast, or the normalized correlation.
    margin : float, optional
        The scans are compared within so many mm of the ROIs; None: everywhere.
    each : {"scan", "roi"}
        Whether all ROIs of a scan move as one, or each is registered by itself.
    most_translation : float
        Mean displacement of the ROIs in mm above which the registration is refused.
    most_rotation : float
        Rotation in degrees above which it is refused.
    most_residual : float, optional
        Mean distance in mm, over the voxels of the ROIs, that going to the other scan and coming back by a second,
        independent registration may leave. None: the longest voxel edge of the reference in the dimensions registered.
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices; ``"auto"`` infers it (`harmonize.slices`).

    Examples
    --------
    >>> Registration(dimension=2, metric="correlation").most_rotation
    15.0
    """

    dimension: Literal[2, 3] = 3
    metric: Metric = "mutual_information"
    margin: float | None = 20.0
    each: Literal["scan", "roi"] = "scan"
    most_translation: float = 30.0
    most_rotation: float = 15.0
    most_residual: float | None = None
    slice_axis: SliceAxis = "auto"

    def __post_init__(self) -> None:
        check_above_zero(self, "margin", "most_translation", "most_rotation", "most_residual")
        check_planes(self.dimension, self.slice_axis)


@dataclass(frozen=True)
class Registered:
    """A registration that passed, and what it says about the motion between the scans.

    Parameters
    ----------
    transforms : tuple of Rigid
        From the reference to the scan: one, or one for every slice of the ROIs.
    axis : int
        Axis of the array that counts the slices.
    translation, rotation : float
        Mean displacement of the ROIs in mm, and rotation in degrees; of the slice that moves most.
    residual : float
        Mean distance in mm left by going there and back; of the slice where it is largest.
    overlap : float
        Dice coefficient of the ROIs carried and not moved: 1 where nothing moved.
    metric_before, metric_after : float
        Of the scans as they lie and registered, as SimpleITK minimizes it; mean over the slices. Equal where nothing
        better than no motion was found.
    """

    transforms: tuple[Rigid, ...]
    axis: int
    translation: float
    rotation: float
    residual: float
    overlap: float
    metric_before: float
    metric_after: float


def register(reference: Volume, scan: Volume, region: BoolArray, settings: Registration) -> Registered:
    """Find the rigid motion from the reference to another scan, and refuse one that cannot be trusted.

    The search starts where the headers place the scans and goes from coarse to fine over all voxels near the ROIs;
    what a level finds counts only if it improves the metric at full resolution. It involves no chance. The residual
    is that of inverse consistency: a second registration, from the scan to the reference and from the start again,
    ought to lead back.

    Parameters
    ----------
    reference, scan : Volume
        The two images.
    region : ndarray of bool, shape (z, y, x)
        The ROIs on the grid of the reference.
    settings : Registration
        How to search, and what to refuse.

    Returns
    -------
    Registered
        The motion.

    Raises
    ------
    ScanError
        If the motion or the residual are beyond their limits, the images do not overlap there, or the ROIs leave the
        image.

    References
    ----------
    D. Mattes et al., "PET-CT image registration in the chest using free-form deformations", IEEE Trans. Med. Imaging
    22 (2003) 120-128. G. E. Christensen, H. J. Johnson, "Consistent image registration", IEEE Trans. Med. Imaging 20
    (2001) 568-582.

    Examples
    --------
    >>> from scipy import ndimage
    >>> rng = np.random.default_rng(0)
    >>> image = ndimage.gaussian_filter(rng.normal(100.0, 50.0, (1, 80, 80)), (0, 4, 4))
    >>> grid, region = Grid((80, 80, 1)), np.zeros((1, 80, 80), bool)
    >>> region[0, 30:50, 30:50] = True
    >>> moved = Volume(np.roll(image, 3, axis=2), grid)
    >>> found = register(Volume(image, grid), moved, region, Registration(2, "correlation"))
    >>> round(found.translation, 1), round(found.overlap, 2)
    (3.0, 0.85)
    """
    if not region.any():
        raise ScanError("there is no ROI to carry: all are empty on the reference", "draw them there")
    if settings.dimension == 3:
        axis = infer_slice_axis(reference.grid) or 0
        _refuse_thin(reference.grid, scan.grid)
        pairs = [Pair.of_volumes(reference, scan, region)]
    else:
        axis = slice_axis(reference.grid, settings.slice_axis)
        refuse_other_slices(scan.grid, reference.grid, axis)
        others = tuple(item for item in range(3) if item != axis)
        indices = map(int, np.flatnonzero(region.any(axis=others)))
        pairs = [Pair.of_slices(reference, scan, region, axis, index) for index in indices]
    motions = []
    with one_thread():
        for pair in pairs:
            motions.append(find_motion(pair, settings.metric, settings.margin))
            _refuse_unlikely(motions[-1], pair, settings)
    transforms = tuple(motion.transform for motion in motions)
    carried = carry_mask(region, reference.grid, transforms, scan.grid, axis)
    still = tuple(_still(transform) for transform in transforms)
    unmoved = carry_mask(region, reference.grid, still, scan.grid, axis)
    _refuse_outside(region, reference.grid, carried, scan.grid)
    both = int(carried.sum()) + int(unmoved.sum())
    return Registered(
        transforms,
        axis,
        translation=max(motion.translation for motion in motions),
        rotation=max(transform.degrees for transform in transforms),
        residual=max(motion.residual for motion in motions),
        overlap=2 * int((carried & unmoved).sum()) / both,
        metric_before=float(np.mean([motion.metric_before for motion in motions])),
        metric_after=float(np.mean([motion.metric_after for motion in motions])),
    )


def _refuse_thin(*grids: Grid) -> None:
    for grid in grids:
        if min(grid.size) < LEAST_ALONG_AXIS:
            size = " x ".join(map(str, grid.size))
            raise ScanError(
                f"{size} voxels, expected at least {LEAST_ALONG_AXIS} along each axis to register in space",
                "register slice by slice: dimension: 2",
            )


def _refuse_unlikely(motion: Motion, pair: Pair, settings: Registration) -> None:
    limit = settings.most_residual or max(pair.fixed.GetSpacing())
    values = (
        ("moves the ROIs by", motion.translation, settings.most_translation, "mm"),
        ("turns them by", motion.transform.degrees, settings.most_rotation, "degrees"),
        ("does not lead back: there and back again leaves", motion.residual, limit, "mm"),
    )
    for what, value, most, unit in values:
        if not value <= most:
            raise ScanError(
                f"the registration{pair.where} {what} {value:.3g} {unit}, expected at most {most:.3g}", ADVICE
            )


def _refuse_outside(region: BoolArray, reference: Grid, carried: BoolArray, grid: Grid) -> None:
    before = float(region.sum() * np.prod(reference.spacing))
    after = float(carried.sum() * np.prod(grid.spacing))
    if after < LEAST_INSIDE * before:
        raise ScanError(
            f"{after / before:.0%} of the volume of the ROIs ({after:.4g} of {before:.4g} mm3) is left after they were "
            f"carried, expected at least {LEAST_INSIDE:.0%}",
            "look whether this scan holds all of the organ; draw the ROIs on it, or leave it out",
        )


def _still(transform: Rigid) -> Rigid:
    size = len(transform.offset)
    return Rigid(tuple(tuple(map(float, row)) for row in np.eye(size)), (0.0,) * size, transform.slice)
