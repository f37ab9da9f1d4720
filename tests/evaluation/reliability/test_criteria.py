"""What passes, from one value to all statistics of a rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reliability.criteria import Criterion, criteria_of, jointly
from harmonize.errors import ConfigurationError

VALUES = np.array([0.5, 0.9, 0.95, np.nan, np.inf, -np.inf])


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (Criterion("icc", limit=0.9), [2, 4]),
        (Criterion("cv", below=True, limit=0.9), [0, 5]),
        (Criterion("icc"), [0, 1, 2, 4]),  # it only ranks: all that could be computed
        (Criterion("cv", below=True), [0, 1, 2, 5]),
    ],
)
def test_a_criterion_is_met_beyond_its_limit_and_never_by_a_missing_value(one, expected):
    assert np.flatnonzero(one.met(VALUES)).tolist() == expected


def test_thresholds_ask_for_the_estimate_or_for_the_limit_on_the_unfavourable_side(golden):
    assert criteria_of({"icc": 0.9, "cv": 0.1}) == (
        Criterion("icc", "estimate", False, 0.9),
        Criterion("cv", "estimate", True, 0.1),
    )
    assert [one.column for one in criteria_of({"icc": 0.9, "cv": 0.1}, "limit")] == ["lower", "upper"]
    with golden.error(ConfigurationError):
        criteria_of({"icc": 0.9}, "lower")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 3), min_size=1, max_size=3), st.sampled_from(["all", "any"]))
def test_jointly_is_every_condition_of_all_statistics_or_of_any(seed, conditions, combine):
    """Against the definition, feature by feature; draws of subjects stand before, and what is not needed is ignored."""
    rng = np.random.default_rng(seed)
    passing = [rng.random((2, number, 5)) < 0.8 for number in conditions]
    needed = [rng.random(part.shape) < 0.7 for part in passing]
    combined = all if combine == "all" else any
    for asked in (None, needed):
        found = jointly(passing, combine, asked)
        assert found.shape == (2, 5)
        for draw, feature in np.ndindex(2, 5):
            of_each = []
            for at, part in enumerate(passing):
                own = part[draw, :, feature]
                own = own if asked is None else own[asked[at][draw, :, feature]]
                of_each.append(bool(len(own)) and bool(own.all()))
            assert found[draw, feature] == combined(of_each)
