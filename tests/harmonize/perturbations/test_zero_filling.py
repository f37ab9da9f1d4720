"""A partial matrix as a perturbation."""

import numpy as np
import pytest

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.zero_filling import PartialMatrix

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("shape", [(2, 32, 27), (1, 31, 40)])
def test_frequencies_by_hand(share: float, shape: tuple[int, int, int]) -> None:
    image = np.random.default_rng(0).uniform(100, 150, shape)
    found = PartialMatrix(share)(Volume(image, Grid(shape[::-1], (1.0, 1.0, 5.0))), RANDOM).image
    rows, columns = (np.abs(np.fft.fftfreq(size)) < share / 2 for size in shape[1:])
    np.testing.assert_allclose(found, np.fft.ifft2(np.fft.fft2(image) * np.outer(rows, columns)).real, atol=1e-10)


def test_an_edge_rings_by_nine_percent() -> None:
    """Gibbs: the truncated series of a step overshoots by 8.95 % of it."""
    step = np.where(np.arange(512) < 256, 100.0, 200.0) * np.ones((1, 8, 1))
    found = PartialMatrix(1 / 16)(Volume(step, Grid((512, 8, 1))), RANDOM).image
    assert (found.max() - 200) / 100 == pytest.approx(0.0895, abs=0.003)
