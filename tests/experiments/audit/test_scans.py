"""Files and ROIs that are broken in ways that really occur, each named for what it is."""

import os
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from experiments.audit.scans import _digest_of_voxels
from harmonize.formats.guard import OF_PATH

SHAPE = (6, 24, 24)
FEW = "warning few_subjects"


def labels_of(small, name="S1_rois.nii.gz"):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(small.folder / name)))


def only(found, kind):
    return [finding for finding in found.findings if finding.kind == kind]


def test_a_missing_image_says_where_it_was_looked_for(small, kinds):
    (small.folder / "S1_REF.nii.gz").unlink()
    found = small.audit()
    assert kinds(found) == ["error missing_file", FEW]
    (finding,) = only(found, "missing_file")
    assert str(small.folder / "S1_REF.nii.gz") in finding.problem
    assert "`data`" in finding.advice
    assert "line 2" in finding.where


def test_a_missing_mask_loses_its_rois_in_one_finding_a_scan(small, kinds):
    (small.folder / "S1_rois.nii.gz").unlink()
    found = small.audit()
    assert kinds(found) == ["error missing_file", FEW]
    assert len(only(found, "missing_file")) == 2  # two scans use it
    assert "liver, spleen" in only(found, "missing_file")[0].problem
    assert found.present == 8


def test_a_name_too_long_for_the_file_system_is_missing(small, kinds):
    small.row("S1", "REF+STD")["image"] = "x" * 300 + ".nii.gz"
    assert kinds(small.audit()) == ["error missing_file", FEW]


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x1f\x8b\x08\x00"])
def test_an_unreadable_image(small, kinds, content):
    (small.folder / "S1_REF.nii.gz").write_bytes(content)
    assert kinds(small.audit()) == ["error unreadable_image", FEW]


def test_a_truncated_image(small, kinds):
    path = small.folder / "S1_REF.nii.gz"
    path.write_bytes(path.read_bytes()[:2000])
    assert kinds(small.audit()) == ["error unreadable_image", FEW]


def test_a_folder_in_place_of_an_image(small, kinds):
    (small.folder / "series").mkdir()
    small.row("S1", "REF+STD")["image"] = "series"
    assert kinds(small.audit()) == ["error unreadable_image", FEW]


def test_an_unreadable_mask(small, kinds):
    (small.folder / "S1_rois.nii.gz").write_bytes(b"nothing")
    found = small.audit()
    assert kinds(found) == ["error unreadable_mask", FEW]
    assert "2 ROIs are lost with it (liver, spleen)" in only(found, "unreadable_mask")[0].problem


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_of_a_pipe_in_place_of_a_mask_the_path_is_to_be_checked(small, kinds):
    (small.folder / "S1_rois.nii.gz").unlink()
    os.mkfifo(small.folder / "S1_rois.nii.gz")
    found = small.audit()
    assert "error unreadable_mask" in kinds(found)
    assert only(found, "unreadable_mask")[0].advice == OF_PATH  # as a run says


def test_a_probability_map_is_no_mask(small, kinds):
    small.labels("S1_rois.nii.gz", labels_of(small) * np.float32(0.4))
    found = small.audit()
    assert kinds(found) == ["error unreadable_mask", FEW]
    assert "threshold a probability map" in only(found, "unreadable_mask")[0].advice


def test_several_volumes_in_one_file(small, kinds):
    volumes = [sitk.GetImageFromArray(np.random.default_rng(i).normal(300, 100, SHAPE)) for i in range(2)]
    sitk.WriteImage(sitk.JoinSeries(volumes), str(small.folder / "S1_REF.nii.gz"))
    found = small.audit()
    assert kinds(found) == ["error not_one_volume", FEW]
    assert "4 dimensions (24 x 24 x 6 x 2)" in only(found, "not_one_volume")[0].problem


def test_colours(small, kinds):
    rgb = np.random.default_rng(0).integers(0, 255, (*SHAPE, 3), dtype=np.uint8)
    sitk.WriteImage(sitk.GetImageFromArray(rgb, isVector=True), str(small.folder / "S1_REF.nii.gz"))
    found = small.audit()
    assert kinds(found) == ["error not_one_volume", FEW]
    assert "3 values a voxel" in only(found, "not_one_volume")[0].problem


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda mask: mask[:, :, 1:], "size: 24 x 24 x 6 against 24 x 24 x 5 voxels"),
        (lambda mask: mask.SetSpacing((1, 1, 5)), "spacing: 1 x 1 x 4 against 1 x 1 x 5 mm"),
        (lambda mask: mask.SetOrigin((0, 2.5, 0)), "origin: off by (0, 2.5, 0) mm"),
        (lambda mask: mask.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1)), "direction: cosines differ by up to 2"),
    ],
    ids=["size", "spacing", "origin", "direction"],
)
def test_grids_that_differ_say_in_what_and_by_how_much(small, kinds, change, expected):
    path = str(small.folder / "S1_rois.nii.gz")
    mask = sitk.ReadImage(path)
    sitk.WriteImage(change(mask) or mask, path)
    found = small.audit()
    assert kinds(found) == ["error grid_mismatch", FEW]
    assert expected in only(found, "grid_mismatch")[0].problem


