import pytest

from evaluation.reliability.criteria import Criterion
from selection.rule import Rule
from selection.thresholds import Thresholds

ICC = Criterion("icc", "estimate", below=False, limit=0.9)


@pytest.mark.parametrize(
    ("thresholds", "rule", "words"),
    [
        (Thresholds({"icc": 0.9}), Rule((ICC,), "icc"), "icc > 0.9"),
        (
            Thresholds({"icc": 0.9, "cv": 0.1}, compared={"cv": "limit"}, combine="any", scope="contrast"),
            Rule((ICC, Criterion("cv", "upper", below=True, limit=0.1)), "icc", "any", "contrast"),
            "icc > 0.9 or upper limit of cv < 0.1 under each condition by itself",
        ),
        (
            Thresholds({"icc": 0.9}, at_least=2, conditions=("ACC+STD",), top=5, by="cv"),
            Rule((ICC, Criterion("cv", "estimate", below=True)), "cv", "all", "overall", 2, ("ACC+STD",), 5),
            "icc > 0.9 under ACC+STD in at least 2 combinations of sequence and ROI; of these the 5 with the lowest cv",
        ),
        (
            Thresholds({}, top=3, by="shift", direction={"shift": "below"}, scope="sequence"),
            Rule((Criterion("shift", "estimate", below=True),), "shift", scope="sequence", top=3),
            "the 3 with the lowest shift in all ROIs of the sequence",
        ),
    ],
)
def test_thresholds_resolve_to_a_rule_that_says_itself(thresholds: Thresholds, rule: Rule, words: str) -> None:
    assert thresholds.resolved == rule
    assert thresholds.describe() == rule.describe() == words
