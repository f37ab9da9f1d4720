import pytest

from evaluation.generalizability.facets import Facet, FacetDesign
from experiments.study.manifest import Scan
from experiments.study.measured_over import levels_of, parse_facets, parse_thresholds
from harmonize.errors import ConfigurationError

LEVELS = {"scanner": ["A", "B"], "session": ["1", "2"], "reconstruction": ["STD"]}


def test_facets_are_read_as_typed_and_with_a_space_behind_the_colon():
    for value in (
        ["scanner:fixed", "session:nested", "reconstruction"],
        [{"scanner": "fixed"}, {"session": "nested"}, "reconstruction"],
        [{"scanner": "fixed"}, {"session": {"nested": "subject"}}, "reconstruction"],
    ):
        design = parse_facets(value, LEVELS, "study.yaml: facets")
        assert [facet.typed for facet in design.facets] == ["scanner:fixed", "session:nested=subject", "reconstruction"]
    nested = parse_facets(["scanner", {"session": {"nested": "scanner"}}], LEVELS, "study.yaml: facets")
    assert nested.names == ("subject", "scanner", "subject:scanner", "scanner:session", "residual")


def test_a_factor_of_one_level_may_be_left_out_and_without_facets_there_is_no_design():
    assert parse_facets(["scanner", "session"], LEVELS, "study.yaml: facets").facets[1].name == "session"
    assert parse_facets(None, LEVELS, "study.yaml: facets") is None


@pytest.mark.parametrize(
    "value",
    [
        "scanner",
        ["scaner", "session"],
        ["scanner"],
        ["scanner", {"session": "fixd"}],
        ["scanner", {"session": "nested", "scanner": "fixed"}],
        ["scanner", "scanner", "session"],
        ["scanner", 3],
        ["scanner", {"session": {"nested": "sesion"}}],
    ],
)
def test_what_is_no_facet_is_told(value, golden):
    with golden.error(ConfigurationError):
        parse_facets(value, LEVELS, "study.yaml: facets")


def test_a_rule_may_name_facets_of_the_study_as_text_or_mapping():
    facets = FacetDesign((Facet("reader"), Facet("scanner", fixed=True)))
    text = "icc[reader] > 0.75 and phi_mean > 0.5 and icc > 0.9"
    rule = parse_thresholds(text, facets, "study.yaml: thresholds")
    assert rule.describe() == text
    mapping = {"icc[reader]": 0.75, "phi_mean": 0.5, "icc": 0.9}
    assert parse_thresholds(mapping, facets, "") == parse_thresholds(rule.to_mapping(), facets, "") == rule
    assert parse_thresholds("icc > 0.9", None, "").limits == parse_thresholds({"icc": 0.9}, facets, "").limits


@pytest.mark.parametrize("facets", [None, FacetDesign((Facet("scanner"),))])
@pytest.mark.parametrize("rule", ["icc[reader] > .75 and icc > .9", {"top": 5, "by": "icc[reader]"}])
def test_a_rule_of_a_facet_that_the_study_does_not_name_is_refused(rule, facets, golden):
    with golden.error(ConfigurationError):
        parse_thresholds(rule, facets, "study.yaml: thresholds")


def test_a_crossed_facet_that_hardly_any_subjects_share_is_asked_about_when_the_study_is_read(golden):
    days = [(f"S{s}", f"d{s}-{d}") for s in range(6) for d in range(2)]
    scans = [
        Scan(subject, "T2", f"{day}+{scanner}", {"date": day, "scanner": scanner}, "t2.nii", {"liver": None}, {}, 2)
        for subject, day in days
        for scanner in "AB"
    ]
    levels = levels_of(("date", "scanner"), scans)
    with golden.error(ConfigurationError):
        parse_facets(["date", "scanner"], levels, "study.yaml: facets", scans)
    assert parse_facets(["date:nested", "scanner"], levels, "study.yaml: facets", scans).facets[0].nested == "subject"


def test_a_rule_may_ask_for_all_conditions_at_once_but_for_nothing_that_has_no_better_side(golden):
    rule = parse_thresholds({"icc_all": 0.9, "compared": "limit"}, None, "thresholds")
    assert rule.describe() == "lower limit of icc_all > 0.9"
    with golden.error(ConfigurationError):
        parse_thresholds({"bias": 0.1}, None, "thresholds")
