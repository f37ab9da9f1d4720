import math

import numpy as np
import pytest
import scipy

from evaluation.quality.entropy_focus import entropy_focus


def mriqc(img):
    """Compute `mriqc.qc.anatomical.efc` as its documentation has it."""
    n = img.size
    largest = n * (1.0 / np.sqrt(n)) * np.log(1.0 / np.sqrt(n))
    energy = np.sqrt((img**2).sum())
    return float((1.0 / largest) * np.sum((img / energy) * np.log((img + 1e-16) / energy)))


def test_it_is_the_formula_of_mriqc():
    image = np.abs(np.random.default_rng(0).normal(30.0, 20.0, (5, 40, 30)))
    assert entropy_focus(image).value == pytest.approx(mriqc(image), rel=1e-10)


def test_a_fraction_of_equal_voxels_has_a_closed_form():
    image = np.zeros(10_000)
    image[:100] = 7.0  # each has 1 / 10 of the energy: 100 * .1 * ln 10, over 100 ln 100
    assert entropy_focus(image).value == pytest.approx(10 * math.log(10) / (100 * math.log(100)), rel=1e-12)


def test_ghosts_raise_it_and_the_gain_does_not():
    image = np.zeros((64, 64))
    image[20:40, 20:40] = 100.0
    ghosted = 0.8 * image + 0.2 * np.roll(image, 20, axis=0)
    assert entropy_focus(ghosted).value > entropy_focus(image).value
    assert entropy_focus(3 * ghosted).value == pytest.approx(entropy_focus(ghosted).value, rel=1e-12)
    noisy = np.abs(image + scipy.stats.norm.rvs(0, 5, image.shape, random_state=0))
    assert entropy_focus(noisy).value > entropy_focus(image).value


@pytest.mark.parametrize("image", [np.zeros(9), np.array([-1.0, 2.0]), np.ones(1)])
def test_what_is_no_magnitude_image_has_none(image):
    found = entropy_focus(image)
    assert math.isnan(found.value)
    assert found.status != "ok"
