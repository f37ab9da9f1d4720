"""Regions made up for tests, and what PyRadiomics' own classes say of them."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter

from evaluation.extraction.engine.measure import Region
from evaluation.extraction.parameters import CLASSES, check_feature_classes
from evaluation.extraction.pyradiomics import class_features, quiet

ALL = check_feature_classes(dict.fromkeys(CLASSES), "featureClass")


@pytest.fixture(scope="session")
def by_pyradiomics() -> Callable[..., dict[str, float]]:
    """Give a function that computes features of a region by PyRadiomics."""

    def features(region: Region, spacing=(1.0, 1.0, 1.0), setting: Mapping = {}, classes=ALL) -> dict[str, float]:
        array = np.zeros(region.mask.shape, region.values.dtype)
        array[region.mask] = region.values
        image, mask = sitk.GetImageFromArray(array), sitk.GetImageFromArray(region.mask.astype(np.uint8))
        for one in (image, mask):
            one.SetSpacing(spacing[::-1])
        with quiet():
            return {
                f"{name}_{feature}": value
                for name, wanted in classes.items()
                for feature, value in class_features(name, wanted, image, mask, setting).items()
            }

    return features


@pytest.fixture(scope="session")
def made_region() -> Callable[..., Region]:
    """Give a function that makes a region of correlated noise, in a ball or where a mask is."""

    def region(seed=0, shape=(4, 9, 8), mask=None, scale=300.0) -> Region:
        if mask is None:
            axes = np.ogrid[tuple(slice(0, size) for size in shape)]
            mask = sum(((a - (n - 1) / 2) / (n / 2)) ** 2 for a, n in zip(axes, shape, strict=True)) <= 1
        box = tuple(slice(hit.min(), hit.max() + 1) for hit in np.nonzero(mask))
        mask = np.ascontiguousarray(mask[box])
        noise = gaussian_filter(np.random.default_rng(seed).normal(size=mask.shape), 0.7)
        return Region(mask, np.rint(500 + scale * noise)[mask])

    return region
