"""Laws of the wording: shares and their limits are rounded alike, and so are estimates."""

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
@given(COUNTED)
def test_limits_round_as_shares_do(counted):
    value = counted[0] / counted[1]
    assert limits({"value": value, "lower": value, "upper": value}) == f"{in_percent(value)} to {percent(value)}"


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2))
def test_estimates_and_values_with_limits_are_written_alike(value, lower, upper):
    assert estimate({"value": value, "lower": lower, "upper": upper}) == with_limits(value, lower, upper)
    assert with_limits(value, None, upper) == with_limits(value, lower, float("nan")) == signed(value, 2)
