"""Gamma as a perturbation."""

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.gamma import GammaCurve

RANDOM = np.random.default_rng(0)


def curve(image: np.ndarray, exponent: float) -> np.ndarray:
    size = image.shape
    return GammaCurve(exponent)(Volume(image, Grid((size[2], size[1], size[0]))), RANDOM).image


def test_percentiles_and_order_stay() -> None:
    image = np.random.default_rng(0).normal(size=(5, 50, 50)) - 3
    found = curve(image, 0.7)
    for percent in (1, 99):
        assert np.percentile(found, percent) == pytest.approx(np.percentile(image, percent), abs=2e-3)
    assert (found.ravel().argsort() == image.ravel().argsort()).all()


def test_the_inverse_undoes_it() -> None:
    """In between, below and above the ends, but for the percentiles, which lie between two voxels."""
    image = np.random.default_rng(0).normal(100, 10, size=(5, 80, 80))
    assert np.abs(curve(curve(image, 1.4), 1 / 1.4) - image).max() < 0.05


def test_a_bright_voxel_does_not_decide() -> None:
    """By least and greatest value, all tissue would be dark beside one vessel, and gamma act on it as a gain."""
    image = np.random.default_rng(0).uniform(100, 200, size=(4, 60, 60))
    with_vessel = image.copy()
    with_vessel[2, 30, 30] = 1e5
    found, plain = curve(with_vessel, 1.5), curve(image, 1.5)
    others = np.ones(image.shape, bool)
    others[2, 30, 30] = False
    assert np.abs(found - plain)[others].max() < 0.1


def test_one_intensity_is_refused(golden) -> None:
    with golden.error(ScanError):
        curve(np.ones((1, 2, 2)), 1.2)
