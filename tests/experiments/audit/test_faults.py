"""Each fault by itself, at the limits that tell it from what is sound."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings
from experiments.audit.faults import (
    FEW_VALUES,
    LEAST_PLATEAU,
    PLATEAU_SHARE,
    TINY_VOXELS,
    at_file,
    constant_roi,
    like_a_label_map,
    lost_rois,
    missing_files,
    same_masks,
    small_rois,
    wrong_intensities,
)
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan
from experiments.study.strategy import Strategy
from harmonize.errors import GridError, ScanError
from harmonize.formats import MaskSource
from harmonize.image.volume import Grid
from harmonize.protocol import Protocol

STRATEGY = Strategy.parse("raw", {}, ExtractionSettings(), "study.yaml", Path())


@pytest.fixture
def scan(tmp_path):
    """A scan of three ROIs, two of them in one file; no file is there."""
    masks = {"liver": MaskSource(tmp_path / "map.nii", 1), "spleen": MaskSource(tmp_path / "map.nii", 2)}
    masks["aorta"] = MaskSource(tmp_path / "aorta.nii")
    return Scan("S1", "T2", "REF", {"scan": "REF"}, tmp_path / "image.nii", masks, {}, 2)


def opened(scan, masks, failures=()):
    array = np.zeros((2, 3, 4))
    facts = ((), (), True, Protocol("", {}))
    return OpenedScan(scan.image, array, Grid((4, 3, 2)), None, masks, dict(failures), {}, {}, *facts)


def facts(findings):
    return [(one.level, one.kind, one.roi) for one in findings]


def test_files_that_are_missing_are_told_once_with_their_rois(scan):
    image, both, aorta = missing_files(scan)
    assert [one.kind for one in (image, both, aorta)] == ["missing_file"] * 3
    assert image.problem == f"the image is not there: {scan.image}"
    assert (both.roi, aorta.roi) == ("", "aorta")
    assert "the mask of liver, spleen is not there" in both.problem
    for path in (scan.image, *(source.path for source in scan.masks.values())):
        path.touch()
    assert list(missing_files(scan)) == []


def test_a_fault_of_a_file_names_it_once_and_what_is_lost(scan):
    path = scan.masks["liver"].path
    found = at_file("unreadable_mask", scan, ScanError(f"{path}: is cut off", "copy it"), path, ["liver", "spleen"])
    assert found.problem == "map.nii: is cut off; 2 ROIs are lost with it (liver, spleen)"
    assert (found.advice, found.roi) == ("copy it", "")
    assert at_file("unreadable_mask", scan, ScanError("is cut off", "copy it"), path, ["liver"]).roi == "liver"


@pytest.mark.parametrize(("value", "count"), [(np.nan, 3), (np.inf, 1), (-np.inf, 24)])
def test_voxels_that_are_no_numbers_are_counted(scan, value, count):
    image = np.arange(24.0).reshape(2, 3, 4)
    image.flat[:count] = value
    (found,) = wrong_intensities(scan, image)
    assert (found.level, found.kind) == ("error", "non_finite")
    assert f"{count} of 24 voxels are NaN or infinite" in found.problem


def test_an_image_of_one_value_holds_no_picture(scan):
    assert facts(wrong_intensities(scan, np.full((2, 3, 4), 7))) == [("error", "constant_image", "")]


def test_a_plateau_is_more_than_a_thousandth_at_the_greatest_value(scan):
    image = np.arange(10_000.0).reshape(10, 20, 50) % 4999
    most = int(PLATEAU_SHARE * image.size)
    image.flat[:most] = 5000
    assert list(wrong_intensities(scan, image)) == []
    image.flat[most] = 5000
    assert facts(wrong_intensities(scan, image)) == [("note", "plateau_at_maximum", "")]


def test_a_few_brightest_voxels_of_a_small_image_are_no_plateau(scan):
    image = np.arange(512.0).reshape(8, 8, 8)
    assert list(wrong_intensities(scan, image)) == []
    image.flat[-(LEAST_PLATEAU - 1) :] = 511
    assert list(wrong_intensities(scan, image)) == []
    image.flat[-LEAST_PLATEAU:] = 511
    assert facts(wrong_intensities(scan, image)) == [("note", "plateau_at_maximum", "")]


def test_rois_of_one_broken_file_are_one_finding(scan):
    broken = ScanError("is cut off", "copy it")
    failures = {"liver": broken, "spleen": broken, "aorta": GridError("lies elsewhere", "resample it")}
    assert facts(lost_rois(scan, opened(scan, {}, failures), ())) == [
        ("error", "unreadable_mask", ""),
        ("error", "grid_mismatch", "aorta"),
    ]
    missing = [str(scan.masks["liver"].path)]  # told as missing already
    assert [one.kind for one in lost_rois(scan, opened(scan, {}, failures), missing)] == ["grid_mismatch"]


def test_a_roi_without_a_voxel_says_what_was_looked_for(scan):
    nothing = np.zeros((2, 3, 4), bool)
    spleen, aorta = lost_rois(scan, opened(scan, {"liver": ~nothing, "spleen": nothing, "aorta": nothing}), ())
    assert spleen.problem == "map.nii: no voxel has the label 2"
    assert aorta.problem == "aorta.nii: no voxel differs from 0"


@pytest.mark.parametrize(
    ("voxels", "expected"),
    [(1, ["error"]), (TINY_VOXELS - 1, ["warning"]), (TINY_VOXELS, [])],
)
def test_small_rois_are_refused_or_doubted(scan, voxels, expected):
    mask = np.zeros((8, 8, 8), bool)
    mask.flat[:voxels] = True
    found = list(small_rois(scan, {"liver": mask}, [STRATEGY]))
    assert [one.level for one in found] == expected
    assert {one.kind for one in found} <= {"tiny_roi"}


def test_rois_of_the_same_voxels_are_told_together(scan):
    found = list(same_masks(scan, {"liver": "a", "spleen": "b", "aorta": "a"}))
    assert [one.kind for one in found] == ["same_roi"]
    assert found[0].problem == "liver, aorta are the same voxels"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(FEW_VALUES), 1),
        (np.arange(FEW_VALUES + 1), 0),
        (np.arange(FEW_VALUES) + 0.5, 0),
        (np.zeros(1), 0),
    ],
)
def test_an_image_of_few_whole_numbers_looks_like_a_label_map(scan, values, expected):
    image = np.resize(values, (3, 8, 8))
    assert [one.kind for one in like_a_label_map(scan, image)] == ["image_like_a_mask"] * expected


def test_few_values_in_the_middle_and_more_elsewhere_are_no_label_map(scan):
    image = np.resize(np.arange(300), (3, 10, 10))
    image[1] = 0
    image[1, 0] = 1
    assert list(like_a_label_map(scan, image)) == []


def test_a_roi_of_one_intensity_names_it(scan):
    found = constant_roi(scan, "liver", 900.0)
    assert facts([found]) == [("error", "constant_roi", "liver")]
    assert "the intensity 900" in found.problem
