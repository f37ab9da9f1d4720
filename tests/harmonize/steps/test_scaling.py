import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.steps import Scaling


@pytest.mark.parametrize(("percentiles", "output"), [((0.0, 100.0), (0.0, 1.0)), ((1.0, 99.0), (-5.0, 50.0))])
def test_the_percentiles_become_the_ends(phantom, percentiles, output):
    inside = Scaling(percentiles, output, "liver")(phantom.volume).image[phantom.volume.masks["liver"]]
    assert np.percentile(inside, percentiles) == pytest.approx(output)


def test_it_is_one_line_over_the_whole_image(phantom):
    before, after = phantom.volume.image.ravel(), Scaling()(phantom.volume).image.ravel()
    slope, intercept = np.polyfit(before, after, 1)
    np.testing.assert_allclose(after, slope * before + intercept, atol=1e-8)
    assert after.min() < 0  # nothing is cut off


def test_a_region_of_one_intensity_is_refused(golden):
    image = np.full((1, 1, 1000), 7.0)
    image[0, 0, 0] = 9.0
    with golden.error(ScanError):
        Scaling(region="image")(Volume(image, Grid((1000, 1, 1))))
