import numpy as np
import pytest

from harmonize.denoising.nonlocal_means import nonlocal_means
from harmonize.image.noise import tissue_noise
from harmonize.image.regions import foreground_mask
from harmonize.image.volume import Grid, Volume
from harmonize.steps import NonlocalMeans


def test_inside_it_is_the_core(phantom):
    """The border is mirrored instead of periodic; 4 voxels further in there is no difference."""
    image = phantom.volume.image
    core = nonlocal_means(image, np.full(image.shape[1:], 3.0), 0.8)
    step = NonlocalMeans(0.8, noise=3.0)(phantom.volume).image
    inner = np.s_[:, 4:-4, 4:-4]
    np.testing.assert_allclose(step[inner], core[inner], atol=2e-4)
    assert not np.allclose(step, core, atol=0.1)


def test_the_border_does_not_see_the_opposite_one():
    noise = np.random.default_rng(0).normal(0, 1, (1, 32, 32))
    ramp = noise + 3.0 * np.arange(32)
    smooth = NonlocalMeans(3.0, noise=1.0)(Volume(ramp, Grid((32, 32, 1)))).image
    assert smooth[..., 0].mean() < 10


def test_three_dimensions_average_over_more(phantom):
    volume = phantom.volume
    clean = phantom.truth * np.exp(phantom.log_bias)
    inner = np.s_[1, 40:56, 50:64]
    errors = [(NonlocalMeans(dimension=d)(volume).image - clean)[inner].std() for d in (2, 3)]
    assert errors[1] < errors[0]


def test_absent_noise_is_estimated(phantom):
    volume = phantom.volume
    noise = tissue_noise(volume.image, foreground_mask(volume.image)).sigma
    np.testing.assert_array_equal(NonlocalMeans()(volume).image, NonlocalMeans(noise=noise)(volume).image)


@pytest.mark.parametrize("patch", [1, 5])
def test_patch_and_search_are_used(phantom, patch):
    plain, other = NonlocalMeans()(phantom.volume).image, NonlocalMeans(patch=patch)(phantom.volume).image
    assert not np.allclose(plain, other)
    assert not np.allclose(plain, NonlocalMeans(search=patch)(phantom.volume).image)
