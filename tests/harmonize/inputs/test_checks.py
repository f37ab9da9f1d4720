from pathlib import Path

import numpy as np
import pytest

from harmonize.inputs.checks import check_output, check_region, check_two_percentiles, of_kind


def test_a_region_has_a_name(golden):
    check_region("liver")
    with golden.error(ValueError):
        check_region("")


@pytest.mark.parametrize("percentiles", [(5.0, 5.0), (-1.0, 5.0), (5.0, 101.0), (float("nan"), 5.0)])
def test_percentiles_rise_within_their_range(percentiles, golden):
    check_two_percentiles((0.0, 100.0))
    with golden.error(ValueError):
        check_two_percentiles(percentiles)


def test_a_range_of_intensities_rises(golden):
    check_output((-1.0, 1.0))
    with golden.error(ValueError):
        check_output((2.0, 1.0))


@pytest.mark.parametrize(
    ("kind", "value", "given"),
    [
        (bool, np.bool_(True), True),
        (int, np.int32(3), 3),
        (int, 10**400, 10**400),
        (float, 2, 2.0),
        (str, "2", "2"),
        (Path, "a/b", Path("a/b")),
    ],
)
def test_a_value_of_a_kind_is_given_as_that_kind_of_python(kind, value, given):
    assert of_kind(kind, value) == given
    assert isinstance(of_kind(kind, value), kind)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (bool, 1),
        (int, True),
        (int, 2.0),
        (float, False),
        (float, np.nan),
        (float, "2"),
        (str, 2),
        (Path, 2),
        (int, None),
    ],
)
def test_a_value_of_another_kind_is_refused(kind, value, golden):
    with golden.error(ValueError):
        of_kind(kind, value)
