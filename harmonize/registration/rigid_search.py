"""The search for a rigid motion between two images: where to begin, from coarse to fine, and the metric that judges."""

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.registration.rigid import Metric, Rigid, still
from harmonize.registration.rigid_fit import LEAST_INSIDE, RIDGE, ROUNDS, Relation, Samples, cost_of, fit_motion
from harmonize.registration.rigid_image import Shown, Smooth

RELATIONS: dict[Metric, Relation] = {"mutual_information": "function", "correlation": "line"}
"""How the search takes the intensities of the images to be related."""

WIDEST = 4.0
"""Smoothing of the coarsest level in mm, at most a sixteenth of the region's extent in plane."""
LEVELS = ((1.0, 3000, 5, 1), (0.5, 8000, 2, 1), (0.0, 20000, 2, ROUNDS))
"""Smoothing as a share of the widest, how many samples, how many motions are followed further, and rounds of a fit."""
STARTS, APART = 3, 2.0
"""Starting translations to either side along each axis, and how far apart in widths of the coarsest smoothing."""
STARTING_SAMPLES = 1500
STRAYS = 2.0
"""How far a fit is followed beyond where it began, in widths of the smoothing of its level and of the one before; what
lies further is not looked at."""
PROMISING = 0.6
"""A motion that explains less than this share of what the best one explains is not followed to the next level."""
RIVAL = 0.9
"""A motion that tells at least this share of what the best one tells is told beside it (`_told`)."""
BINS = 32


def search_motion(
    fixed: Shown, moving: Shown, inside: BoolArray, metric: Metric, index: int | None = None
) -> list[Rigid]:
    """Find the rigid motion that takes points of the fixed image to the moving one.

    Translations on a coarse lattice are tried; the best of them and no motion at all are fitted to smoothed images
    (`fit_motion`), and the best of these to sharper ones.

    Parameters
    ----------
    fixed, moving : Shown
        Two or three dimensions.
    inside : ndarray of bool
        On the grid of the fixed image, where the images are compared.
    metric : {"mutual_information", "correlation"}
        Whether intensities are related by any function or by a line.
    index : int, optional
        Of the slice, for the motion in a plane.

    Returns
    -------
    list of Rigid
        The best first, no motion where nothing better was found; then others that are nearly as good.

    References
    ----------
    I. M. Gelfand, A. M. Yaglom, "Calculation of the amount of information about a random function contained in another
    such function", Amer. Math. Soc. Transl. 12 (1959) 199-246.
    """
    image = fixed.image
    relation, nothing = RELATIONS[metric], still(image.GetDimension(), index)
    widest = _widest(image, inside)
    some = _chosen(inside)
    motions, reach = [nothing], (STARTS * APART + STRAYS) * widest
    for share, most, kept, rounds in LEVELS:
        points = _places(image, inside, some[:most])
        samples = Samples.of(points, fixed.smooth(share * widest, points, reach).at(points).values, relation)
        target = moving.smooth(share * widest, np.concatenate([motion(points) for motion in motions]), reach)
        if share == 1:
            motions += _starts(target, samples, APART * widest, nothing)
        fits = [fit for motion in motions if (fit := fit_motion(target, motion, samples, rounds)) is not None]
        if not fits:
            return [nothing]
        costs = {fit: cost_of(target, fit, samples) for fit in fits}
        fits.sort(key=costs.__getitem__)
        explained = 1 - costs[fits[0]]
        promising = [fit for fit in fits if 1 - costs[fit] >= PROMISING * explained]
        motions = _different(promising, samples.points, min(image.GetSpacing()) / 2, kept)
        reach = STRAYS * share * widest
    least = RIVAL * _told(costs[motions[0]])
    return [motion for motion in motions if _told(costs[motion]) >= least]


def _told(cost: float) -> float:
    """Give twice the information that normal variables have on each other of which one leaves this share unexplained.

    Where little is explained it is that share; but a body against air explains nearly all variance, and any motion that
    keeps its outline explains nearly as much, be it by slices: what it leaves unexplained tells it from the right one.
    """
    return float(-np.log(max(cost, np.finfo(np.float64).eps)))


