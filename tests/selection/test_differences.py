from dataclasses import dataclass
from typing import ClassVar

import pytest

from evaluation.extraction import ExtractionSettings
from evaluation.extraction.extractors import EXTRACTORS
from selection.cohort import Cohort
from selection.differences import compare_settings
from selection.whitelist import Whitelist

STEPS = [{"n4": {"shrink": 4}}, {"zscore": {"scale": 100.0}}]
EXTRACTION = ExtractionSettings({"binWidth": 5}, {"Original": {}, "Square": {}}).to_mapping()
VERSIONS = {"pyradiomics-bhklab": "3.1.4", "numpy": "2.0", "python": "3.11.1"}
SETTINGS = {"steps": STEPS, "extraction": EXTRACTION}


@dataclass(frozen=True)
class Means:
    """An engine with features of its own."""

    name: ClassVar[str] = "means"
    title: ClassVar[str] = "means"

    shift: float = 0.0

    def __call__(self, volume):
        """Give nothing; settings are compared here."""
        return {}


def found(settings, versions=VERSIONS, features=("original_glcm_Id",), own=SETTINGS):
    whitelist = Whitelist("zscore", {"T2": {"liver": features}}, {}, {}, settings=own, versions=VERSIONS)
    return [
        (one.kind, one.text, one.serious)
        for one in compare_settings(whitelist, Cohort("run.json", settings, versions=versions))
    ]


def extraction(setting=None, images=None, classes=None, limits=(8, 256)):
    made = ExtractionSettings(
        {"binWidth": 5} if setting is None else setting, images or {"Original": {}, "Square": {}}, classes or {}, limits
    )
    return {"steps": STEPS, "extraction": made.to_mapping()}


def test_the_same_settings_do_not_differ():
    assert found(SETTINGS) == []


@pytest.mark.parametrize(
    ("steps", "texts"),
    [
        ([], ["steps: the whitelist has n4, zscore, the cohort none"]),
        (STEPS[::-1], ["steps: the whitelist has n4, zscore, the cohort zscore, n4"]),
        ([STEPS[0], {"zscore": {"scale": 1.0}}], ["step 2, zscore: scale: the whitelist has 100, the cohort 1"]),
        ([{"n4": {"shrink": 2, "bins": 9}}, STEPS[1]], [
            "step 1, n4: bins: the whitelist has none, the cohort 9",
            "step 1, n4: shrink: the whitelist has 4, the cohort 2",
        ]),
    ],
)  # fmt: skip
def test_other_steps(steps, texts):
    assert found({**SETTINGS, "steps": steps}) == [("steps", text, True) for text in texts]


def test_another_engine_is_a_remark_and_settings_that_name_none_are_of_pyradiomics():
    earlier = {key: value for key, value in EXTRACTION.items() if key != "engine"}
    text = "extraction: engine: the whitelist has radharmony, the cohort pyradiomics; their values agree to 1e-9"
    for theirs in (earlier, {**EXTRACTION, "engine": "pyradiomics"}):
        assert found({**SETTINGS, "extraction": theirs}) == [("extraction", text, False)]
    of_pyradiomics = {**SETTINGS, "extraction": {**EXTRACTION, "engine": "pyradiomics"}}
    assert found(of_pyradiomics, own={**SETTINGS, "extraction": earlier}) == []


def test_an_engine_with_other_features_is_serious_and_so_are_its_options(monkeypatch):
    monkeypatch.setitem(EXTRACTORS.own, "means", Means)

    def means(**options):
        return {**SETTINGS, "extraction": {"engine": "means", "options": options}}

    text = "extraction: engine: the whitelist has radharmony, the cohort means; their features are not the same"
    assert found(means()) == [("extraction", text, True)]
    assert found(means(), own=means()) == []
    text = "extraction: options: shift: the whitelist has 1, the cohort 2"
    assert found(means(shift=2), own=means(shift=1)) == [("extraction", text, True)]


