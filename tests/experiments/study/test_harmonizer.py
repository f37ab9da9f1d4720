"""The harmonizer of a strategy: what a study file may say, and what it does to the digests."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.extraction import ExtractionSettings
from experiments.study.harmonizer import Harmonizer, method_text
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize import ComBat, LongitudinalComBat
from harmonize.errors import ConfigurationError

WHERE = "study.yaml: harmonizer"


def test_a_method_with_options_or_by_its_name_alone():
    harmonizer = Harmonizer.parse({"combat": {"reference": "REF+STD", "tolerance": "1e-8"}}, WHERE)
    model = harmonizer.model()
    assert isinstance(model, ComBat)
    assert (model.batch, model.reference, model.tolerance, model.parametric) == ("condition", "REF+STD", 1e-8, True)
    assert (harmonizer.by, harmonizer.permutations) == (("sequence", "roi"), 20)
    assert Harmonizer.parse("combat", WHERE).options["reference"] is None
    paired = Harmonizer.parse({"paired": None, "batch": "reconstruction", "by": []}, WHERE)
    assert isinstance(paired.model(), LongitudinalComBat)
    assert paired.model().subject == "subject"
    assert (paired.batch, paired.by) == ("reconstruction", ())


def test_the_mapping_holds_every_default_and_reads_back():
    harmonizer = Harmonizer.parse({"covbat": {"categorical": "sex"}, "permutations": 3}, WHERE)
    mapping = json.loads(json.dumps(harmonizer.to_mapping()))
    assert mapping["covbat"]["explained_variance"] == 0.95
    assert replace(Harmonizer.parse(mapping, WHERE), permutations=3) == harmonizer


def test_a_reference_that_looks_like_a_number_needs_no_quotes(golden):
    """Regression: `combat: {reference: 1}` was refused although there was a condition 1."""
    scans = [
        Scan(f"S{i}", "T2", level, {"field": level}, Path("x.nii"), {}, {"sex": "f"}, i)
        for i, level in enumerate(("1", "2", "1", "2"))
    ]
    for given in (1, "1", 1.0):
        found = Harmonizer.parse({"combat": {"reference": given}}, WHERE).on(scans, WHERE)
        assert found.options["reference"] == "1"
    with golden.error(ConfigurationError):
        Harmonizer.parse({"combat": {"reference": 3}}, WHERE).on(scans, WHERE)
    odd = [replace(scan, covariates={"sex": "NA"}) for scan in scans]
    with golden.error(ConfigurationError):
        Harmonizer.parse({"combat": {"categorical": "sex"}}, WHERE).on(odd, WHERE)


@pytest.mark.parametrize("role", ["categorical", "continuous", "smooth"])
def test_a_code_for_a_missing_covariate_is_asked_about_before_anything_is_computed(role, golden):
    """Regression: an age of -9 was harmonized with."""
    scans = [
        Scan(f"S{age}", "T2", level, {"field": level}, Path("x.nii"), {}, {"age": age}, i)
        for i, (age, level) in enumerate(zip(("41", "72", "-9", "55"), "1212", strict=True))
    ]
    with golden.error(ConfigurationError):
        Harmonizer.parse({"combat": {role: "age"}}, WHERE).on(scans, WHERE)
    Harmonizer.parse({"combat": {role: "age"}}, WHERE).on([*scans[:2], scans[3]], WHERE)


@pytest.mark.parametrize(
    "values",
    [
        {"combt": {}},
        "combt",
        {"combat": {"parametrc": True}},
        {"combat": {"parametric": 1}},
        {"combat": {}, "covbat": {}},
        {"batch": "condition"},
        {"combat": ["REF"]},
        ["combat"],
        {"neurocombat": {}},
        {"combat": {}, "by": ["subject"]},
        {"combat": {}, "by": "roi"},
        {"combat": {}, "by": ["roi", "roi"]},
        {"combat": {}, "batch": 3},
        {"combat": {}, "permutations": -1},
        {"combat": {}, "permutations": True},
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(values, golden):
    with golden.error(ConfigurationError):
        Harmonizer.parse(values, WHERE)


def strategy(values):
    return Strategy.parse("a", values, ExtractionSettings(), "study.yaml", Path())


def test_the_digest_depends_on_the_harmonizer_and_stays_what_it_was_without():
    plain, combat = strategy({"steps": ["zscore"]}), strategy({"steps": ["zscore"], "harmonizer": "combat"})
    assert "harmonizer" not in plain.to_mapping()
    assert replace(combat, harmonizer=None).digest() == plain.digest() != combat.digest()
    reference = strategy({"steps": ["zscore"], "harmonizer": {"combat": {"reference": "REF+STD"}}})
    assert reference.digest() != combat.digest()
    # how often chance was asked does not change what was found
    more = strategy({"steps": ["zscore"], "harmonizer": {"combat": None, "permutations": 99}})
    assert more.digest() == combat.digest()


@pytest.mark.parametrize(
    "entry",
    [
        "{combat: {reference: REF+STDD}}",
        "{combat: {}, batch: reconstructon}",
        "{combat: {categorical: sex}}",
        "{combat: {categorical: condition}}",
        "{quantile_alignment: {}}",
    ],
)
def test_a_study_knows_its_columns_before_anything_is_computed(study_file, entry, golden):
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(text.replace("    steps: [zscore]", f"    steps: [zscore]\n    harmonizer: {entry}"))
    with golden.error(ConfigurationError):
        Study.from_yaml(study_file)


def test_methods_are_named_in_words() -> None:
    assert method_text({"paired": {"scaling": "MSR"}, "batch": "scanner", "by": []}) == (
        "Longitudinal ComBat of the batches in scanner, fitted on all rows together"
    )
    options = {"parametric": False, "mean_only": True, "categorical": ["sex"], "continuous": ["age"]}
    assert method_text({"covbat": options, "batch": "condition", "by": ["roi"]}) == (
        "CovBat of the batches in condition, nonparametric, locations only, keeping sex and age, fitted by roi"
    )
