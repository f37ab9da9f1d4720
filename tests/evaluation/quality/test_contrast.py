import math

import numpy as np
import pytest

from evaluation.quality.contrast import SAME, contrast_over_noise, joint_variation, michelson_contrast
from harmonize.image.noise import NoiseEstimate


def test_two_tissues_of_known_mean_and_spread():
    rng = np.random.default_rng(0)
    white, gray = rng.normal(120.0, 6.0, 400_000), rng.normal(80.0, 10.0, 400_000)
    assert joint_variation(white, gray).value == pytest.approx(16 / 40, rel=0.005)
    assert michelson_contrast(white, gray).value == pytest.approx(40 / 200, rel=0.005)
    assert contrast_over_noise(white, gray, NoiseEstimate(5.0, 1000)).value == pytest.approx(8.0, rel=0.005)


def test_the_order_of_the_regions_changes_nothing():
    one, other = np.array([1.0, 2.0]), np.array([5.0, 9.0, 4.0])
    assert joint_variation(one, other) == joint_variation(other, one)
    assert michelson_contrast(one, other) == michelson_contrast(other, one)


def test_joint_variation_and_contrast_do_not_change_with_the_gain_of_the_scanner():
    one, other = np.array([1.0, 2.0]), np.array([5.0, 9.0, 4.0])
    for measure in (joint_variation, michelson_contrast):
        assert measure(7 * one, 7 * other).value == pytest.approx(measure(one, other).value, rel=1e-12)


def test_what_is_undefined_says_why():
    same = np.array([1.0, 3.0])
    assert joint_variation(same, same).status == SAME
    assert math.isnan(joint_variation(same, same).value)
    assert joint_variation(same[:1], same).status != "ok"
    assert michelson_contrast(-same, same).status != "ok"
    assert contrast_over_noise(same, same, NoiseEstimate(None, 0, "no squares")).status == "noise: no squares"