def refine_motions(fixed: Shown, moving: Shown, inside: BoolArray, metric: Metric, start: Rigid) -> list[Rigid | None]:
    """Fit a motion from a start at full resolution in other ways, which ought to agree with it.

    By the other relation, and to either half along each axis of those places that both images show. None where that
    cannot be told, as one image is flat there.
    """
    places = _places(fixed.image, inside, _chosen(inside))
    reach = STRAYS * LEVELS[1][0] * WIDEST
    target = moving.smooth(0.0, start(places), reach)
    places = places[target.at(places, start).inside]
    values = fixed.smooth(0.0, places, reach).at(places).values
    other: Metric = "correlation" if metric == "mutual_information" else "mutual_information"
    second = np.arange(len(places)) % 2 == 0
    ways = [(second, other), *((half, metric) for half in _halves(places @ _axes(fixed.image)))]
    return [
        fit_motion(target, start, Samples.of(places[chosen], values[chosen], RELATIONS[relation]))
        for chosen, relation in ways
    ]


def _axes(image: sitk.Image) -> FloatArray:
    """Give the axes of an image as columns."""
    dimension = image.GetDimension()
    return np.array(image.GetDirection()).reshape(dimension, dimension)


def _halves(places: FloatArray) -> list[BoolArray]:
    """Part places into two halves along each axis, with the middle in both."""
    middle = np.median(places, axis=0)
    near = 1e-6 * np.abs(places).max(initial=1.0)  # places in one slice differ by rounding
    return [half for along in (places - middle).T for half in (along <= near, along >= -near)]


def metric_of(fixed: Shown, moving: Shown, inside: BoolArray, metric: Metric, motion: Rigid | None = None) -> float:
    """Give the metric of two images under a motion, or as they lie, as SimpleITK has it; lower is better.

    It is that of places inside, where the moving image holds data.

    Raises
    ------
    RuntimeError
        By ITK, for images that do not overlap.
    """
    box = ndimage.find_objects(inside.astype(np.uint8))[0]
    method = sitk.ImageRegistrationMethod()
    if metric == "correlation":
        method.SetMetricAsCorrelation()
    else:
        method.SetMetricAsMattesMutualInformation(BINS)
    part = fixed.image[box[::-1]]
    within = sitk.GetImageFromArray(inside[box].astype(np.uint8))
    within.CopyInformation(part)
    method.SetMetricFixedMask(within)
    if (there := moving.mask()) is not None:
        method.SetMetricMovingMask(there)
    method.SetMetricUseFixedImageGradientFilter(False)
    method.SetMetricUseMovingImageGradientFilter(False)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform((motion or still(part.GetDimension(), None)).to_itk())
    return float(method.MetricEvaluate(part, moving.image))


def near(region: sitk.Image, margin: float | None, there: BoolArray | None = None) -> BoolArray:
    """Give the voxels within the margin of a mask, or all of them; where there are data, if there are any."""
    within = _near(region, margin)
    return within if there is None or not (shown := within & there).any() else shown


def _near(region: sitk.Image, margin: float | None) -> BoolArray:
    inside = sitk.GetArrayFromImage(region) > 0
    if margin is None or not inside.any():
        return np.ones(inside.shape, dtype=np.bool_)
    within = np.zeros(inside.shape, dtype=np.bool_)
    slices, marked = (within, inside) if inside.ndim == 3 else (within[None], inside[None])
    spacing = np.array(region.GetSpacing()[::-1])
    apart, (along, *plane) = (
        (spacing[0] if inside.ndim == 3 else np.inf),
        ndimage.find_objects(marked.view(np.uint8))[0],
    )
    box = tuple(
        slice(max(part.start - int(margin / edge) - 1, 0), part.stop + int(margin / edge) + 1)
        for part, edge in zip(plane, spacing[-2:], strict=True)
    )
    room, most = int(margin / apart), margin**2 * (1 + 1e-9)  # what is as far as the margin is within it
    for index in range(along.start, along.stop):
        if marked[index].any():
            squares = ndimage.distance_transform_edt(~marked[index][box], sampling=spacing[-2:]) ** 2
            for other in range(max(index - room, 0), min(index + room + 1, len(slices))):
                across = (other - index) * apart if other != index else 0.0
                slices[other][box] |= squares <= most - across**2
    return within


def _chosen(inside: BoolArray) -> IntArray:
    """Take voxels of a region: always the same ones, without a pattern, and without an order."""
    flat = np.flatnonzero(inside)
    return np.random.default_rng(0).choice(flat, min(len(flat), LEVELS[-1][1]), replace=False)


