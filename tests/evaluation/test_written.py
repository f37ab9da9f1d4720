"""Laws of rounding: 100 % means all and 0 % none, at any number of digits."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.written import in_percent, with_limits

COUNTED = st.integers(1, 100_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@settings(deadline=None)
@given(COUNTED, st.integers(0, 3))
def test_only_all_is_a_hundred_and_only_none_is_nothing(counted, digits):
    passing, total = counted
    text = in_percent(passing / total, digits)
    assert (float(text.lstrip("<>")) == 100) == (passing == total)
    assert (float(text.lstrip("<>")) == 0) == (passing == 0)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.994, 0, "99"), (0.995001, 0, ">99"), (0.9994, 1, "99.9"), (0.99951, 1, ">99.9"), (0.005, 0, "<1")],
)
def test_the_edges_of_rounding(value, digits, text):
    assert in_percent(value, digits) == text


def test_a_score_without_a_value_or_limits_says_so():
    assert (with_limits(math.nan), with_limits(0.75)) == ("–", "0.75")
