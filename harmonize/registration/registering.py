"""Rigid registration of a scan to the reference scan of the same subject, and whether it can be trusted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
from harmonize.image.slices import SliceAxis, check_planes, infer_slice_axis, slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.registration.rigid import Metric, Rigid, move_indices, refuse_other_slices

if TYPE_CHECKING:
    from harmonize.registration.pair import Motion, Pair

LEAST_ALONG_AXIS = 4
"""ITK's gradients need as many."""
ADVICE = "draw the ROIs on this scan, or widen the limits if the motion is real"
UNCHECKED = "is not certain: it cannot be checked, as one of the scans shows nothing around the ROIs"
Known = Literal["search", "same image", "same acquisition"]


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
        Distance in mm that searches which ought to agree (see `register`) may place the centre of an ROI apart. None:
        the shortest voxel edge of the reference, which is one voxel in plane.
    same_acquisition : {"still", "search"}
        Whether a scan that was made from the raw data of the reference, on its grid, is known to lie where that lies
        or registered like any other. Headers have to leave no doubt (`harmonize.protocol.acquisition`).
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices; ``"auto"`` infers it (`harmonize.image.slices`).

    Examples
    --------
    >>> Registration(dimension=2, metric="correlation").most_rotation
    15.0
    """

    dimension: Literal[2, 3] = 3
    metric: Metric = "mutual_information"
    margin: AboveZero | None = 20.0
    each: Literal["scan", "roi"] = "scan"
    most_translation: AboveZero = 30.0
    most_rotation: AboveZero = 15.0
    most_residual: AboveZero | None = None
    same_acquisition: Literal["still", "search"] = "still"
    slice_axis: SliceAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)
        check_planes(self.dimension, self.slice_axis)


@dataclass(frozen=True)
class Registered:
    """The motion between two scans, and what speaks for it.

    Parameters
    ----------
    transforms : tuple of Rigid
        From the reference to the scan: one, or one for every slice of the ROIs.
    axis : int
        Axis of the array that counts the slices.
    translation, rotation : float
        Mean displacement of the ROIs in mm, and rotation in degrees; of the slice that moves most.
    residual : float, optional
        Largest distance in mm between this motion and those that ought to agree with it, at any centre of the ROIs;
        None where those cannot be looked for, as one scan is flat, which is refused.
    overlap : float
        Dice coefficient of the ROIs carried and not moved: 1 where nothing moved.
    metric_before, metric_after : float
        Of the scans as they lie and registered, as SimpleITK minimizes it; mean over the slices. Equal where nothing
        better than no motion was found.
    by : {"search", "same image", "same acquisition"}
        How it is known. Nothing is searched where the scans are one image, or of one acquisition (if so asked for).
    """

    transforms: tuple[Rigid, ...]
    axis: int
    translation: float
    rotation: float
    residual: float | None
    overlap: float
    metric_before: float
    metric_after: float
    by: Known = "search"


class RefusedMotionError(ScanError):
    """A motion was found and is beyond the limits.

    Parameters
    ----------
    problem, advice : str
        As of every `ScanError`; the problem names every limit that is passed.
    found : Registered
        The motion, to be looked at and never used.
    beyond : tuple of str
        Which values are beyond their limits: ``"residual"``, ``"translation"``, ``"rotation"``.
    """

    def __init__(self, problem: str, advice: str, found: Registered, beyond: tuple[str, ...]) -> None:
        super().__init__(problem, advice)
        self.found, self.beyond = found, beyond

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the parts, so that the error survives the way back from a worker process."""
        return type(self), (self.problem, self.advice, self.found, self.beyond)


