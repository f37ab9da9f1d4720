import numpy as np
import pytest

from harmonize.image.noise import tissue_noise
from harmonize.image.regions import foreground_mask
from harmonize.image.volume import Grid, Volume
from harmonize.steps import Bilateral


def by_hand(plane: np.ndarray, y: int, x: int, spatial: float, spread: float, spacing: float) -> float:
    """The definition at one voxel, over 2.5 standard deviations as in ITK."""
    reach = int(np.ceil(2.5 * spatial / spacing))
    offsets = np.arange(-reach, reach + 1)
    near = plane[np.ix_(y + offsets, x + offsets)]
    distance = spacing**2 * (offsets[:, None] ** 2 + offsets**2)
    difference = near - plane[y, x]
    weight = np.exp(-distance / (2 * spatial**2) - difference**2 / (2 * spread**2)) * (np.abs(difference) < 4 * spread)
    return float((weight * near).sum() / weight.sum())


@pytest.mark.parametrize(("spatial", "spacing"), [(1.5, 1.0), (2.0, 1.5)])
def test_it_is_the_weighted_mean_of_its_definition(spatial, spacing):
    plane = np.random.default_rng(0).normal(100, 5, (24, 24)) + 30 * (np.arange(24) > 11)
    step = Bilateral(spatial, range_sigma=2.0, noise=5.0)
    result = step(Volume(plane[None], Grid((24, 24, 1), (spacing, spacing, 5.0)))).image[0]
    for y, x in [(12, 11), (12, 12), (8, 15), (10, 8)]:
        assert result[y, x] == pytest.approx(by_hand(plane, y, x, spatial, 10.0, spacing), abs=0.02)


def test_absent_parameters_follow_the_scan(phantom):
    volume = phantom.volume
    noise = tissue_noise(volume.image, foreground_mask(volume.image)).sigma
    explicit = Bilateral(1.5 * 1.5, 2.0, noise)
    np.testing.assert_array_equal(Bilateral()(volume).image, explicit(volume).image)


def test_edges_stay_while_noise_goes():
    rng = np.random.default_rng(0)
    truth = np.where(np.arange(64) < 32, 100.0, 160.0) * np.ones((1, 64, 64))
    smooth = Bilateral()(Volume(truth + rng.normal(0, 5, truth.shape), Grid((64, 64, 1)))).image
    assert smooth[0, :, :28].std() < 2
    assert np.diff(smooth[0].mean(axis=0))[31] == pytest.approx(60, abs=3)
