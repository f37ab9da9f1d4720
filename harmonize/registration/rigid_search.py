"""The search for a rigid motion between two images: where to begin, from coarse to fine, and the metric that judges."""

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from harmonize.arrays import BoolArray, FloatArray
from harmonize.registration.rigid import Metric, Rigid, still
from harmonize.registration.rigid_fit import Relation, Samples, Smooth, cost_of, fit_motion

RELATIONS: dict[Metric, Relation] = {"mutual_information": "function", "correlation": "line"}
"""How the search takes the intensities of the images to be related."""

WIDEST = 4.0
"""Smoothing of the coarsest level in mm, at most a sixteenth of the region's extent in plane."""
LEVELS = ((1.0, 3000, 5), (0.5, 8000, 2), (0.0, 20000, 2))
"""Smoothing as a share of the widest, how many samples, and how many motions are followed further."""
STARTS, APART = 3, 2.0
"""Starting translations to either side along each axis, and how far apart in widths of the coarsest smoothing."""
STARTING_SAMPLES = 1500
RIVAL = 0.9
"""A motion that explains at least this share of what the best one explains is told beside it."""
BINS = 32


def search_motion(
    fixed: sitk.Image, moving: sitk.Image, within: sitk.Image, metric: Metric, index: int | None = None
) -> list[Rigid]:
    """Find the rigid motion that takes points of the fixed image to the moving one.

    Translations on a coarse lattice are tried; the best of them and no motion at all are fitted to smoothed images
    (`fit_motion`), and the best of these to sharper ones.

    Parameters
    ----------
    fixed, moving : SimpleITK.Image
        Of 64-bit floats, two or three dimensions.
    within : SimpleITK.Image
        Labels 1 on the grid of the fixed image, where the images are compared.
    metric : {"mutual_information", "correlation"}
        Whether intensities are related by any function or by a line.
    index : int, optional
        Of the slice, for the motion in a plane.

    Returns
    -------
    list of Rigid
        The best first, no motion where nothing better was found; then others that are nearly as good.
    """
    relation, inside = RELATIONS[metric], sitk.GetArrayFromImage(within) > 0
    widest = _widest(fixed, inside)
    motions = [still(fixed.GetDimension(), index)]
    for share, most, kept in LEVELS:
        source, target = (Smooth(image, share * widest) for image in (fixed, moving))
        samples = _samples(source, inside, most, relation)
        if share == 1:
            motions += _starts(target, samples, APART * widest, motions[0])
        fits = [fit_motion(target, motion, samples) for motion in motions]
        fits.sort(key=lambda motion: cost_of(target, motion, samples))
        motions = _different(fits, samples.points, min(fixed.GetSpacing()) / 2, kept)
    explained = [1 - cost_of(target, motion, samples) for motion in motions]
    return [
        motion for motion, share in zip(motions, explained, strict=True) if share >= RIVAL * explained[0]
    ] or motions[:1]


def refine_motions(
    fixed: sitk.Image, moving: sitk.Image, regions: Sequence[tuple[BoolArray, Metric]], start: Rigid
) -> list[Rigid]:
    """Fit a motion from a start at full resolution, over parts of the fixed image or by another metric."""
    source, target = Smooth(fixed, 0.0), Smooth(moving, 0.0)
    return [
        fit_motion(target, start, _samples(source, inside, LEVELS[1][1], RELATIONS[metric]))
        for inside, metric in regions
    ]


def halves(inside: BoolArray) -> list[BoolArray]:
    """Part a region into two halves along each axis that has room for it."""
    parts = []
    for axis in range(inside.ndim):
        along = np.arange(inside.shape[axis]).reshape([-1 if item == axis else 1 for item in range(inside.ndim)])
        middle = np.median(np.nonzero(inside)[axis])
        parts += [inside & (along <= middle), inside & (along >= middle)]
    return parts


def metric_of(
    fixed: sitk.Image, moving: sitk.Image, within: sitk.Image, metric: Metric, motion: Rigid | None = None
) -> float:
    """Give the metric of two images under a motion, or as they lie, as SimpleITK has it; lower is better.

    Raises
    ------
    RuntimeError
        By ITK, for images that do not overlap.
    """
    method = sitk.ImageRegistrationMethod()
    if metric == "correlation":
        method.SetMetricAsCorrelation()
    else:
        method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricFixedMask(within)
    method.SetMetricUseFixedImageGradientFilter(False)
    method.SetMetricUseMovingImageGradientFilter(False)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform((motion or still(fixed.GetDimension(), None)).to_itk())
    return float(method.MetricEvaluate(fixed, moving))


def near(region: sitk.Image, margin: float | None) -> sitk.Image:
    """Give the voxels within the margin of a mask, or all of them, as labels 1."""
    inside = sitk.GetArrayFromImage(region) > 0
    if margin is None or not inside.any():
        inside = np.ones(inside.shape, dtype=np.bool_)
    else:
        inside = ndimage.distance_transform_edt(~inside, sampling=region.GetSpacing()[::-1]) <= margin
    result = sitk.GetImageFromArray(inside.astype(np.uint8))
    result.CopyInformation(region)
    return result


def _samples(image: Smooth, inside: BoolArray, most: int, relation: Relation) -> Samples:
    """Take voxels of a region, and at most so many: always the same ones, without a pattern."""
    indices = np.argwhere(inside)[:, ::-1]
    if len(indices) > most:
        indices = indices[np.random.default_rng(0).permutation(len(indices))[:most]]
    points = image.points(indices.astype(np.float64))
    return Samples.of(points, image.values[tuple(indices[:, ::-1].T)], relation)


def _widest(image: sitk.Image, inside: BoolArray) -> float:
    extents = [np.ptp(indices) + 1 for indices in np.nonzero(inside)]
    in_plane = sorted(np.multiply(extents, image.GetSpacing()[::-1]))[-2:]
    return min(WIDEST, float(in_plane[0]) / 16)


def _starts(moving: Smooth, samples: Samples, apart: float, nothing: Rigid) -> list[Rigid]:
    """Give the translations of a lattice that fit best and are not next to each other."""
    few = samples.some(slice(None, STARTING_SAMPLES))
    along = [apart * np.arange(-STARTS, STARTS + 1)] * len(nothing.offset)
    places = np.stack(np.meshgrid(*along, indexing="ij"), axis=-1).reshape(-1, len(along))
    motions = [Rigid(nothing.matrix, tuple(map(float, place)), nothing.slice) for place in places]
    costs = [cost_of(moving, motion, few) for motion in motions]
    order = [motions[i] for i in np.argsort(costs, kind="stable") if np.isfinite(costs[i])]
    return _different(order, np.zeros((1, len(along))), 1.2 * apart, LEVELS[0][2])


def _different(motions: list[Rigid], points: FloatArray, apart: float, most: int) -> list[Rigid]:
    """Give the first so many motions that do not take the points to nearly the same places as an earlier one."""
    kept: list[Rigid] = []
    some = points[:: max(1, len(points) // 50)]
    for motion in motions:
        if len(kept) < most and all(np.linalg.norm(motion(some) - other(some), axis=1).max() > apart for other in kept):
            kept.append(motion)
    return kept
