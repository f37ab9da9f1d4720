import pickle
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.extractors import EXTRACTORS, check_engine, made
from harmonize.errors import ConfigurationError, ScanError
from harmonize.image.volume import Grid, Volume


@dataclass(frozen=True)
class Means:
    """Means of ROIs, as a package may add it."""

    name: ClassVar[str] = "means"
    title: ClassVar[str] = "means"

    shift: float = 0.0
    feature: str = "original_firstorder_mean"
    silent: bool = False

    def __call__(self, volume):
        """Give them; an empty ROI has none, and one of one voxel no spread."""
        found = {}
        for roi, mask in volume.masks.items():
            if self.silent:
                continue
            if not mask.any():
                found[roi] = ScanError("the ROI is empty", "draw it")
                continue
            spread = np.inf if mask.sum() == 1 else volume.image[mask].std()
            found[roi] = {self.feature: volume.image[mask].mean() + self.shift, "original_firstorder_spread": spread}
        return found


@pytest.fixture(autouse=True)
def added(monkeypatch):
    monkeypatch.setitem(EXTRACTORS.own, "means", Means)


@pytest.fixture
def volume():
    masks = {name: np.zeros((2, 3, 4), bool) for name in ("liver", "spleen", "nothing")}
    masks["liver"][0] = masks["spleen"][1, 0, 0] = True
    return Volume(np.arange(24.0).reshape(2, 3, 4), Grid((4, 3, 2)), masks)


def test_its_features_are_those_of_the_rois(volume):
    found = extract(volume, ExtractionSettings(engine="means", options={"shift": 1}))
    assert found.features["liver"].values["original_firstorder_mean"] == 6.5
    assert found.features["spleen"].undefined == ("original_firstorder_spread",)
    assert (found.features["liver"].voxels, found.features["liver"].bins) == (12, 0)
    assert {roi: str(error) for roi, error in found.failures.items()} == {"nothing": "the ROI is empty; draw it"}


def test_settings_hold_all_options_and_make_it_again():
    settings = ExtractionSettings(engine="means", options={"shift": 1})
    mapping = settings.to_mapping()
    assert mapping["options"] == {"shift": 1.0, "feature": "original_firstorder_mean", "silent": False}
    again = ExtractionSettings.from_mapping(mapping, "whitelist", Path())
    assert again == settings == pickle.loads(pickle.dumps(settings))
    assert again.digest() == settings.digest() != ExtractionSettings(engine="means").digest()
    assert (settings.feature_names(), settings.bin_limits) == ([], None)
    assert "options" not in ExtractionSettings().to_mapping()


def test_a_strategy_may_have_another_engine_than_the_study():
    study = ExtractionSettings({"binWidth": 5}, featureClass={"glcm": None})
    own = study.merged({"engine": "means"}, "network", Path())
    assert own.options["shift"] == 0
    assert own.merged({"options": {"shift": 2}}, "network", Path()).options["shift"] == 2
    back = own.merged({"engine": "radharmony", "setting": {"binWidth": 3}}, "network", Path())
    assert back == ExtractionSettings({"binWidth": 3})


@pytest.mark.parametrize(
    "mapping",
    [
        {"engine": "mean"},
        {"engine": ["means"]},
        {"engine": "means", "options": {"shfit": 1}},
        {"engine": "means", "options": {"shift": "far"}},
        {"engine": "means", "options": 3},
        {"engine": "means", "setting": {"binWidth": 5}},
        {"engine": "means", "featureClass": {"glcm": None}},
        {"engine": "means", "bin_limits": [8, 256]},
        {"engine": "means", "parameter_file": "Params.yaml"},
        {"options": {"shift": 1}},
    ],
)
def test_what_does_not_fit_is_refused(mapping, golden):
    with golden.error(ConfigurationError):
        ExtractionSettings.from_mapping(mapping, "study.yaml: extraction", Path())


@pytest.mark.parametrize("options", [{"feature": "mean"}, {"silent": True}])
def test_an_engine_that_breaks_its_word_is_refused(volume, options, golden):
    with golden.error(ScanError):
        extract(volume, ExtractionSettings(engine="means", options=options))


def test_options_of_another_version_of_its_package_are_refused(monkeypatch, golden):
    monkeypatch.setattr("evaluation.extraction.extractors.version", lambda _name: "2.0")
    assert made("means", {}).options["package"] == "means 2.0"
    assert made("means", {"package": "means 2.0", "shift": 1}).options["shift"] == 1
    with golden.error(ConfigurationError):
        made("means", {"package": "means 1.0"})


def test_ours_are_no_extractors():
    assert EXTRACTORS._fault("radharmony", Means) == "radharmony has an engine of this name"
    assert replace(ExtractionSettings(), engine="pyradiomics").extractor is None


def test_a_record_of_mirp_is_read_without_it(monkeypatch, golden):
    """Regression: a whitelist of MIRP's features could not be applied where MIRP is not installed."""

    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("evaluation.extraction.extractors.version", absent)
    options = {"base_feature_families": ["statistical"], "package": "mirp 2.7.0"}
    settings = ExtractionSettings(engine="mirp", options=options)
    assert settings.to_mapping()["options"] == options
    with golden.error(ConfigurationError):
        check_engine("mirp")
