import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds


@pytest.mark.parametrize(
    "values",
    [
        {"ic": 0.9},
        {"icc": 1.0},
        {"cv": 0},
        {"icc": "high"},
        {"icc": True},
        {},
        [0.9],
        {"icc": 0.9, "at_last": 3},
        {"icc": 0.9, "compared": "limits"},
        {"icc": 0.9, "compared": {"cvv": "limit"}},
        {"icc": 0.9, "compared": {"icc": "lowr"}},
        {"icc": 0.9, "scope": "rois"},
        {"icc": 0.9, "at_least": 0},
        {"icc": 0.9, "at_least": 2, "scope": "contrast"},
        {"icc": 0.9, "top": 0},
        {"icc": 0.9, "by": "ccc"},
        {"top": 5},
        {"top": 5, "by": "ic"},
        {"icc": 0.9, "direction": {"icc": "below"}},
        {"icc": 0.9, "conditions": "ACC+DLR"},
        {"cv": 10},
        {"qcd": 1.5},
        {"cv": 200},
    ],
)
def test_a_bad_rule_is_refused(values, golden):
    with golden.error(ConfigurationError) as error:
        Thresholds.from_mapping(values, "study.yaml: thresholds")
    assert str(error.value).startswith("study.yaml: thresholds")


def test_a_threshold_in_per_cent_is_no_fraction(golden):
    """`cv=10` was taken as 1000 %, which every feature passes."""
    own = ("cv", "rms_wcv", "rc_percent", "rc_ratio")
    for name in ("cv", "rms_wcv"):
        with golden.error(ConfigurationError) as error:
            Thresholds.from_mapping({name: 10}, "`threshold`", own)
        assert "0.1, which is 10 %" in str(error.value)
        assert Thresholds.from_mapping({name: 1}, "", own).limits == {name: 1}
    others = {"rc_percent": 30, "rc_ratio": 2}
    assert Thresholds.from_mapping(others, "", own).limits == others


def test_the_default_is_icc_and_ccc_above_090():
    assert Thresholds.from_mapping(None, "").to_mapping() == {"icc": 0.9, "ccc": 0.9}


def test_the_plain_form_stays_the_plain_form():
    rule = Thresholds.from_mapping({"icc": 0.9, "cv": 0.1}, "")
    assert rule.to_mapping() == {"icc": 0.9, "cv": 0.1}
    assert rule.scope == "sequence_roi"


def test_a_statistic_from_elsewhere_needs_a_direction(golden):
    with golden.error(ConfigurationError):
        Thresholds.from_mapping({"noise": 3}, "rule", ("icc", "noise"))
    rule = Thresholds.from_mapping({"noise": 3, "direction": {"noise": "below"}}, "rule", ("icc", "noise"))
    assert rule.describe() == "noise < 3"
    assert Thresholds({"wsd": 3}).describe() == "wsd < 3"  # which the table of statistics tells


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"icc": 0.9, "ccc": 0.8}, "icc > 0.9 and ccc > 0.8"),
        ({"icc": 0.9, "cv": 0.1, "combine": "any"}, "icc > 0.9 or cv < 0.1"),
        ({"icc": 0.9, "cv": 0.1, "compared": "limit"}, "lower limit of icc > 0.9 and upper limit of cv < 0.1"),
        ({"icc": 0.9, "cv": 0.1, "compared": {"icc": "limit"}}, "lower limit of icc > 0.9 and cv < 0.1"),
        ({"icc": 0.9, "scope": "roi"}, "icc > 0.9 in all sequences of the ROI"),
        (
            {"icc": 0.9, "scope": "sequence", "at_least": 3, "conditions": ["ACC+DLR"]},
            "icc > 0.9 under ACC+DLR in at least 3 ROIs of the sequence",
        ),
        ({"icc": 0.5, "top": 20}, "icc > 0.5; of these the 20 with the highest icc"),
        (
            {"top": 20, "by": "cv", "scope": "overall"},
            "the 20 with the lowest cv in all combinations of sequence and ROI",
        ),
    ],
)
def test_the_rule_in_words(values, words):
    assert Thresholds.from_mapping(values, "").describe() == words


@given(
    st.fixed_dictionaries(
        {"icc": st.floats(-1, 0.99)},
        optional={
            "cv": st.floats(0.01, 1),
            "compared": st.sampled_from(["estimate", "limit"]) | st.just({"icc": "limit"}),
            "combine": st.sampled_from(["all", "any"]),
            "conditions": st.lists(st.sampled_from(["ACC+STD", "ACC+DLR"]), unique=True),
            "top": st.integers(1, 50),
        },
    ),
    st.sampled_from(
        [{}, {"scope": "roi"}, {"scope": "contrast"}, {"at_least": 2}, {"scope": "overall", "at_least": 2}]
    ),
)
def test_a_rule_survives_being_written(values, scope):
    rule = Thresholds.from_mapping({**values, **scope}, "")
    assert Thresholds.from_mapping(rule.to_mapping(), "") == rule


def test_what_has_no_design_of_facets_judges_by_the_rest_of_a_rule():
    sides = {"icc[reader]": "limit", "icc": "limit"}
    rule = Thresholds({"icc[reader]": 0.75, "icc": 0.9}, compared=sides, top=5, by="icc[reader]")
    assert rule.without_facets == Thresholds({"icc": 0.9}, compared={"icc": "limit"})
    assert Thresholds({"icc[reader]": 0.75}, scope="roi").without_facets == Thresholds()
    ranked = Thresholds({"phi": 0.5}, top=5, by="icc")
    assert ranked.without_facets == Thresholds({}, top=5, by="icc")
    assert Thresholds({"icc": 0.8}, top=3).without_facets == Thresholds({"icc": 0.8}, top=3)
