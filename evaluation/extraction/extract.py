"""Features of all ROIs of a volume, with what they share done once."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import SimpleITK as sitk

from evaluation.extraction.engine.measure import Region, measure
from evaluation.extraction.engine.shape import shapes
from evaluation.extraction.extractors import measured
from evaluation.extraction.filters import derived_scenes
from evaluation.extraction.pyradiomics import class_features, quiet
from evaluation.extraction.roi import bins_in_roi
from evaluation.extraction.scenes import Roi, Scene, crop, scenes
from evaluation.extraction.settings import ExtractionSettings
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.volume import Volume

SHAPES = frozenset({"shape", "shape2D"})
"""Classes that look at the mask alone."""

UNDEFINED_IN_ONE_BIN = frozenset(
    {
        *("glcm_Correlation", "glcm_Imc1", "glcm_Imc2", "glcm_MCC"),
        *("ngtdm_Busyness", "ngtdm_Coarseness", "ngtdm_Contrast", "ngtdm_Strength"),
    }
)
"""Features that are 0/0 where all voxels share one gray level; PyRadiomics gives 0, 1 or a million for them."""

UNDEFINED_IF_CONSTANT = frozenset({"firstorder_Kurtosis", "firstorder_Skewness"})
"""Features that are 0/0 where all intensities are equal; PyRadiomics gives 0 for them."""


@dataclass(frozen=True)
class RoiFeatures:
    """The features of one ROI.

    Parameters
    ----------
    values : mapping of str to float
        One value per name of `ExtractionSettings.feature_names`; NaN exactly for those in `undefined`.
    voxels : int
        Voxels of the ROI that were used, after resampling and resegmentation.
    bins : int
        Gray levels of the ROI in the original image, from the lowest to the highest; 0 where only shape is measured,
        and by engines with features of their own.
    undefined : tuple of str
        Features that have no value for this ROI.
    """

    values: Mapping[str, float]
    voxels: int
    bins: int
    undefined: tuple[str, ...]


@dataclass(frozen=True)
class Extraction:
    """The features of all ROIs of a volume, and why those that have none failed; each ROI stands in one of the two.

    Parameters
    ----------
    features : mapping of str to RoiFeatures
    failures : mapping of str to ScanError
    """

    features: Mapping[str, RoiFeatures]
    failures: Mapping[str, ScanError]


def extract(volume: Volume, settings: ExtractionSettings) -> Extraction:
    """Compute the features of every ROI of a volume.

    The values are those of PyRadiomics' own `execute` on the same image of 64-bit floats (it resamples and bins
    others in the type of their file, and filters some in 32 bits), at a fraction of its time: the image is converted,
    normalized and filtered once for all ROIs, and all ROIs are measured together by
    `evaluation.extraction.engine`, or each by PyRadiomics (`engine` of the settings). With `resampledPixelSpacing` or
    `preCrop` each ROI is resampled or cropped with its margin and filtered by itself, as PyRadiomics does.

    Where PyRadiomics puts a number for what is 0/0 (a single gray level in the ROI), the feature is undefined here. An
    ROI that is flat before resampling is a failure: what a spline spreads into it is no texture of its own.

    Parameters
    ----------
    volume : Volume
        The image with its ROIs.
    settings : ExtractionSettings
        What to compute.

    Returns
    -------
    Extraction
        Features by ROI, and failures by ROI; one ROI that fails never stops the others.

    References
    ----------
    van Griethuysen JJM et al. Computational radiomics system to decode the radiographic phenotype. Cancer Research
    2017;77(21):e104-e107. doi:10.1158/0008-5472.CAN-17-0339

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> image = np.random.default_rng(0).normal(300.0, 100.0, (6, 12, 12))
    >>> masks = {"organ": np.zeros((6, 12, 12), bool), "nothing": np.zeros((6, 12, 12), bool)}
    >>> masks["organ"][1:5, 2:10, 2:10] = True
    >>> extraction = extract(Volume(image, Grid((12, 12, 6)), masks), ExtractionSettings({"binWidth": 20}))
    >>> organ = extraction.features["organ"]
    >>> organ.voxels, organ.bins, len(organ.values)
    (256, 29, 93)
    >>> print(extraction.failures["nothing"])
    the ROI is empty; draw it again, or remove it from the study
    """
    if settings.extractor is not None:
        found, failed = measured(volume, settings.extractor)
        voxels = {name: int(mask.sum()) for name, mask in volume.masks.items()}
        return Extraction({name: _features(values, voxels[name], 0) for name, values in found.items()}, failed)
    try:
        settings = settings.on(volume.grid)
    except ScanError as error:
        return Extraction({}, dict.fromkeys(volume.masks, error))
    wanted = settings.feature_names()
    features: dict[str, RoiFeatures] = {}
    failures: dict[str, ScanError] = {}
    with quiet():
        for scene, rois in scenes(volume, settings, failures):
            features.update(_measured(scene, rois, settings, wanted, failures))
    in_order = {name: features[name] for name in volume.masks if name in features}
    return Extraction(in_order, failures)


def _measured(
    scene: Scene,
    rois: Mapping[str, Roi],
    settings: ExtractionSettings,
    wanted: list[str],
    failures: dict[str, ScanError],
) -> dict[str, RoiFeatures]:
    values: dict[str, dict[str, float]] = {name: {} for name in rois}
    try:
        for asked in images_of(scene, settings):
            left = {name: rois[name] for name in values}
            if settings.engine == "pyradiomics":
                found, failed = _one_by_one(asked, left, _by_pyradiomics)
            elif asked.classes.keys() <= SHAPES:
                found, failed = _one_by_one(asked, left, _shape)
            else:
                found, failed = _at_once(asked, left)
            failures.update(failed)
            values = {name: values[name] | _named(asked.prefix, found[name]) for name in found}
    except ScanError as error:  # a filter that fails does so for all
        failures.update(dict.fromkeys(values, error))
        return {}
    missing = [feature for feature in wanted if any(feature not in found for found in values.values())]
    if missing:
        size = " x ".join(map(str, scene.array.shape[::-1]))
        too_small = ScanError(
            f"PyRadiomics leaves out {missing[0]}: its filter is too wide for an image of {size} voxels (x, y, z)",
            "remove this filter or make its sigma smaller; with resampling or preCrop a larger padDistance helps too",
        )
        failures.update(dict.fromkeys(values, too_small))
        return {}
    return {name: _features(found, int(rois[name].mask.sum()), rois[name].bins) for name, found in values.items()}


class AskedImage(NamedTuple):
    """An image with its name, and the classes and settings of the features that are computed on it."""

    scene: Scene
    prefix: str
    classes: Mapping[str, tuple[str, ...]]
    setting: Mapping[str, Any]


def images_of(scene: Scene, settings: ExtractionSettings) -> Iterator[AskedImage]:
    """Give the image and those derived from it, each with what is measured there; first the one for shape."""
    if settings.shape_classes():
        yield AskedImage(scene, "original", settings.shape_classes(), settings.for_image(""))
    if settings.intensity_classes():
        for image_type, setting in settings.for_images().items():
            if image_type == "Original":
                yield AskedImage(scene, "original", settings.intensity_classes(), setting)
                continue
            for derived, name in derived_scenes(scene, image_type, setting):
                yield AskedImage(derived, name, settings.intensity_classes(), setting)


def _at_once(asked: AskedImage, rois: Mapping[str, Roi]) -> tuple[dict[str, dict[str, float]], dict[str, ScanError]]:
    scene, prefix, classes, setting = asked
    regions = {name: Region(roi.mask, scene.array[roi.box][roi.mask]) for name, roi in rois.items()}
    features, failures = measure(regions, scene.spacing[::-1], classes, setting)
    for name, found in features.items():
        for feature in _conventions(regions[name].values, setting) & found.keys():
            found[feature] = math.nan
    return features, {name: ScanError(f"{prefix}: {one.problem}", one.advice) for name, one in failures.items()}


def _one_by_one(
    asked: AskedImage, rois: Mapping[str, Roi], compute: Callable[[AskedImage, Roi], dict[str, float]]
) -> tuple[dict[str, dict[str, float]], dict[str, ScanError]]:
    features, failures = {}, {}
    for name, roi in rois.items():
        try:
            _check_flat(roi.mask, asked.classes, asked.setting)
            features[name] = compute(asked, roi)
        except ScanError as error:
            failures[name] = error
    return features, failures


def _shape(asked: AskedImage, roi: Roi) -> dict[str, float]:
    return shapes(roi.mask, asked.scene.spacing[::-1], asked.classes, asked.setting["force2Ddimension"])


def _check_flat(mask: BoolArray, classes: Mapping[str, tuple[str, ...]], setting: Mapping[str, Any]) -> None:
    axis = setting["force2Ddimension"]
    if "shape2D" in classes and mask.shape[axis] > 1:
        raise ScanError(
            f"the ROI has {mask.shape[axis]} slices along {'zyx'[axis]}, expected one for shape2D",
            "draw it in one slice, or ask for shape instead",
        )


def _named(prefix: str, values: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}_{feature}": value for feature, value in values.items()}


def _by_pyradiomics(asked: AskedImage, roi: Roi) -> dict[str, float]:
    scene, prefix, classes, setting = asked
    cropped = crop(scene.image, roi.box)
    mask = sitk.GetImageFromArray(roi.mask.astype(np.uint8))
    mask.CopyInformation(cropped)
    values: dict[str, float] = {}
    for name, features in classes.items():
        try:
            found = class_features(name, features, cropped, mask, setting)
        except ScanError:
            raise
        except Exception as error:  # PyRadiomics raises anything from AssertionError to LinAlgError for a bad ROI
            raise ScanError(
                f"PyRadiomics failed in {prefix}_{name}: {type(error).__name__}: {error}",
                "look at image and mask, or leave this feature class out",
            ) from error
        values.update({f"{name}_{feature}": value for feature, value in found.items()})
    if not classes.keys() <= SHAPES:
        for feature in _conventions(sitk.GetArrayViewFromImage(cropped)[roi.mask], setting) & values.keys():
            values[feature] = math.nan
    return values


def _conventions(intensities: FloatArray, setting: Mapping[str, Any]) -> frozenset[str]:
    """Name the features for which PyRadiomics would put a number where there is none."""
    if intensities.min() == intensities.max():
        return UNDEFINED_IN_ONE_BIN | UNDEFINED_IF_CONSTANT
    return UNDEFINED_IN_ONE_BIN if bins_in_roi(intensities, setting) == 1 else frozenset()


def _features(values: dict[str, float], voxels: int, bins: int) -> RoiFeatures:
    undefined = tuple(name for name, value in values.items() if math.isnan(value))
    return RoiFeatures(values, voxels, bins, undefined)
