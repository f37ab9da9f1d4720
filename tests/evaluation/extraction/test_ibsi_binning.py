"""IBSI's bins from a lower bound and its two re-segmentations together, which PyRadiomics lacks."""

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.extract import RoiFeatures
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Grid, Volume
from selection.exports import parameter_files
from selection.whitelist import Whitelist

TEXTURE = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")


def scan(shift: float = 0.0) -> Volume:
    rng = np.random.default_rng(3)
    image = np.rint(np.cumsum(rng.normal(0, 60, (4, 14, 14)), axis=2)) - 300.0 + shift
    mask = np.zeros(image.shape, bool)
    mask[:, 2:12, 2:12] = True
    return Volume(image, Grid((14, 14, 4)), {"roi": mask})


def measured(volume: Volume, **setting: object) -> RoiFeatures:
    settings = ExtractionSettings(setting, featureClass=dict.fromkeys(("firstorder", *TEXTURE)), bin_limits=None)
    extraction = extract(volume, settings)
    assert not extraction.failures, extraction.failures
    return extraction.features["roi"]


def joint_average(levels: np.ndarray, mask: np.ndarray) -> float:
    """Compute the joint average of the 13 directions from pairs of neighbours, by plain loops."""
    inside = {tuple(place) for place in np.argwhere(mask)}
    steps = [(z, y, x) for z in (0, 1) for y in (-1, 0, 1) for x in (-1, 0, 1) if (z, y, x) > (0, 0, 0)]
    means = []
    for step in steps:
        pairs = [(a, b) for a in inside if (b := tuple(np.add(a, step))) in inside]
        means.append(np.mean([(levels[a] + levels[b]) / 2 for a, b in pairs]))
    return float(np.mean(means))


def test_levels_are_counted_from_the_bound() -> None:
    """Regression: with a bin width levels began at the ROI's lowest bin, so that 31 of IBSI's CT values disagreed."""
    volume = scan()
    found = measured(volume, binWidth=25, binLowerBound=-1000)
    levels = np.floor((volume.image + 1000) / 25) + 1
    assert found.values["original_glcm_JointAverage"] == pytest.approx(joint_average(levels, volume.masks["roi"]))
    assert found.bins == levels[volume.masks["roi"]].max()


def test_an_image_and_its_bound_may_be_shifted_together() -> None:
    first = measured(scan(), binWidth=25, binLowerBound=-1003).values
    second = measured(scan(shift=17.0), binWidth=25, binLowerBound=-986).values
    for name in first:
        if "firstorder" not in name or name.endswith(("Entropy", "Uniformity")):
            assert second[name] == pytest.approx(first[name], rel=1e-9), name


def test_a_bound_in_the_lowest_bin_that_is_a_multiple_of_the_width_changes_nothing() -> None:
    volume = scan()
    low = volume.image[volume.masks["roi"]].min()
    plain, bound = measured(volume, binWidth=25), measured(volume, binWidth=25, binLowerBound=25 * np.floor(low / 25))
    assert bound.bins == plain.bins
    assert bound.values == pytest.approx(plain.values, rel=1e-12)


def test_both_resegmentations_keep_what_passes_both() -> None:
    volume = scan()
    inside = volume.image[volume.masks["roi"]]
    setting = {"binWidth": 25, "resegmentRange": [-700, -250], "resegmentSigma": 1.0}
    near = np.abs(inside - inside.mean()) <= inside.std()
    kept = (inside >= -700) & (inside <= -250) & near
    assert (
        measured(volume, **setting).voxels == kept.sum() < min(near.sum(), ((inside >= -700) & (inside <= -250)).sum())
    )
    assert measured(volume, **(setting | {"resegmentRange": None})).voxels == near.sum()
    alone = measured(volume, binWidth=25, resegmentRange=[-1, 1], resegmentMode="sigma")
    assert alone.values == measured(volume, binWidth=25, resegmentSigma=1.0).values


def test_voxels_below_the_bound_are_refused() -> None:
    settings = ExtractionSettings({"binWidth": 25, "binLowerBound": 0.0})
    problem = extract(scan(), settings).failures["roi"]
    assert "lie below binLowerBound 0" in str(problem)
    assert "resegmentRange" in problem.advice


@pytest.mark.parametrize(
    ("setting", "images"),
    [
        ({"binLowerBound": 0, "binCount": 32}, {}),
        ({"binLowerBound": 0}, {"Original": {}, "Wavelet": {}}),
        ({"resegmentSigma": 3, "resegmentRange": [-3, 3], "resegmentMode": "sigma"}, {}),
        ({"resegmentSigma": 0}, {}),
        ({"binLowerBound": "low"}, {}),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    setting: dict[str, object], images: dict[str, dict[str, object]], golden
) -> None:
    with golden.error(ConfigurationError):
        ExtractionSettings(setting, images)


def test_pyradiomics_gets_no_parameter_file_that_it_would_read_otherwise(golden) -> None:
    extraction = ExtractionSettings({"binWidth": 25, "binLowerBound": -1000}).to_mapping()
    whitelist = Whitelist(
        "raw", {"T2": {"liver": ("original_glcm_Contrast",)}}, {}, {}, settings={"extraction": extraction}
    )
    with golden.error(ConfigurationError):
        parameter_files(whitelist)
