import numpy as np
import pytest

from harmonize.steps import Clip


def test_percentiles_of_a_region_bound_the_whole_image(phantom):
    volume = phantom.volume
    lower, upper = np.percentile(volume.image[volume.masks["liver"]], [10, 90])
    result = Clip((10.0, 90.0), region="liver")(volume).image
    np.testing.assert_array_equal(result, np.clip(volume.image, lower, upper))


@pytest.mark.parametrize("bounds", [(20.0, 120.0), (None, 120.0), (20.0, None)])
def test_fixed_bounds(phantom, bounds):
    result = Clip(bounds=bounds)(phantom.volume).image
    lower, upper = bounds
    assert result.min() == (phantom.volume.image.min() if lower is None else lower)
    assert result.max() == (phantom.volume.image.max() if upper is None else upper)


def test_twice_is_once_with_fixed_bounds(phantom):
    step = Clip(bounds=(20.0, 120.0))
    once = step(phantom.volume)
    np.testing.assert_array_equal(step(once).image, once.image)
