import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from radiomics import imageoperations

from evaluation.extraction.roi import bins_in_roi, check_intensities, check_size
from harmonize.errors import ScanError


def test_an_empty_mask_is_refused(golden) -> None:
    with golden.error(ScanError):
        check_size(np.zeros((2, 3, 4), bool), {}, "after resampling")


@pytest.mark.parametrize(("shape", "least", "passes"), [
    ((1, 1, 1), 1, False), ((1, 4, 1), 1, True), ((1, 4, 1), 2, False), ((1, 4, 3), 2, True), ((1, 4, 3), 3, False),
    ((2, 4, 3), 3, True),
])  # fmt: skip
def test_dimensions_asked_for(shape: tuple[int, int, int], least: int, passes: bool, golden) -> None:
    setting = {"minimumROIDimensions": least}
    if passes:
        assert check_size(np.ones(shape, bool), setting) == tuple(slice(0, size) for size in shape)
    else:
        with golden.error(ScanError):
            check_size(np.ones(shape, bool), setting)


def test_size_asked_for_is_too_small_itself(golden) -> None:
    check_size(np.ones((2, 3, 2), bool), {"minimumROISize": 11})
    with golden.error(ScanError):
        check_size(np.ones((2, 3, 2), bool), {"minimumROISize": 12})


intensities = st.lists(st.floats(-5000, 5000), min_size=2, max_size=30).map(np.array)


@given(intensities, st.sampled_from([0.1, 1.0, 2.5, 25.0, 300.0]))
def test_bins_of_fixed_width_are_those_of_pyradiomics(values: np.ndarray, width: float) -> None:
    levels, _ = imageoperations.binImage(values, binWidth=width)
    assert bins_in_roi(values, {"binWidth": width, "binCount": None}) == levels.max() - levels.min() + 1
    assert levels.min() in (1, 2)  # 2 by the rounding of `1.0 % 0.1`


@given(intensities.filter(lambda values: np.ptp(values) > 1e-6), st.integers(1, 64))
def test_bins_of_fixed_count_are_those_of_pyradiomics(values: np.ndarray, count: int) -> None:
    levels, _ = imageoperations.binImage(values, np.full(values.shape, True), binCount=count)
    assert bins_in_roi(values, {"binCount": count}) == levels.max() == count


@pytest.mark.parametrize("setting", [{}, {"binWidth": 25}, {"binCount": 32}])
@pytest.mark.parametrize("value", [0.0, 50.0, -17.3])
def test_a_constant_roi_has_one_bin(setting: dict, value: float) -> None:
    assert bins_in_roi(np.full(5, value), setting) == 1


def test_bins_too_many_to_make_are_counted_without_making_them() -> None:
    assert bins_in_roi(np.array([0.0, 1e9]), {"binWidth": 1e-6}) == pytest.approx(1e15)


def test_the_advised_bin_width_gives_the_advised_number_of_bins() -> None:
    values = np.linspace(3.0, 4.0, 500)
    with pytest.raises(ScanError) as raised:
        check_intensities(values, {"binWidth": 25.0}, (8, 256))
    width = float(raised.value.advice.split("about ")[1].split(",")[0])
    assert 30 <= check_intensities(values, {"binWidth": width}, (8, 256)) <= 35


def test_limits_hold_on_both_sides_and_can_be_left_out(golden) -> None:
    values = np.arange(100.0)
    assert check_intensities(values, {"binWidth": 1.0}, (100, 100)) == 100
    with golden.error(ScanError):
        check_intensities(values, {"binWidth": 1.0}, (8, 99))
    assert check_intensities(values, {"binWidth": 1.0}, None) == 100


def test_a_constant_roi_is_refused_even_without_limits(golden) -> None:
    with golden.error(ScanError):
        check_intensities(np.full(9, 7.0), {"binWidth": 25.0}, None)