def _places(image: sitk.Image, inside: BoolArray, flat: IntArray) -> FloatArray:
    """Give places within voxels, in mm, in the order in which those lie in memory.

    Always the same ones, without a pattern: linear interpolation averages noise between voxels, so that among centres
    of voxels alone a motion of half a voxel explains noise best (P. Thevenaz et al., "Halton sampling for image
    registration based on mutual information", Sampl. Theory Signal Image Process. 7 (2008) 141-171).
    """
    flat = np.sort(flat)
    within = np.random.default_rng(1).uniform(-0.5, 0.5, (inside.ndim, len(flat)))
    last = np.array(inside.shape)[:, None] - 1
    indices = np.clip(np.stack(np.unravel_index(flat, inside.shape)) + within, 0, last)[::-1]
    steps = _axes(image) * np.array(image.GetSpacing())
    places: FloatArray = (steps @ indices).T + np.array(image.GetOrigin())
    return places


def _widest(image: sitk.Image, inside: BoolArray) -> float:
    extents = [np.ptp(indices) + 1 for indices in np.nonzero(inside)]
    in_plane = sorted(np.multiply(extents, image.GetSpacing()[::-1]))[-2:]
    return min(WIDEST, float(in_plane[0]) / 16)


def _starts(moving: Smooth, samples: Samples, apart: float, nothing: Rigid) -> list[Rigid]:
    """Give the translations of a lattice that fit best and are not next to each other."""
    few = samples.some(slice(None, None, max(1, len(samples.points) // STARTING_SAMPLES)))
    along = [apart * np.arange(-STARTS, STARTS + 1)] * len(nothing.offset)
    places = np.stack(np.meshgrid(*along, indexing="ij"), axis=-1).reshape(-1, len(along))
    costs = np.concatenate([_costs_of(moving, some, few) for some in np.array_split(places, 2 * STARTS + 1)])
    order = places[[i for i in np.argsort(costs, kind="stable") if np.isfinite(costs[i])]]
    motions = [Rigid(nothing.matrix, tuple(map(float, place)), nothing.slice) for place in order]
    return _different(motions, np.zeros((1, len(along))), 1.2 * apart, LEVELS[0][2])


def _costs_of(moving: Smooth, shifts: FloatArray, samples: Samples) -> FloatArray:
    """Give `cost_of` of translations, shape (m, dimension) in mm, all at once; the samples have no shading."""
    look = moving.at((samples.points + shifts[:, None]).reshape(-1, shifts.shape[1]))
    inside = look.inside.reshape(len(shifts), -1)
    count = np.count_nonzero(inside, axis=1)
    values = np.where(inside, look.values.reshape(inside.shape), 0.0)
    values -= (values.sum(axis=1) / np.maximum(count, 1))[:, None]
    values *= inside
    knots, low = samples.knots, 1 - samples.part
    place = samples.knot + knots * np.arange(len(shifts))[:, None]

    def summed(weights: FloatArray) -> FloatArray:
        sums: FloatArray = np.bincount(place.ravel(), weights.ravel(), knots * len(shifts)).astype(np.float64)
        return sums.reshape(-1, knots)

    high = samples.part * values
    along, above = summed(values - high), summed(high)
    along[:, 1:] += above[:, :-1]
    own, above, across = (summed(weights * inside) for weights in (low**2, samples.part**2, low * samples.part))
    own[:, 1:] += above[:, :-1]
    rows = np.arange(knots)
    products = np.zeros((len(shifts), knots, knots))
    products[:, rows, rows] = own + RIDGE * count[:, None] / knots
    products[:, rows[:-1], rows[1:]] = products[:, rows[1:], rows[:-1]] = across[:, :-1]
    total = np.sum(values**2, axis=1)
    told = (count >= LEAST_INSIDE * inside.shape[1]) & (total > 0)
    costs = np.full(len(shifts), np.inf)
    weights = np.linalg.solve(products[told], along[told][..., None])[..., 0]
    costs[told] = 1 - np.sum(along[told] * weights, axis=1) / total[told]
    return costs


def _different(motions: list[Rigid], points: FloatArray, apart: float, most: int) -> list[Rigid]:
    """Give the first so many motions that do not take the points to nearly the same places as an earlier one."""
    kept: list[Rigid] = []
    some = points[:: max(1, len(points) // 50)]
    for motion in motions:
        if len(kept) < most and all(np.linalg.norm(motion(some) - other(some), axis=1).max() > apart for other in kept):
            kept.append(motion)
    return kept
