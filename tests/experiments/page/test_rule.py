from experiments.page.rule import read_rule, rule_in_words
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds


def where(**options: object) -> str:
    return rule_in_words(Thresholds({"icc": 0.9}, **options), "REF").where


def test_thresholds_are_joined_as_the_rule_says() -> None:
    assert rule_in_words(Thresholds({"icc": 0.9, "cv": 0.1}), "REF").what == "ICC > 0.90 and CV < 10\u00a0%"
    either = rule_in_words(Thresholds({"icc": 0.9, "cv": 0.1}, combine="any"), "REF")
    assert either.what == "ICC > 0.90 or CV < 10\u00a0%"


def test_limits_are_named() -> None:
    rule = Thresholds({"icc": 0.75, "cv": 0.1}, compared={"icc": "limit"})
    assert rule_in_words(rule, "REF").what == "lower confidence limit of ICC > 0.75 and CV < 10\u00a0%"


def test_conditions_and_places_are_named() -> None:
    assert where() == "in every condition compared with REF"
    assert where(conditions=("ACC+STD", "ACC+DLR")) == "in ACC+STD and ACC+DLR compared with REF"
    assert where(at_least=4).endswith(", in at least 4 combinations of sequence and ROI")
    assert where(scope="sequence").endswith(", in all ROIs of a sequence")
    assert where(scope="roi", at_least=2).endswith(", in at least 2 sequences of an ROI")
    assert where(scope="contrast").startswith("in the condition itself")


def test_the_best_are_named_with_what_ranks_them() -> None:
    assert where(top=10).endswith("; of these the 10 with the highest ICC")
    alone = rule_in_words(Thresholds({}, top=5, by="cv"), "REF")
    assert alone.what == "the 5 with the lowest CV"
    assert alone.where == "over all conditions"


def test_the_note_stands_only_where_a_field_says_less_than_the_whitelist() -> None:
    assert rule_in_words(Thresholds({"icc": 0.9}, combine="any", compared="limit"), "REF").note == ""
    note = rule_in_words(Thresholds({"icc": 0.9}, at_least=3, top=10), "REF").note
    assert "judges several sequences or ROIs together and the whitelist keeps the best 10" in note


def test_rules_of_run_json_come_back(golden) -> None:
    rule = Thresholds({"icc": 0.75}, compared="limit", at_least=2)
    assert read_rule(rule.to_mapping(), "run.json: rule") == rule
    with golden.error(ConfigurationError):
        read_rule({"icc": "much"}, "run.json: rule")


def test_what_is_of_all_conditions_is_compared_with_none() -> None:
    alone, beside = (Thresholds({"icc[reader]": 0.75, name: 0.1}) for name in ("cv", "icc"))
    assert rule_in_words(alone, "REF").where == "over all conditions"
    assert rule_in_words(beside, "REF").where == "in every condition compared with REF"


def test_what_judges_without_facets_is_named_where_a_rule_has_them() -> None:
    both = Thresholds({"icc[reader]": 0.75, "icc": 0.8}, compared="limit")
    assert rule_in_words(both, "REF").rest == "lower confidence limit of ICC > 0.80"
    assert rule_in_words(Thresholds({"phi": 0.5}), "REF").rest == "ICC > 0.90 and CCC > 0.90"
    assert rule_in_words(Thresholds(), "REF").rest == ""
