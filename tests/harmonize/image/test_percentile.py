import numpy as np
import pytest

from harmonize.image.percentile import percentile

RNG = np.random.default_rng(0)
MANY = {
    "normal": RNG.normal(size=50_000),
    "whole numbers": np.round(RNG.gamma(0.3, 9.0, 20_001)),
    "all the same": np.zeros(9000),
    "in order": np.sort(RNG.random(9999)),
    "two values": (RNG.random(30_000) < 0.5).astype(float),
    "masked air": np.where(RNG.random(30_000) < 0.4, 0.0, RNG.normal(100, 9, 30_000)),
    "as many as the sample": RNG.normal(size=4096),
    "few": RNG.normal(size=7),
    "two": np.array([5.0, 3.0]),
    "one": np.array([5.0]),
}


@pytest.mark.parametrize("values", MANY.values(), ids=MANY)
@pytest.mark.parametrize("percent", [0, 0.01, 1, 25, 50, 99, 99.99, 100])
def test_it_is_that_of_numpy(values, percent):
    given = values.copy()
    assert percentile(values, percent) == np.percentile(values, percent)
    np.testing.assert_array_equal(values, given)


def test_where_the_sample_is_wrong_all_values_are_put_in_order():
    """Bounds from a sample of the largest values hold no percentile but theirs."""
    values = MANY["normal"].copy()
    places = np.random.default_rng(0).integers(values.size, size=4096)
    values[places] += 1e6
    assert percentile(values, 1) == np.percentile(values, 1)
