"""The calls into PyRadiomics of `engine: pyradiomics`, without its log lines and warnings."""

import importlib
import logging
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import SimpleITK as sitk

from evaluation.extraction.roi import levels_from
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ScanError


@contextmanager
def quiet() -> Iterator[None]:
    """Keep PyRadiomics from talking, and leave logging and warnings of everybody else as they are.

    What it would say is given back as data: a feature that fails is NaN.
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

    Raises
    ------
    ScanError
        Where PyRadiomics cannot be imported.
    """
    kind = _classes()[feature_class]
    if setting.get("binLowerBound") is not None:
        kind = type(kind.__name__, (_CountedFromBound, kind), {})
    calculator = kind(image, mask, **setting)
    for feature in features:
        calculator.enableFeatureByName(feature)
    return {name: _real(value) for name, value in calculator.execute().items()}


def check_installed() -> None:
    """Raise `ScanError` where PyRadiomics cannot be imported."""
    try:
        with quiet():
            importlib.import_module("radiomics")  # only here: the engine of the default does without
    except ImportError as error:
        raise ScanError(
            f"engine: pyradiomics needs PyRadiomics, which cannot be imported: {error}",
            "install it (pip install pyradiomics-bhklab, which takes a C compiler), or use engine: radharmony",
        ) from error


def _classes() -> Mapping[str, Any]:
    check_installed()
    import radiomics

    classes: Mapping[str, Any] = radiomics.getFeatureClasses()
    return classes


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
