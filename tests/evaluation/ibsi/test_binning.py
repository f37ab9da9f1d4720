import itertools

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings, extract
from evaluation.ibsi import aggregation, discretisation, ibsi
from harmonize.image.volume import Grid, Volume

ROI = "roi"
TEXTURES = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")


def blob(offset=0.0):
    rng = np.random.default_rng(3)
    image = rng.normal(300.0, 60.0, (6, 9, 8)) + offset
    mask = np.zeros(image.shape, bool)
    mask[1:5, 1:8, 1:7] = True
    mask[2, 3, 3] = False
    return Volume(image, Grid((8, 9, 6)), {ROI: mask})


def values(volume, setting, classes=TEXTURES):
    settings = ExtractionSettings(setting, featureClass=dict.fromkeys(classes), bin_limits=None)
    return extract(volume, settings).features[ROI].values


def differing(first, second):
    assert first.keys() == second.keys()
    return {name for name in first if not np.isclose(first[name], second[name], rtol=1e-9)}


def levels(volume, bins):
    """Give the volume with gray levels instead of intensities; levels outside the ROI do not count."""
    return volume.with_image(np.clip(bins, 1.0, None))


def fixed_bin_size(volume, width, lowest):
    """Discretise as IBSI defines it (Q3RU), counting from a chosen minimum."""
    return levels(volume, np.floor((volume.image - lowest) / width) + 1)


@pytest.mark.parametrize(
    ("setting", "directional", "volumetric"),
    [
        ({}, "ITBB", "KOBO"),
        ({"weightingNorm": "no_weighting"}, "IAZD", "KOBO"),
        ({"force2D": True}, "JJUI", "62GR"),
        ({"force2D": True, "weightingNorm": "no_weighting"}, "ZW7Z", "62GR"),
        ({"weightingNorm": "euclidean"}, "", "KOBO"),
    ],
)
def test_aggregation_codes(setting, directional, volumetric):
    for name in ("glcm_Contrast", "glrlm_RunEntropy"):
        assert aggregation(ibsi(f"original_{name}").family, setting).code == directional
    for name in ("glszm_ZoneEntropy", "gldm_DependenceEntropy", "ngtdm_Contrast"):
        assert aggregation(ibsi(f"original_{name}").family, setting).code == volumetric
    for name in ("firstorder_Mean", "firstorder_Entropy", "shape_Sphericity"):
        assert aggregation(ibsi(f"original_{name}").family, setting).code == "DHQ4"
    assert aggregation(ibsi("original_glcm_MCC").family, setting).code == ""


def test_fixed_bin_number_is_that_of_ibsi():
    volume = blob()
    inside = volume.image[volume.masks[ROI]]
    low, high = inside.min(), inside.max()
    bins = np.minimum(np.floor(16 * (volume.image - low) / (high - low)) + 1, 16)
    assert differing(values(volume, {"binCount": 16}), values(levels(volume, bins), {"binWidth": 1})) == set()
    assert discretisation("grey level size zone matrix", {"binCount": 16}) == "fixed bin number (K15C)"


def test_fixed_bin_width_is_not_that_of_ibsi_unless_the_minimum_is_a_multiple_of_it():
    volume = blob()
    low = volume.image[volume.masks[ROI]].min()
    as_ibsi = values(fixed_bin_size(volume, 25, low), {"binWidth": 1})
    assert len(differing(values(volume, {"binWidth": 25}), as_ibsi)) > 70
    assert differing(values(blob(offset=-low), {"binWidth": 25}), as_ibsi) == set()


def test_a_minimum_below_the_lowest_bin_changes_what_depends_on_the_levels_themselves():
    volume = blob()
    mask = volume.masks[ROI]
    bins = np.floor(volume.image / 25) + 1  # IBSI, counted from a re-segmentation range that begins at 0
    lowest = bins[mask].min()
    assert lowest > 1
    found = values(volume, {"binWidth": 25, "weightingNorm": "no_weighting"}, ["glcm"])
    assert joint_average(bins, mask) == pytest.approx(found["original_glcm_JointAverage"] + lowest - 1)


def joint_average(bins, mask):
    """Give IBSI's joint average (60VM) of the merged matrix: the mean level of all voxels that meet a neighbour."""
    inner = np.pad(mask, 1)
    padded = np.pad(bins, 1)
    total, pairs = 0.0, 0
    for shift in itertools.product((-1, 0, 1), repeat=3):
        if any(shift):
            both = inner & np.roll(inner, shift, (0, 1, 2))
            total, pairs = total + padded[both].sum(), pairs + both.sum()
    return total / pairs


def test_distances_are_a_list_of_shells_not_a_radius():
    # IBSI's neighbourhood of radius 2 holds the voxels at distance 1 as well.
    volume = blob()
    shell, ball = (values(volume, {"binCount": 16, "distances": d}, ["gldm"]) for d in ([2], [1, 2]))
    assert differing(shell, ball)
    large = "original_gldm_LargeDependenceEmphasis"
    assert ball[large] > shell[large]


def test_no_feature_of_the_glcm_that_needs_symmetry_survives_without_it():
    volume = blob()
    changed = differing(
        values(volume, {"binCount": 16}, ["glcm"]), values(volume, {"binCount": 16, "symmetricalGLCM": False}, ["glcm"])
    )
    assert {"original_glcm_JointEntropy", "original_glcm_JointAverage", "original_glcm_Imc1"} <= changed
    assert "original_glcm_Contrast" not in changed
