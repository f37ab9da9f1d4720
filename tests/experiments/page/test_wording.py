"""Laws of the wording: shares and their limits are rounded alike, and so are estimates."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.written import in_percent, signed, with_limits
from experiments.page.wording import estimate, limits, percent

COUNTED = st.integers(1, 100_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@settings(deadline=None)
@given(COUNTED, st.integers(0, 3))
def test_the_sign_follows_after_a_space(counted, digits):
    value = counted[0] / counted[1]
    assert percent(value, digits) == f"{in_percent(value, digits)}\u00a0%"


@settings(deadline=None)
@given(COUNTED, st.floats(0, 1))
def test_limits_round_as_shares_do_and_are_told_apart(counted, other):
    value = counted[0] / counted[1]
    text = limits({"value": value, "lower": value, "upper": other})
    if text:
        first, second = text.split(" to ")
        assert f"{first}\u00a0%" != second
        digits = len(second.rstrip("\u00a0%").partition(".")[2])
        assert (first, second) == (in_percent(value, digits), percent(other, digits))
    else:
        assert abs(value - other) < 1e-5
    assert limits({"value": value, "lower": value, "upper": value}) == ""


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2))
def test_estimates_and_values_with_limits_are_written_alike(value, lower, upper):
    text = estimate({"value": value, "lower": lower, "upper": upper})
    assert not re.search(r"\((\S+) to \1\)", text)
    if signed(lower) != signed(upper):
        assert text == with_limits(value, lower, upper)
    assert with_limits(value, lower, lower) == with_limits(value, None, upper) == signed(value, 2)
    assert with_limits(value, lower, float("nan")) == signed(value, 2)
