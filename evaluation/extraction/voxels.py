"""Maps of features: each voxel of an ROI has the value of the small kernel around it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from evaluation.extraction.engine.gray_levels import discretized
from evaluation.extraction.engine.measure import MOST_LEVELS, Region, measure_kernels
from evaluation.extraction.extract import UNDEFINED_IF_CONSTANT, UNDEFINED_IN_ONE_BIN, AskedImage, images_of
from evaluation.extraction.pyradiomics import quiet
from evaluation.extraction.roi import check_finite
from evaluation.extraction.scenes import Roi, scenes
from evaluation.extraction.settings import ExtractionSettings
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError, ScanError
from harmonize.image.boxes import Box
from harmonize.image.volume import Grid, Volume
from harmonize.inputs.configuration import refuse_unknown

KERNELS_AT_ONCE = 500
"""More take more memory and no less time."""


@dataclass(frozen=True)
class FeatureMaps:
    """Maps of features in one ROI.

    Parameters
    ----------
    maps : mapping of str to ndarray of float, shape (z, y, x)
        By feature; NaN outside the ROI, and where a kernel has no value.
    mask : ndarray of bool, shape (z, y, x)
        The voxels that have a kernel.
    grid : Grid
        Where the voxels lie: that of the image, or the one it was resampled to.
    undefined : mapping of str to int
        Of each feature how many voxels of the ROI have no value.
    """

    maps: Mapping[str, FloatArray]
    mask: BoolArray
    grid: Grid
    undefined: Mapping[str, int]


def feature_maps(
    volume: Volume,
    roi: str,
    settings: ExtractionSettings,
    features: Sequence[str],
    *,
    radius: int = 1,
    masked: bool = True,
) -> FeatureMaps:
    """Compute features in a kernel that moves over an ROI.

    Gray levels are those of the whole ROI (with ``masked=False`` of the whole box around it, with `radius` voxels more
    on each side), the kernel is the cube of voxels that are at most `radius` away along each axis, cut to the ROI and
    to the image; with `force2D` the square in the slice. Values are those of PyRadiomics' ``execute(voxelBased=True)``.
    Where it puts a number for what is 0/0 (a kernel of one gray level) there is none here; and there is one where it
    has none because no pair of voxels of a kernel lies along some direction (JointAverage, and all of MCC).

    A kernel holds few voxels: a feature that is robust in a whole ROI need not be so in a kernel [1]_.

    Parameters
    ----------
    volume : Volume
    roi : str
        Its name in the volume.
    settings : ExtractionSettings
        Of the engine `radharmony`.
    features : sequence of str
        Names as in feature tables, such as ``original_glcm_Contrast``; none of shape.
    radius : int
        PyRadiomics' `kernelRadius`, in voxels.
    masked : bool
        PyRadiomics' `maskedKernel`: whether a kernel takes voxels of the ROI alone.

    Returns
    -------
    FeatureMaps

    Raises
    ------
    ConfigurationError
        For features that the settings do not have or that are no map, and a radius below 1.
    ScanError
        Where the ROI cannot carry features.

    References
    ----------
    .. [1] Jensen LJ et al. Stability of radiomic features across different region of interest sizes: a CT and MR
       phantom study. Tomography 2021;7(2):238-252. doi:10.3390/tomography7020022

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(300.0, 100.0, (6, 12, 12))
    >>> mask = np.zeros(image.shape, bool)
    >>> mask[2:4, 3:9, 3:9] = True
    >>> volume = Volume(image, Grid((12, 12, 6)), {"organ": mask})
    >>> found = feature_maps(volume, "organ", ExtractionSettings(), ["original_firstorder_Mean"])
    >>> there = found.maps["original_firstorder_Mean"]
    >>> bool(np.isclose(there[2, 3, 3], image[2:4, 3:5, 3:5].mean())), int(np.isfinite(there).sum())
    (True, 72)
    """
    _check(settings, features, radius)
    refuse_unknown([roi], volume.masks, "the volume", "no ROI")
    failures: dict[str, ScanError] = {}
    settings = settings.on(volume.grid)
    with quiet():
        found = list(scenes(Volume(volume.image, volume.grid, {roi: volume.masks[roi]}), settings, failures))
        if not found:
            raise failures[roi]
        (scene, rois) = found[0]
        mask = np.zeros(scene.array.shape, bool)
        mask[rois[roi].box] = rois[roi].mask
        maps: dict[str, FloatArray] = {}
        for asked in images_of(scene, settings):
            wanted = _wanted(asked, features)
            if wanted:
                for name, values in _kernels(asked, wanted, rois[roi], radius, masked).items():
                    maps[name] = np.full(mask.shape, np.nan)
                    maps[name][mask] = values
        # Only one that was resampled or cut out has another grid than the volume.
        same = scene.array.shape == volume.image.shape and scene.spacing == volume.grid.spacing
        grid = volume.grid if same else Grid.of(scene.image)
    undefined = {name: int(np.isnan(one[mask]).sum()) for name, one in maps.items()}
    return FeatureMaps({name: maps[name] for name in features}, mask, grid, undefined)


def _check(settings: ExtractionSettings, features: Sequence[str], radius: int) -> None:
    if settings.engine != "radharmony":
        raise ConfigurationError(
            f"maps are computed by the engine 'radharmony', not '{settings.engine}'; name that one"
        )
    if radius < 1:
        raise ConfigurationError(f"`radius`: found {radius}, expected 1 voxel or more")
    if not features:
        raise ConfigurationError("`feature`: none was named; name one or more, such as original_firstorder_Mean")
    refuse_unknown(features, settings.feature_names(), "the extraction settings", "no feature")
    shapes = [name for name in features if name.split("_")[-2].startswith("shape")]
    if shapes:
        raise ConfigurationError(
            f"`feature`: {shapes[0]}: the shape is one of the whole ROI and has no map; leave it out"
        )


def _wanted(asked: AskedImage, features: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give what is asked for of an image, by class."""
    wanted = {
        kind: tuple(one for one in names if f"{asked.prefix}_{kind}_{one}" in features)
        for kind, names in asked.classes.items()
        if not kind.startswith("shape")
    }
    return {kind: names for kind, names in wanted.items() if names}


