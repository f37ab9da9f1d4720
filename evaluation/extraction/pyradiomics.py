"""The few calls into PyRadiomics that extraction is made of, without its log lines and warnings."""

import logging
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics import imageoperations

from evaluation.extraction.roi import levels_from
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ScanError


@contextmanager
def quiet() -> Iterator[None]:
    """Keep PyRadiomics from talking, and leave logging and warnings of everybody else as they are.

    What it would say is given back as data: a feature that fails is NaN, a filter that it skips is missing.
    RuntimeWarnings come from the means of empty matrices that lead to such a NaN. DeprecationWarnings must not become
    errors, because PyRadiomics takes one that is raised inside a feature for its own mark of a deprecated feature and
    leaves the feature out.
    """
    logger = logging.getLogger("radiomics")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)


def derived_images(image: sitk.Image, image_type: str, setting: Mapping[str, Any]) -> Iterator[tuple[sitk.Image, str]]:
    """Make the images of a type that features are computed on, one after the other.

    Parameters
    ----------
    image : SimpleITK.Image
        The image before any filter.
    image_type : str
        As PyRadiomics calls it, such as `Wavelet`.
    setting : mapping
        All settings that hold for it.

    Yields
    ------
    image : SimpleITK.Image
        The filtered image.
    name : str
        As PyRadiomics writes it in front of its features, such as `wavelet-LLH`.

    Raises
    ------
    ScanError
        If a filter fails on this image.
    """
    make = getattr(imageoperations, f"get{image_type}Image")
    try:
        for derived, name, _ in make(image, None, **setting):
            yield derived, name
    except (RuntimeError, ValueError) as error:  # what SimpleITK and PyWavelets raise
        raise ScanError(
            f"the filter of image type {image_type} failed: {error}",
            "remove this image type, or leave this scan out",
        ) from error


def image_names(image_types: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Name the derived images, by running the filters on eight voxels a side.

    Examples
    --------
    >>> image_names({"Original": {}, "LoG": {"sigma": (2, 3.5)}})
    ['original', 'log-sigma-2-mm-3D', 'log-sigma-3-5-mm-3D']
    """
    tiny = sitk.GetImageFromArray(np.arange(1.0, 513.0).reshape(8, 8, 8))
    # The filter LoG leaves out images that are small for its width.
    width = max((max(setting.get("sigma", (1.0,))) for setting in image_types.values()), default=1.0)
    tiny.SetSpacing((float(width),) * 3)
    with quiet():
        types = image_types.items()
        return [name for kind, setting in types for _, name in derived_images(tiny, kind, setting)]


def class_features(
    feature_class: str, features: Iterable[str], image: sitk.Image, mask: sitk.Image, setting: Mapping[str, Any]
) -> dict[str, float]:
    """Compute features of one class for the voxels where the mask is 1.

    Parameters
    ----------
    feature_class : str
        As PyRadiomics calls it, such as `glcm`.
    features : iterable of str
        Which of its features.
    image, mask : SimpleITK.Image
        Both cropped to the bounding box of the ROI.
    setting : mapping
        PyRadiomics' settings.

    Returns
    -------
    dict of str to float
        The value of each feature, NaN where PyRadiomics finds none.
    """
    kind = radiomics.getFeatureClasses()[feature_class]
    if setting.get("binLowerBound") is not None:
        kind = type(kind.__name__, (_CountedFromBound, kind), {})
    calculator = kind(image, mask, **setting)
    for feature in features:
        calculator.enableFeatureByName(feature)
    return {name: _real(value) for name, value in calculator.execute().items()}


class _CountedFromBound:
    """Takes the place of PyRadiomics' discretization, whose bins start at a multiple of the width below the ROI."""

    maskArray: BoolArray  # noqa: N815  # PyRadiomics' own names
    settings: Mapping[str, Any]
    coefficients: dict[str, Any]

    def _applyBinning(self, matrix: FloatArray) -> IntArray:  # noqa: N802  # the same
        levels = np.zeros(matrix.shape, dtype=np.int64)
        inside = matrix[self.maskArray]
        levels[self.maskArray] = levels_from(inside, self.settings["binLowerBound"], self.settings["binWidth"])
        self.coefficients["grayLevels"] = np.unique(levels[self.maskArray])
        self.coefficients["Ng"] = int(self.coefficients["grayLevels"].max())
        return levels


def _real(value: Any) -> float:
    # From NumPy 2.5 on eigenvalues are always of a complex type; those of a degenerate ROI can be truly complex: none.
    number = complex(value)
    return number.real if number.imag == 0 and math.isfinite(number.real) else math.nan
