import math

import numpy as np
import pytest

from evaluation.quality.signal import noise_of, signal_mean, signal_over_noise, signal_over_spread, signal_sd
from harmonize.image.noise import NoiseEstimate

VALUES = np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])
NONE = NoiseEstimate(None, 3, "3 squares of 2 x 2 voxels, expected at least 100")


def test_mean_and_sd_are_those_of_the_text_book():
    assert signal_mean(VALUES) == (5.0, "ok")
    assert signal_sd(VALUES).value == pytest.approx(math.sqrt(32 / 7), rel=1e-14)


def test_the_ratio_within_an_roi_is_that_of_mriqc():
    # mriqc.qc.anatomical.snr: mean / (SD with n * sqrt(n / (n - 1)))
    assert signal_over_spread(VALUES).value == pytest.approx(5.0 / (2.0 * math.sqrt(8 / 7)), rel=1e-14)


def test_without_noise_its_reason_stands_there():
    assert signal_over_noise(VALUES, NoiseEstimate(0.5, 200)).value == 10.0
    assert signal_over_noise(VALUES, NONE).status == f"noise: {NONE.reason}"
    assert noise_of(NONE).status == NONE.reason
    assert math.isnan(noise_of(NONE).value)
    assert noise_of(NoiseEstimate(0.5, 200)) == (0.5, "ok")


def test_one_voxel_and_equal_voxels_have_no_spread():
    assert math.isnan(signal_sd(VALUES[:1]).value)
    assert signal_over_spread(np.ones(4)).status == "all voxels are equal"
