import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from radiomics import imageoperations

from evaluation.extraction.engine.gray_levels import GrayLevels, discretized
from harmonize.errors import ScanError

NUMBERS = st.floats(-2000, 2000, allow_nan=False, width=32)


@given(
    values=st.lists(NUMBERS, min_size=1, max_size=40),
    width=st.sampled_from([0.1, 0.3, 1.0, 5.0, 25.0, 1e3]),
    count=st.sampled_from([None, None, 1, 7, 32]),
    kind=st.sampled_from([np.float64, np.float32]),
)
def test_levels_are_pyradiomics_bins(values, width, count, kind):
    array = np.array(values, kind)
    setting = {"binWidth": width, "binCount": count}
    expected, _ = imageoperations.binImage(array, np.ones(array.shape, bool), **setting)
    np.testing.assert_array_equal(discretized(array, setting), expected)


def test_edges_belong_to_the_bin_above():
    values = np.arange(-40, 40) * 0.1
    expected, _ = imageoperations.binImage(values, np.ones(80, bool), binWidth=0.1)
    np.testing.assert_array_equal(discretized(values, {"binWidth": 0.1}), expected)


def test_bins_narrower_than_the_spacing_of_numbers_are_pyradiomics_too():
    values = np.array([1e6, 1e6 + 0.25, 1e6 + 0.5, 1e6 + 3], np.float32)
    expected, _ = imageoperations.binImage(values, np.ones(4, bool), binWidth=0.1)
    np.testing.assert_array_equal(discretized(values, {"binWidth": 0.1}), expected)


def test_more_bins_than_fit_into_memory_are_refused(golden):
    with golden.error(ScanError):
        discretized(np.array([0.0, 1e12]), {"binWidth": 1.0, "binCount": None})


def test_codes_name_a_level_of_a_region():
    levels = [np.array([2, 1, 4]), np.array([1]), np.array([3, 3])]
    found = GrayLevels.of(levels, gap=2)
    assert found.codes.min() == 3
    assert found.roi_of(found.codes).tolist() == [0, 0, 0, 1, 2, 2]
    assert (found.codes - found.base[found.roi_of(found.codes)]).tolist() == [2, 1, 4, 1, 3, 3]
    assert found.n_codes == found.codes.max() + 1
