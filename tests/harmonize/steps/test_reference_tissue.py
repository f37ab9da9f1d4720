import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.steps import ReferenceTissue

ONE = ReferenceTissue({"liver": 100.0})
TWO = ReferenceTissue({"liver": 300.0, "spleen": 100.0})


def means(volume):
    return {name: float(volume.image[mask].mean()) for name, mask in volume.masks.items()}


def test_the_tissues_reach_their_targets(phantom):
    assert means(ONE(phantom.volume))["liver"] == pytest.approx(100)
    assert means(TWO(phantom.volume)) == pytest.approx({"liver": 300.0, "spleen": 100.0})


def test_one_tissue_undoes_a_gain_and_two_undo_a_shift_as_well(phantom):
    volume = phantom.volume
    gained, shifted = volume.with_image(volume.image * 20), volume.with_image(volume.image * 20 - 700)
    np.testing.assert_allclose(ONE(gained).image, ONE(volume).image, rtol=1e-9)
    np.testing.assert_allclose(TWO(shifted).image, TWO(volume).image, rtol=1e-9, atol=1e-9)


def test_the_order_of_the_targets_does_not_matter(phantom):
    other = ReferenceTissue({"spleen": 100.0, "liver": 300.0})
    assert other == TWO
    np.testing.assert_array_equal(other(phantom.volume).image, TWO(phantom.volume).image)


def test_one_tissue_needs_a_positive_mean(phantom, golden):
    with golden.error(ScanError):
        ONE(phantom.volume.with_image(phantom.volume.image - 1000))


def test_a_turned_contrast_is_refused(phantom, golden):
    with golden.error(ScanError):
        TWO(phantom.volume.with_image(-phantom.volume.image))


@pytest.mark.parametrize("targets", [{}, {"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 0.0}, {"a": 5.0, "b": 5.0}])
def test_impossible_targets_are_refused(targets, golden):
    with golden.error(ValueError):
        ReferenceTissue(targets)


def test_an_unknown_tissue_is_refused(phantom, golden):
    with golden.error(ScanError):
        ReferenceTissue({"muscle": 100.0})(phantom.volume)
