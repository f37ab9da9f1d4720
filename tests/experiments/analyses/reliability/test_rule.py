from dataclasses import fields
from pathlib import Path

import pytest

from experiments.analyses.reliability.rule import statistics_of, thresholds_of
from experiments.analyses.reliability.settings import ReliabilitySettings
from harmonize.errors import ConfigurationError

ROOT = Path(__file__).parents[4]
USUAL = statistics_of((), "REF")


def test_further_statistics_come_after_the_usual_ones_and_once():
    assert statistics_of(("wsd", "icc"), "REF") == (*USUAL, "wsd")
    assert "icc" in USUAL
    assert "ccc" in set(USUAL) - {*statistics_of((), None)}  # it compares with a reference


def test_without_a_threshold_a_feature_must_agree_as_usual():
    everywhere, rule = thresholds_of({}, compared="estimate", statistics=USUAL, reference="REF")
    assert dict(rule.limits) == {"icc": 0.9, "ccc": 0.9}
    assert everywhere["cv"] == 0.1  # its share is shown, and it is not asked for


@pytest.mark.parametrize(("reference", "when"), [("REF", ""), (None, "without a reference ")])
def test_help_and_documentation_name_the_default(reference, when):
    """They said `overall_ccc=0.9` where icc=0.9 is asked for as well."""
    _, rule = thresholds_of({}, compared="estimate", statistics=statistics_of((), reference), reference=reference)
    one, other = (f"{name}={limit:g}" for name, limit in rule.limits.items())
    (setting,) = (one for one in fields(ReliabilitySettings) if one.name == "threshold")
    assert f"{when}{one} and {other}" in setting.metadata["option"].about()
    page = ROOT / "docs" / "reliability.md"
    assert f"{when}`{one}` and `{other}`" in page.read_text(encoding="utf-8").replace("\n", " ")


def test_a_twin_has_the_threshold_of_the_one_that_is_named():
    everywhere, rule = thresholds_of({"cv": "0.2"}, compared="estimate", statistics=USUAL, reference="REF")
    assert dict(rule.limits) == {"cv": 0.2}
    assert everywhere["cv_paper"] == 0.2


@pytest.mark.parametrize(
    ("further", "given", "compared", "reference"),
    [
        (("bias",), {}, "estimate", None),
        (("icx",), {}, "estimate", "REF"),
        ((), {"wsd": "1"}, "estimate", "REF"),
        ((), {"icc": "high"}, "estimate", "REF"),
        ((), {"cv": "0.1"}, "limit", "REF"),
    ],
    ids=["needs a reference", "unknown", "not computed", "no number", "without limits"],
)
def test_what_cannot_be_asked_is_refused(further, given, compared, reference, golden):
    with golden.error(ConfigurationError):
        thresholds_of(given, compared, statistics_of(further, reference), reference)
