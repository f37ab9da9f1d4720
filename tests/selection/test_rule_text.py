import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonize.errors import ConfigurationError
from selection.rule_text import parse_rule
from selection.thresholds import Thresholds

FACETS = ("icc[reader]", "icc[scan and rescan]", "icc[acquisition or so]", "icc", "cv", "own")
LIMITS = st.dictionaries(st.sampled_from(FACETS), st.integers(1, 99).map(lambda n: n / 100), min_size=1)


@given(LIMITS, st.sampled_from(["all", "any"]), st.sets(st.sampled_from(FACETS)))
def test_a_rule_is_read_from_what_describes_it(limits, combine, compared):
    rule = Thresholds(
        limits,
        compared={name: "limit" for name in limits if name in compared},
        combine=combine,
        direction={"own": "below"} if "own" in limits else {},
    )
    read = Thresholds.from_mapping(rule.describe(), "rule", FACETS)
    assert read.describe() == rule.describe()
    assert read.resolved.criteria == rule.resolved.criteria
    assert read.combine == (combine if len(limits) > 1 else "all")


def test_spaces_and_cases_and_forms_of_numbers_do_not_matter():
    plain = {"icc[reader]": 0.75, "cv": 0.1}
    for text in ("icc[reader]>.75 AND cv<1e-1", "  icc[reader]  > 0.750  and\n cv < .10 "):
        assert parse_rule(text, "rule") == plain
    assert parse_rule("Lower  limit of icc > 0.5", "rule") == {"icc": 0.5, "compared": "limit"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "icc",
        "icc > high",
        "icc > 0.9 and",
        "icc > 0.9 or cv < 0.1 and qcd < 0.1",
        "not icc > 0.9",
        "(icc > 0.9)",
        "icc[reader > 0.9",
        "icc[] > 0.9",
        "icc[a][b] > 0.9",
        "icc >= 0.9",
        "icc = 0.9",
        "icc < 0.9",
        "icc[reader] < 0.9",
        "cv > 0.1",
        "icc > 0.9 and icc > 0.8",
        "upper limit of icc > 0.9",
        "lower limit of cv < 0.1",
        "__import__('os').system('x') > 0",
    ],
)
def test_what_is_no_rule_is_refused(text, golden):
    with golden.error(ConfigurationError) as error:
        parse_rule(text, "`rule`")
    assert str(error.value).startswith("`rule`: ")


def test_what_no_estimate_reaches_and_what_is_not_there_are_refused(golden):
    for text in ("icc[reader] > 9", "icc[readr] > 0.9"):
        with golden.error(ConfigurationError):
            Thresholds.from_mapping(text, "`rule`", ("icc[reader]", "icc[scanner]"))
