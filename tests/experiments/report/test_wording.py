"""Laws of the wording: 100 % means all and 0 % none, with and without limits, at any number of digits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.report.contents.quantities import Interval
from experiments.report.wording import estimate, in_percent, limits, percent, signed, with_limits

COUNTED = st.integers(1, 100_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@settings(deadline=None)
@given(COUNTED, st.integers(0, 3))
def test_only_all_is_a_hundred_and_only_none_is_nothing(counted, digits):
    passing, total = counted
    text = in_percent(passing / total, digits)
    assert (float(text.lstrip("<>")) == 100) == (passing == total)
    assert (float(text.lstrip("<>")) == 0) == (passing == 0)
    assert percent(passing / total, digits) == f"{text}\u00a0%"


@settings(deadline=None)
@given(COUNTED)
def test_limits_round_as_shares_do(counted):
    value = counted[0] / counted[1]
    assert limits(Interval(value, value, value)) == f"{in_percent(value)} to {percent(value)}"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.994, 0, "99"), (0.995001, 0, ">99"), (0.9994, 1, "99.9"), (0.99951, 1, ">99.9"), (0.005, 0, "<1")],
)
def test_the_edges_of_rounding(value, digits, text):
    assert in_percent(value, digits) == text


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2))
def test_estimates_and_values_with_limits_are_written_alike(value, lower, upper):
    assert estimate(Interval(value, lower, upper)) == with_limits(value, lower, upper)
    assert with_limits(value, None, upper) == with_limits(value, lower, float("nan")) == signed(value, 2)
