"""MIRP as an engine; the values of its features stand in tests/evaluation/ibsi/test_by_mirp.py."""

from importlib.util import find_spec

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.mirp import Mirp, column
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Grid, Volume

needs_mirp = pytest.mark.skipif(find_spec("mirp") is None, reason="needs the extra mirp")
LOG = {"filter_kernels": "laplacian_of_gaussian", "laplacian_of_gaussian_sigma": 2.0}


@needs_mirp
def test_features_of_the_scan_and_of_filtered_ones_have_our_names():
    grid = Grid((14, 13, 12), (1.0, 1.0, 1.0), (5.0, -3.0, 2.0))
    image = np.random.default_rng(0).normal(100, 20, grid.shape)
    masks = {name: np.zeros(grid.shape, bool) for name in ("liver", "overlapping", "dot")}
    masks["liver"][2:9, 2:9, 2:9] = masks["overlapping"][4:11, 4:11, 4:11] = masks["dot"][0, 0, 0] = True
    options = {"base_feature_families": "statistical", "response_map_feature_families": "statistical", **LOG}
    found = extract(Volume(image, grid, masks), ExtractionSettings(engine="mirp", options=options))
    for roi in ("liver", "overlapping"):
        values = found.features[roi].values
        assert values["original_firstorder_mean"] == pytest.approx(image[masks[roi]].mean(), rel=1e-6)
        assert values["original_firstorder_var"] == pytest.approx(image[masks[roi]].var(), rel=1e-5)
        assert abs(values["log-s-2.0_firstorder_mean"]) < 5
    assert {"dot", *found.features} == {*masks} == {*found.features, *found.failures}


@needs_mirp
@pytest.mark.parametrize(
    "options",
    [
        {"base_feature_famlies": "all"},
        {"base_feature_families": ["stuff"]},
        {"new_spacing": 1.0},
        {"base_feature_families": "all", "perturbation_rotation_angles": 5.0},
        {"base_feature_families": "all", "write_dir": "here"},
    ],
)
def test_options_are_checked_by_mirp(options, golden):
    with golden.error(ConfigurationError, varies=r"of \d+ known.*"):
        Mirp.read(options, "study.yaml: extraction: options")


def test_without_it_the_extra_is_named(monkeypatch, golden):
    monkeypatch.setattr("evaluation.extraction.mirp.find_spec", lambda _name: None)
    with golden.error(ConfigurationError):
        Mirp.read({}, "options")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("morph_vol_dens_conv_hull", "original_shape_vol-dens-conv-hull"),
        ("ih_mode_fbs_w1.0", "original_histogram_mode-fbs-w1.0"),
        ("wavelet_coif1_lll_level_1_invar_stat_mean", "wavelet-coif1-lll-level-1-invar_firstorder_mean"),
        ("image_noise_level", ""),
        ("sample_name", ""),
    ],
)
def test_names(name, ours):
    assert column(name) == ours
