"""Gamma as a perturbation."""

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.gamma import GammaCurve


def test_ends_stay_and_order_too() -> None:
    image = np.random.default_rng(0).normal(size=(2, 5, 5)) - 3
    found = GammaCurve(0.7)(Volume(image, Grid((5, 5, 2))), np.random.default_rng(0)).image
    assert np.isclose(found.min(), image.min())
    assert np.isclose(found.max(), image.max())
    assert (found.ravel().argsort() == image.ravel().argsort()).all()


def test_one_intensity_is_refused() -> None:
    with pytest.raises(ScanError):
        GammaCurve()(Volume(np.ones((1, 2, 2)), Grid((2, 2, 1))), np.random.default_rng(0))
