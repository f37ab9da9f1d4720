"""The features of several ROIs of one image, with all that they share done once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.extraction.engine.canvas import Canvas, together
from evaluation.extraction.engine.cooccurrence import Distribution, cooccurrence
from evaluation.extraction.engine.counted import Entries, summed
from evaluation.extraction.engine.directions import lengths
from evaluation.extraction.engine.emphases import GLDM, GLRLM, GLSZM, emphases
from evaluation.extraction.engine.first_order import first_order
from evaluation.extraction.engine.gray_levels import GrayLevels, discretized
from evaluation.extraction.engine.matrices import LevelPairs, matrices
from evaluation.extraction.engine.tone_difference import tone_difference
from evaluation.extraction.roi import check_finite
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ScanError

MOST_LEVELS = 10_000
"""Gray levels that an ROI may have: a co-occurrence matrix of more fills the memory."""


@dataclass(frozen=True)
class Region:
    """An ROI of an image.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        Its voxels within its box.
    values : ndarray of float, shape (voxels,)
        Their intensities, as boolean indexing gives them.
    """

    mask: BoolArray
    values: FloatArray


def measure(
    regions: Mapping[str, Region],
    spacing: tuple[float, ...],
    classes: Mapping[str, Sequence[str]],
    setting: Mapping[str, Any],
) -> tuple[dict[str, dict[str, float]], dict[str, ScanError]]:
    """Compute first-order and texture features.

    Parameters
    ----------
    regions : mapping of str to Region
    spacing : tuple of float
        In mm, along z, y, x.
    classes : mapping of str to sequence of str
        Which features of which classes, in PyRadiomics' names.
    setting : mapping
        All of PyRadiomics' settings.

    Returns
    -------
    features : dict of str to dict of str to float
        By ROI, as `<class>_<feature>`; NaN for what has no value.
    failures : dict of str to ScanError
        Why the other ROIs have none.

    Examples
    --------
    >>> from evaluation.extraction.parameters import DEFAULTS
    >>> values = np.random.default_rng(0).normal(300, 100, 64)
    >>> region = Region(np.ones((4, 4, 4), bool), values)
    >>> found, failed = measure({"cube": region}, (1.0, 1.0, 1.0), {"glcm": ["Contrast", "Id"]}, DEFAULTS)
    >>> list(found["cube"]), failed
    (['glcm_Contrast', 'glcm_Id'], {})
    """
    levels: dict[str, IntArray] = {}
    failures: dict[str, ScanError] = {}
    for name, region in regions.items():
        try:
            _check_neighbours(region.mask.shape, classes, setting)
            levels[name] = _levels(region.values, classes, setting)
        except ScanError as error:
            failures[name] = error
    names = list(levels)
    features: dict[str, dict[str, float]] = {}
    for group in together([regions[name].mask.shape for name in names]):
        batch = [names[number] for number in group]
        found = _batch([regions[name] for name in batch], [levels[name] for name in batch], spacing, classes, setting)
        table = np.stack(list(found.values()), axis=1)
        table[~np.isfinite(table)] = np.nan
        for name, row in zip(batch, table.tolist(), strict=True):
            features[name] = dict(zip(found, row, strict=True))
    return {name: features[name] for name in names}, failures


def measure_kernels(
    regions: Sequence[Region],
    levels: Sequence[IntArray],
    most: int,
    spacing: tuple[float, ...],
    classes: Mapping[str, Sequence[str]],
    setting: Mapping[str, Any],
) -> dict[str, FloatArray]:
    """Compute the same of parts of one ROI, whose gray levels are those of the whole.

    Parameters
    ----------
    regions : sequence of Region
        Of about one size.
    levels : sequence of ndarray of int
        Gray levels of the voxels of each.
    most : int
        Highest gray level of the whole, by which some features are normalized.
    spacing, classes, setting
        As for `measure`.

    Returns
    -------
    dict of str to ndarray of float
        As `<class>_<feature>` one value for each region; NaN for what has none.
    """
    found = _batch(regions, levels, spacing, classes, setting, most)
    return {name: np.where(np.isfinite(values), values, np.nan) for name, values in found.items()}


def _check_neighbours(shape: tuple[int, ...], classes: Mapping[str, Sequence[str]], setting: Mapping[str, Any]) -> None:
    """Refuse an ROI in whose box no voxel can have a neighbour."""
    flat_axis = setting["force2Ddimension"] if setting["force2D"] else None
    longest = max(size for axis, size in enumerate(shape) if axis != flat_axis)
    near, far = classes.keys() & {"glrlm", "glszm"}, classes.keys() & {"glcm", "gldm", "ngtdm"}
    distance = max([1] * bool(near) + [min(setting["distances"])] * bool(far), default=0)
    if longest <= distance:
        raise ScanError(
            f"the ROI has {' x '.join(map(str, shape[::-1]))} voxels (x, y, z): none has a neighbour at distance "
            f"{distance}{' in 2D' if setting['force2D'] else ''}",
            "draw it larger, lower distances, or leave texture out",
        )


def _levels(values: FloatArray, classes: Mapping[str, Sequence[str]], setting: Mapping[str, Any]) -> IntArray:
    check_finite(values)
    levels = discretized(values, setting)
    most = int(levels.max())
    if most > MOST_LEVELS and not classes.keys() <= {"firstorder"}:
        raise ScanError(
            f"{most} gray levels at binWidth {setting['binWidth']:g}, expected at most {MOST_LEVELS}",
            "make binWidth larger",
        )
    return levels


def _batch(
    regions: Sequence[Region],
    levels: Sequence[IntArray],
    spacing: tuple[float, ...],
    classes: Mapping[str, Sequence[str]],
    setting: Mapping[str, Any],
    most: int | None = None,
) -> dict[str, FloatArray]:
    canvas = Canvas.of([region.mask for region in regions], max(setting["distances"]))
    gray = GrayLevels.of(levels, setting["gldm_a"])
    counts = matrices(canvas, gray, classes, setting)
    held = np.bincount(gray.codes, minlength=gray.n_codes)
    present = np.flatnonzero(held)
    roi = gray.roi_of(present)
    found: dict[str, Mapping[str, FloatArray]] = {}
    if "firstorder" in classes:
        values = np.concatenate([region.values for region in regions]).astype(np.float64, copy=False)
        histogram = roi, held[present].astype(np.float64)
        shift = setting["voxelArrayShift"]
        found["firstorder"] = first_order(values, canvas.starts, histogram, float(np.prod(spacing)), shift)
    if counts.pairs is not None:
        highest = gray.most if most is None else np.full_like(gray.most, most)
        found["glcm"] = _glcm(counts.pairs, highest, spacing, classes["glcm"], setting["weightingNorm"])
    if counts.runs is not None:
        found["glrlm"] = _glrlm(counts.runs, canvas.n_rois, counts.near, spacing, setting["weightingNorm"])
    if counts.zones is not None:
        found["glszm"] = emphases(counts.zones, GLSZM)
    if counts.dependences is not None:
        found["gldm"] = emphases(counts.dependences, GLDM)
    if counts.differences is not None:
        level = (present - gray.base[roi]).astype(np.float64)
        tones = [
            tone_difference(level[roi == one], held[present[roi == one]], counts.differences[present[roi == one]])
            for one in range(canvas.n_rois)
        ]
        found["ngtdm"] = {name: np.array([tone[name] for tone in tones]) for name in tones[0]}
    return {f"{name}_{feature}": found[name][feature] for name, features in classes.items() for feature in features}


def _glcm(
    pairs: LevelPairs, most: IntArray, spacing: tuple[float, ...], features: Sequence[str], norm: str | None
) -> dict[str, FloatArray]:
    entries = pairs.entries
    if norm is not None:
        weights = np.ones(len(pairs.directions))
        if norm != "no_weighting":
            weights = np.exp(-(lengths(pairs.directions, spacing, norm) ** 2))
        entries = entries.merged(weights)
    found = cooccurrence(Distribution.of(entries, pairs.symmetrical), most, "MCC" in features)
    return {name: _mean(value, len(most)) for name, value in found.items()}


def _glrlm(
    runs: Entries, n_rois: int, directions: IntArray, spacing: tuple[float, ...], norm: str | None
) -> dict[str, FloatArray]:
    if norm is not None:
        weights = np.ones(len(directions)) if norm == "no_weighting" else lengths(directions, spacing, norm)
        runs = runs.merged(weights)
    return {name: _mean(value, n_rois) for name, value in emphases(runs, GLRLM).items()}


def _mean(values: FloatArray, n_rois: int) -> FloatArray:
    """Take the mean over the directions that have pairs or runs; NaN if none has."""
    given = np.flatnonzero(~np.isnan(values))
    count = np.bincount(given % n_rois, minlength=n_rois)
    total = summed(given % n_rois, values[given], n_rois)
    return np.asarray(np.divide(total, count, out=np.full(n_rois, np.nan), where=count > 0))
