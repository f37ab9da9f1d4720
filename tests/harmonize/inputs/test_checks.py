from dataclasses import dataclass

import pytest

from harmonize.inputs.checks import check_above_zero, check_output, check_region, check_two_percentiles


@dataclass
class Settings:
    first: float | None = 1.0
    second: float | None = None


def test_absent_parameters_and_those_above_zero_pass():
    check_above_zero(Settings(), "first", "second")


@pytest.mark.parametrize("value", [0.0, -1.5, float("nan")])
def test_the_first_that_is_not_above_zero_is_named(value):
    with pytest.raises(ValueError, match=f"second is {value:g}, expected a number above 0"):
        check_above_zero(Settings(second=value), "first", "second")


def test_a_region_has_a_name():
    check_region("liver")
    with pytest.raises(ValueError, match="region is empty"):
        check_region("")


@pytest.mark.parametrize("percentiles", [(5.0, 5.0), (-1.0, 5.0), (5.0, 101.0), (float("nan"), 5.0)])
def test_percentiles_rise_within_their_range(percentiles):
    check_two_percentiles((0.0, 100.0))
    with pytest.raises(ValueError, match="expected 0 <= lower < upper <= 100"):
        check_two_percentiles(percentiles)


def test_a_range_of_intensities_rises():
    check_output((-1.0, 1.0))
    with pytest.raises(ValueError, match="output is 2 to 1, expected lower < upper"):
        check_output((2.0, 1.0))