def register(
    reference: Volume,
    scan: Volume,
    region: BoolArray,
    settings: Registration,
    *,
    same_acquisition: bool = False,
    told: Callable[[str], object] = str,
) -> Registered:
    """Find the rigid motion from the reference to another scan, and refuse one that cannot be trusted.

    The search (`search_motion`) takes intensities to be related by a line (correlation) or by any function; what it
    finds counts only if the metric prefers it to no motion. It involves no chance. It is then held against what ought
    to agree with it: a second search from the scan back to the reference, fits by the other relation and to either
    half along each axis of what both scans show, and other motions that explain the scans nearly as well. The residual
    is the largest distance between any of them at the centres of the ROIs (of each connected part).

    Parameters
    ----------
    reference, scan : Volume
        The two images.
    region : ndarray of bool, shape (z, y, x)
        The ROIs on the grid of the reference.
    settings : Registration
        How to search, and what to refuse.
    same_acquisition : bool
        Whether both were made from the same raw data, for settings that do not search then.
    told : callable
        Called with what begins: the search, the way back and the checks, of one slice after the other.

    Returns
    -------
    Registered
        The motion.

    Raises
    ------
    RefusedMotionError
        If the motion or the residual are beyond their limits.
    ScanError
        If the images do not overlap there, or do not have what the settings ask for.

    References
    ----------
    A. Roche et al., "The correlation ratio as a new similarity measure for multimodal image registration", MICCAI
    (1998) 1115-1124. D. Mattes et al., "PET-CT image registration in the chest using free-form deformations", IEEE
    Trans. Med. Imaging 22 (2003) 120-128. G. E. Christensen, H. J. Johnson, "Consistent image registration", IEEE
    Trans. Med. Imaging 20 (2001) 568-582.

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
    from harmonize.registration.pair import (
        Pair,
        find_motion,
        one_thread,
        unmoved,
    )  # only here: loading filters takes long

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
    by = _known(reference, scan, still=same_acquisition and settings.same_acquisition == "still")
    motion_of = find_motion if by == "search" else unmoved
    with one_thread():
        motions = []
        for number, pair in enumerate(pairs, start=1):
            of = f"slice {number} of {len(pairs)}, " if settings.dimension == 2 else ""
            motions.append(motion_of(pair, settings.metric, settings.margin, _before(of, told)))
    transforms = tuple(motion.transform for motion in motions)
    residual = max(motion.residual for motion in motions)
    found = Registered(
        transforms,
        axis,
        translation=max(motion.translation for motion in motions),
        rotation=max(transform.degrees for transform in transforms),
        residual=residual if np.isfinite(residual) else None,
        overlap=_overlap(region, reference.grid, transforms, axis),
        metric_before=float(np.mean([motion.metric_before for motion in motions])),
        metric_after=float(np.mean([motion.metric_after for motion in motions])),
        by=by,
    )
    _refuse_unlikely(found, motions, pairs, settings)
    return found


def _before(text: str, told: Callable[[str], object]) -> Callable[[str], object]:
    return lambda part: told(text + part)


def _known(reference: Volume, scan: Volume, *, still: bool) -> Known:
    """Say how the motion can be known: not by a search where there is no doubt that nothing moved."""
    if scan.grid == reference.grid and np.array_equal(scan.image, reference.image):
        return "same image"
    if still and not scan.grid.differences(reference.grid):
        return "same acquisition"
    return "search"


def _other_ways(settings: Registration) -> str:
    """Advise what was not tried: it may find a motion that can be vouched for."""
    metric = next(name for name in get_args(Metric) if name != settings.metric)
    each = "" if settings.each == "roi" else " each: roi,"
    return f"draw the ROIs on this scan; try metric: {metric},{each} or another margin"


def _refuse_thin(*grids: Grid) -> None:
    for grid in grids:
        if min(grid.size) < LEAST_ALONG_AXIS:
            size = " x ".join(map(str, grid.size))
            raise ScanError(
                f"{size} voxels, expected at least {LEAST_ALONG_AXIS} along each axis to register in space",
                "register slice by slice: dimension: 2",
            )


def _refuse_unlikely(
    found: Registered, motions: "Sequence[Motion]", pairs: "Sequence[Pair]", settings: Registration
) -> None:
    """Raise one error for all limits that are passed, each with the slice that is furthest beyond."""
    apart = "is not certain: searches that ought to agree place an ROI apart by"
    limit = settings.most_residual or min(pairs[0].region.GetSpacing())
    moves, turns = settings.most_translation, settings.most_rotation
    values = {
        "residual": (apart, [motion.residual for motion in motions], limit, "mm"),
        "translation": ("moves the ROIs by", [motion.translation for motion in motions], moves, "mm"),
        "rotation": ("turns them by", [motion.transform.degrees for motion in motions], turns, "degrees"),
    }
    problems = {}
    for name, (what, each, most, unit) in values.items():
        worst = int(np.argmax(each))
        if not np.isfinite(each[worst]):
            problems[name] = f"{pairs[worst].where} {UNCHECKED}"
        elif each[worst] > most:
            problems[name] = f"{pairs[worst].where} {what} {each[worst]:.3g} {unit}, expected at most {most:.3g}"
    if problems:
        advice = _other_ways(settings) if "residual" in problems else ADVICE
        raise RefusedMotionError(f"the registration{', and'.join(problems.values())}", advice, found, tuple(problems))


def _overlap(region: BoolArray, grid: Grid, transforms: tuple[Rigid, ...], axis: int) -> float:
    """Give the share of the moved voxels that lie in the region as it was; both have the same size."""
    indices = np.argwhere(region)
    places = move_indices(indices[:, ::-1].astype(np.float64), grid, transforms, grid, axis)[:, ::-1]
    nearest = np.floor(places + 0.5).astype(int)
    inside = np.all((nearest >= 0) & (nearest < region.shape), axis=1)
    return float(region[tuple(nearest[inside].T)].sum() / len(indices))
