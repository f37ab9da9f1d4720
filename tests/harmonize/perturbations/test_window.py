"""A clipping window as a perturbation."""

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.window import ClippingWindow
from harmonize.steps.clip import Clip

RANDOM = np.random.default_rng(0)
VOLUME = Volume(np.random.default_rng(0).gamma(3, 50, (4, 40, 40)), Grid((40, 40, 4)))


def test_neither_shifted_nor_widened_it_is_clip() -> None:
    found = ClippingWindow(widening=0.0)(VOLUME, RANDOM).image
    np.testing.assert_allclose(found, Clip(region="image")(VOLUME).image, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("shift", "widening"), [(0.1, 0.0), (-0.05, 0.0), (0.0, -0.2), (0.02, 0.1)])
def test_bounds_by_hand(shift: float, widening: float) -> None:
    low, high = np.percentile(VOLUME.image, (0.5, 99.5))
    width = high - low
    expected = np.clip(VOLUME.image, low + (shift - widening / 2) * width, high + (shift + widening / 2) * width)
    np.testing.assert_allclose(ClippingWindow(shift, widening)(VOLUME, RANDOM).image, expected, rtol=0, atol=1e-9)


def test_one_intensity_is_refused(golden) -> None:
    with golden.error(ScanError):
        ClippingWindow()(Volume(np.ones((1, 9, 9)), Grid((9, 9, 1))), RANDOM)
