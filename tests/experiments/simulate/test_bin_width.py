import numpy as np
import pytest

from experiments.simulate.bin_width import choose_bin_width


def test_gives_most_rois_16_to_128_bins():
    ranges = np.geomspace(30.0, 130.0, 200)
    bins = ranges / choose_bin_width(ranges)
    assert bins.min() >= 16
    assert bins.max() <= 190
    assert (bins <= 128).mean() > 0.8


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 7.0, 1e8])
def test_follows_the_scale(factor):
    bins = 100.0 * factor / choose_bin_width([100.0 * factor])
    assert 70 <= bins <= 88


def test_the_narrowest_keeps_16_bins():
    ranges = [20.0] + [200.0] * 50
    assert 16 <= 20.0 / choose_bin_width(ranges) <= 20


@pytest.mark.parametrize("widest", [100.0, 300.0, 1e3, 1e5])
def test_no_roi_gets_more_than_256_bins(widest):
    assert widest / choose_bin_width([10.0, 50.0, widest]) <= 256


def test_constant_rois_do_not_count():
    assert choose_bin_width([0.0, 60.0]) == choose_bin_width([60.0])
    assert choose_bin_width([0.0]) == 1.0
