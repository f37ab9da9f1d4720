import numpy as np
import pytest

from harmonize.steps import Median


@pytest.mark.parametrize(("dimension", "radius"), [(2, 1), (2, 2), (3, 1)])
def test_it_is_the_median_of_the_neighbourhood_with_the_border_repeated(phantom, dimension, radius):
    volume = phantom.volume
    across = radius if dimension == 3 else 0
    padded = np.pad(volume.image, [(across, across), (radius, radius), (radius, radius)], mode="edge")
    window = [2 * across + 1, 2 * radius + 1, 2 * radius + 1]
    expected = np.median(np.lib.stride_tricks.sliding_window_view(padded, window), axis=(3, 4, 5))
    np.testing.assert_array_equal(Median(radius, dimension)(volume).image, expected)