def test_an_empty_roi_names_its_label(small, kinds):
    labels = labels_of(small)
    labels[labels == 2] = 0
    small.labels("S1_rois.nii.gz", labels)
    found = small.audit()
    assert kinds(found) == ["error empty_roi", FEW]
    assert {(finding.roi, finding.subject) for finding in only(found, "empty_roi")} == {("spleen", "S1")}
    assert "no voxel has the label 2" in only(found, "empty_roi")[0].problem
    assert found.present == 10


def test_a_tiny_roi_is_a_warning_and_one_without_texture_an_error(small):
    labels = labels_of(small)
    labels[labels == 2] = 0
    labels[2, 14:17, 2:6] = 2  # 12 voxels
    small.labels("S1_rois.nii.gz", labels)
    labels[labels == 2] = 0
    labels[2, 14, 2] = 2  # one voxel
    small.labels("S2_rois.nii.gz", labels)
    tiny = {(finding.subject, finding.level): finding.problem for finding in only(small.audit(), "tiny_roi")}
    assert set(tiny) == {("S1", "warning"), ("S2", "error")}
    assert tiny["S1", "warning"].startswith("12 voxels")
    assert "1 voxel in 1 x 1 x 1" in tiny["S2", "error"]


def test_minimum_roi_size_of_the_study_is_heeded(small):
    small.values["extraction"]["setting"]["minimumROISize"] = 1000
    tiny = only(small.audit(), "tiny_roi")
    assert {finding.level for finding in tiny} == {"error"}
    assert "strategy raw" in tiny[0].problem


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_voxels_that_are_no_numbers(small, kinds, value):
    image = np.random.default_rng(0).normal(300, 100, SHAPE)
    image[0, 0, :3] = value
    small.image("S1_REF.nii.gz", image)
    found = small.audit()
    assert kinds(found) == ["error non_finite", FEW]
    assert "3 of 3456 voxels" in only(found, "non_finite")[0].problem


def test_a_constant_image(small, kinds):
    small.image("S1_REF.nii.gz", np.full(SHAPE, 7.0))
    found = small.audit()
    assert kinds(found) == ["error constant_image", FEW]
    assert found.present == 10


def test_a_constant_roi(small, kinds):
    image = np.random.default_rng(0).normal(300, 100, SHAPE)
    image[labels_of(small) == 2] = 55.0
    small.image("S1_REF.nii.gz", image)
    found = small.audit()
    assert kinds(found) == ["error constant_roi", FEW]
    assert [(finding.roi, finding.subject) for finding in only(found, "constant_roi")] == [("spleen", "S1")]


def test_many_voxels_at_the_maximum(small, kinds):
    image = np.random.default_rng(0).normal(300, 100, SHAPE)
    small.image("S1_REF.nii.gz", np.minimum(image, 400.0))
    found = small.audit()
    assert kinds(found) == ["note plateau_at_maximum"]
    assert "400" in only(found, "plateau_at_maximum")[0].problem


def test_a_step_that_fails_names_the_step_and_all_its_strategies(small, kinds):
    small.values["strategies"] = {
        "a": {"steps": [{"zscore": {"region": "liver"}}]},
        "b": {"steps": [{"zscore": {"region": "liver"}}, "clip"]},
    }
    labels = labels_of(small)
    labels[labels == 1] = 0
    small.labels("S1_rois.nii.gz", labels)
    found = small.audit()
    assert "error step_fails" in kinds(found)
    assert "step zscore of a, b fails" in only(found, "step_fails")[0].problem


def test_umlauts_and_spaces_in_paths(small):
    (small.folder / "Bilder für Ä").mkdir()
    (small.folder / "S1_REF.nii.gz").rename(small.folder / "Bilder für Ä" / "S 1 ö.nii.gz")
    small.row("S1", "REF+STD")["image"] = "Bilder für Ä/S 1 ö.nii.gz"
    small.row("S1", "REF+STD")["subject"] = "Jürgen K."
    small.row("S1", "ACC+DLR")["subject"] = "Jürgen K."
    assert small.audit().findings == ()