def _kernels(
    asked: AskedImage, wanted: Mapping[str, tuple[str, ...]], roi: Roi, radius: int, masked: bool
) -> dict[str, FloatArray]:
    scene, setting = asked.scene, asked.setting
    box, centres = _widened(roi, radius, scene.array.shape)
    inside = centres if masked else np.ones(centres.shape, bool)
    image = scene.array[box]
    check_finite(image[inside])
    levels = np.zeros(inside.shape, np.intp)
    levels[inside] = discretized(image[inside], setting)
    most = int(levels.max())
    if most > MOST_LEVELS:
        raise ScanError(
            f"{most} gray levels at binWidth {setting['binWidth']:g}, expected at most {MOST_LEVELS}",
            "make binWidth larger",
        )
    found: dict[str, list[FloatArray]] = {}
    for masks, gray, values in _cut(inside, levels, image, centres, _size(radius, setting)):
        regions = [Region(mask, value[mask]) for mask, value in zip(masks, values, strict=True)]
        own = [level[mask] for mask, level in zip(masks, gray, strict=True)]
        part = measure_kernels(regions, own, most, scene.spacing[::-1], wanted, setting)
        flat = np.array([level.min() == level.max() for level in own])
        constant = np.array([one.values.min() == one.values.max() for one in regions])
        for name, value in part.items():
            none = flat if name in UNDEFINED_IN_ONE_BIN else constant if name in UNDEFINED_IF_CONSTANT else None
            found.setdefault(f"{asked.prefix}_{name}", []).append(
                value if none is None else np.where(none, np.nan, value)
            )
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _widened(roi: Roi, radius: int, shape: tuple[int, ...]) -> tuple[Box, BoolArray]:
    """Give the box of an ROI with the reach of the kernels, as far as the image goes, and the ROI in it."""
    z, y, x = (
        slice(max(side.start - radius, 0), min(side.stop + radius, size))
        for side, size in zip(roi.box, shape, strict=True)
    )
    mask = np.zeros([side.stop - side.start for side in (z, y, x)], bool)
    start = [own.start - wide.start for own, wide in zip(roi.box, (z, y, x), strict=True)]
    mask[tuple(slice(at, at + size) for at, size in zip(start, roi.mask.shape, strict=True))] = roi.mask
    return (z, y, x), mask


def _size(radius: int, setting: Mapping[str, object]) -> tuple[int, ...]:
    """Give the voxels of a kernel along z, y, x."""
    flat_axis = setting["force2Ddimension"] if setting["force2D"] else None
    return tuple(1 if axis == flat_axis else 2 * radius + 1 for axis in range(3))


def _cut(
    inside: BoolArray, levels: NDArray[np.intp], image: FloatArray, centres: BoolArray, size: tuple[int, ...]
) -> Iterator[tuple[BoolArray, NDArray[np.intp], FloatArray]]:
    """Give mask, gray levels and intensities of the kernels around all centres, some hundreds at a time."""
    around = [(side // 2, side // 2) for side in size]
    views = [sliding_window_view(np.pad(array, around), size) for array in (inside, levels, image)]
    places = np.argwhere(centres)
    for start in range(0, len(places), KERNELS_AT_ONCE):
        at = tuple(places[start : start + KERNELS_AT_ONCE].T)
        masks, gray, values = (view[at] for view in views)
        yield masks, gray, values
