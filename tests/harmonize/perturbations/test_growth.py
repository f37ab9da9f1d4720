"""Growth and shrinkage of ROIs by a distance."""

from dataclasses import replace

import numpy as np
import pytest
import scipy

from harmonize.perturbations import GrowthByDistance
from tests.harmonize.perturbations.test_laws import scan

NONE = np.random.default_rng(0)


@pytest.mark.parametrize("distance", [0.5, 1.0, 2.0, 4.5])
def test_growth_takes_in_what_is_near_and_shrinkage_is_growth_of_the_rest(distance: float) -> None:
    volume = scan()
    mask = volume.masks["roi"]
    away = scipy.ndimage.distance_transform_edt(~mask, sampling=(2.0, 1.0, 1.0))
    np.testing.assert_array_equal(GrowthByDistance(distance)(volume, NONE).masks["roi"], away <= distance)
    rest = replace(volume, masks={"roi": ~mask})
    shrunk = GrowthByDistance(-distance)(rest, NONE).masks["roi"]
    np.testing.assert_array_equal(shrunk, away > distance)


def test_an_roi_that_vanishes_is_empty() -> None:
    assert not GrowthByDistance(-50.0)(scan(), NONE).masks["roi"].any()


def test_padding_is_not_taken_in() -> None:
    mask = scan().masks["roi"]
    found = GrowthByDistance(3.0)(replace(scan(), outside=~mask), NONE)
    np.testing.assert_array_equal(found.masks["roi"], mask)