def test_one_mask_for_two_rois(small, kinds):
    """An ROI drawn once and named twice went through as two organs that agree perfectly."""
    small.values["rois"] = {"files": {"liver": "mask", "spleen": "mask_spleen"}}
    organ = np.zeros((6, 24, 24), np.uint8)
    organ[1:5, 2:10, 2:12] = 1
    for row in small.rows:
        small.labels(row["mask"], organ)
        row["mask_spleen"] = row["mask"]
    found = small.audit()
    assert kinds(found) == ["warning same_roi"]
    assert only(found, "same_roi")[0].problem == "liver, spleen are the same voxels"


def test_image_and_mask_that_changed_places(small, kinds):
    row = small.row("S1", "REF+STD")
    row["image"], row["mask"] = row["mask"], row["image"]
    found = small.audit()
    assert "warning image_like_a_mask" in kinds(found)
    assert "holds only 3 different whole numbers" in only(found, "image_like_a_mask")[0].problem


def test_an_roi_that_no_strategy_can_use_is_not_counted(small):
    labels = labels_of(small)
    labels[labels == 2] = 0
    labels[2, 15, 5] = 2
    small.labels("S1_rois.nii.gz", labels)
    image = np.random.default_rng(0).normal(300, 100, SHAPE)
    image[labels == 1] = 7
    small.image("S1_REF.nii.gz", image)
    found = small.audit()
    assert {finding.kind for finding in found.findings if finding.level == "error"} == {"tiny_roi", "constant_roi"}
    assert found.present == 9  # S1: the constant liver under REF, and the tiny spleen under both


def test_an_error_nobody_thought_of_is_a_finding_of_its_scan(small, kinds, monkeypatch):
    def broken(scan, _):
        return {}[scan.condition] if scan.subject == "S1" else None

    monkeypatch.setattr("experiments.audit.scans.measure_signal", broken)
    found = small.audit()
    assert kinds(found) == ["error unexpected_error", FEW]
    assert "KeyError: 'REF+STD'" in only(found, "unexpected_error")[0].problem


def test_what_a_reader_tells_is_a_warning_of_its_scan(small, kinds):
    for condition in ("REF+STD", "ACC+DLR"):
        row = small.row("S1", condition)
        small.image(row["image"], spacing=(0.04, 0.04, 0.16))
    small.labels("S1_rois.nii.gz", labels_of(small), spacing=(0.04, 0.04, 0.16))
    found = small.audit()
    assert "warning odd_voxel_size" in kinds(found)
    assert len(only(found, "odd_voxel_size")) == 2  # one a scan, not one a file
    assert "usually they have edges between 0.05 and 20 mm" in only(found, "odd_voxel_size")[0].problem


@pytest.mark.parametrize("largest", [3000, 32_767, 40_000])
def test_the_same_voxels_have_one_digest_whatever_type_they_are_stored_in(largest):
    voxels = np.random.default_rng(0).integers(0, largest, (3, 5, 4))
    voxels[2, 4, 3] = largest
    kinds = [np.uint16, np.int32, np.float32, np.float64, *([np.int16] if largest <= 32_767 else [])]
    assert len({_digest_of_voxels(voxels.astype(kind)) for kind in kinds}) == 1


@pytest.mark.parametrize("change", [0.25, -1.0, 65_536.0, np.nan, np.inf])
def test_another_voxel_is_another_digest(change):
    voxels = np.arange(60.0).reshape(3, 5, 4)
    other = voxels.copy()
    other[1, 2, 3] += change
    assert _digest_of_voxels(voxels) != _digest_of_voxels(other)


def test_an_roi_beside_the_foreground_that_gives_the_scale_is_told(small, kinds):
    # T1 with bright fat: z-scores of the foreground put the tumour at -400, and nothing warned.
    image = np.random.default_rng(0).normal(20, 3, SHAPE)
    image[1:5, 2:10, 2:12] += 1000  # the liver
    for row in small.rows:
        small.image(row["image"], image + np.random.default_rng([*row["image"].encode()]).normal(0, 1, SHAPE))
    assert "warning roi_outside_foreground" not in kinds(small.audit())  # `region: image`
    small.values["strategies"] = {"raw": None, "zscore": {"steps": ["zscore"]}}
    found = [one for one in small.audit().findings if one.kind == "roi_outside_foreground"]
    assert {one.roi for one in found} == {"spleen"}
    assert len(found) == 6
    assert all("0% of ROI 'spleen'" in one.problem and "zscore takes the scale" in one.problem for one in found)