def test_unknown_steps_are_serious_only_if_the_whitelist_has_any():
    kind, text, serious = found({"extraction": EXTRACTION})[0]
    assert (kind, serious) == ("steps", True)
    assert text == "steps: run.json does not say what came before extraction; the other side has n4, zscore"
    none = {**SETTINGS, "steps": []}
    assert [one[2] for one in found({"extraction": EXTRACTION}, own=none)] == [False]
    kind, text, serious = found(SETTINGS, own={"extraction": EXTRACTION})[0]
    assert text == "steps: the whitelist does not say what came before extraction; the other side has n4, zscore"
    assert serious
    assert [one[2] for one in found({"extraction": EXTRACTION}, own={"extraction": EXTRACTION})] == [False]


def test_steps_that_learn_from_a_cohort():
    def nyul(**parameters):
        return {**SETTINGS, "steps": [{"nyul": parameters}]}

    learned = nyul(percentiles=[1, 50, 99])
    assert [(text, serious) for _, text, serious in found(learned, own=learned)] == [
        ("step 1, nyul: each study learned it from its own scans, which may differ", False)
    ]
    assert found(nyul(fits="abc"), own=nyul(fits="abc")) == []
    assert [(text, serious) for _, text, serious in found(nyul(fits="abc"), own=learned)] == [
        ("step 1, nyul: the cohort uses what was learned elsewhere; allow it if that is the study of the other", True)
    ]


def test_another_extraction():
    assert found(extraction({"binWidth": 10})) == [
        ("extraction", "extraction: binWidth: the whitelist has 5, the cohort 10", True)
    ]
    texts = [text for _, text, _ in found(extraction({"binCount": 64, "force2D": True}))]
    assert texts == [
        "extraction: binCount: the whitelist has none, the cohort 64",
        "extraction: force2D: the whitelist has False, the cohort True",
    ]


def test_what_changes_no_value_does_not_count():
    same = extraction(
        {"binWidth": 5, "interpolator": "sitkLinear", "padDistance": 9, "normalizeScale": 100}, limits=None
    )
    assert found(same) == []
    assert found(extraction(classes={"glcm": ["Id"]})) == []
    assert found(extraction(images={"Original": {}, "Square": {"binWidth": 99}})) == []
    assert found(extraction(images={"Original": {}, "LoG": {"sigma": [1]}})) == []


def test_it_counts_once_it_has_an_effect():
    one = {"binWidth": 5, "normalize": True, "normalizeScale": 100}
    other = {"binWidth": 5, "normalize": True, "normalizeScale": 1}
    texts = [text for _, text, _ in found(extraction(other), own=extraction(one))]
    assert texts == ["extraction: normalizeScale: the whitelist has 100, the cohort 1"]
    wanted = ("square_glcm_Id",)
    assert [text for _, text, _ in found(extraction(images={"Square": {"binWidth": 99}}), features=wanted)] == [
        "extraction: image type Square: binWidth: the whitelist has 5, the cohort 99"
    ]
    assert "Square: the cohort does not have it" in found(extraction(images={"Original": {}}), features=wanted)[0][1]


def test_another_harmonizer():
    combat = {**SETTINGS, "harmonizer": {"combat": {"parametric": True}}}
    (difference,) = found(combat)
    assert difference[0] == "harmonizer"
    assert difference[1].startswith("harmonizer: the whitelist has none, the cohort {'combat'")
    assert found(combat, own=combat) == []


def test_another_release_of_the_extractor_is_serious_and_other_versions_are_not():
    assert found(SETTINGS, {**VERSIONS, "pyradiomics-bhklab": "4.0"}) == [
        ("versions", "pyradiomics-bhklab: the whitelist has 3.1.4, the cohort 4.0", True)
    ]
    assert [one[2] for one in found(SETTINGS, {**VERSIONS, "numpy": "1.26"})] == [False]
    assert found(SETTINGS, {**VERSIONS, "python": "3.13"}) == []
    assert found(SETTINGS, {}) == [("versions", "versions: not known of the cohort", False)]


def test_nothing_known_is_serious():
    whitelist = Whitelist("raw", {}, {}, {}, settings=SETTINGS)
    assert [(one.kind, one.serious) for one in compare_settings(whitelist, None)] == [("unknown", True)]
    unknown = compare_settings(Whitelist("raw", {}, {}, {}), Cohort("run.json", SETTINGS))
    assert [(one.kind, one.serious) for one in unknown] == [("unknown", True)]
    assert found({"steps": STEPS})[0][:1] == ("unknown",)
