"""What shows only between scans."""

import shutil

import numpy as np
import pytest
import SimpleITK as sitk

FEW = "warning few_subjects"


def test_one_file_under_two_conditions_is_an_error(small, kinds):
    small.row("S1", "ACC+DLR")["image"] = "S1_REF.nii.gz"
    found = small.audit()
    assert kinds(found) == ["error image_used_twice"]
    assert "lines 2, 3" in found.findings[0].where
    assert (found.findings[0].subject, found.findings[0].sequence) == ("S1", "T2")


def test_a_copy_under_another_condition_is_an_error(small, kinds):
    shutil.copy(small.folder / "S1_REF.nii.gz", small.folder / "S1_ACC.nii.gz")
    found = small.audit()
    assert kinds(found) == ["error identical_images"]
    assert "nothing changed between these conditions" in found.findings[0].problem


def test_the_same_voxels_packed_otherwise_are_found_too(small, kinds):
    sitk.WriteImage(sitk.ReadImage(str(small.folder / "S1_REF.nii.gz")), str(small.folder / "again.nii"))
    small.row("S1", "ACC+DLR")["image"] = "again.nii"
    assert kinds(small.audit()) == ["error identical_images"]


def test_readers_who_share_an_image_are_no_error(small, kinds):
    """The preset for several segmentations failed its own check."""
    drawn = sitk.GetArrayFromImage(sitk.ReadImage(str(small.folder / "S1_rois.nii.gz")))
    small.labels("second.nii.gz", np.roll(drawn, 1, axis=2))
    for row in small.rows[1::2]:
        row["image"], row["mask"] = f"{row['subject']}_REF.nii.gz", "second.nii.gz"
    assert kinds(small.audit()) == ["note image_used_twice"]
    small.row("S2", "ACC+DLR")["mask"] = "S2_rois.nii.gz"
    found = small.audit()
    assert kinds(found) == ["error image_used_twice", "note image_used_twice"]
    assert [finding.subject for finding in found.findings if finding.level == "error"] == ["S2"]


def test_a_step_that_takes_its_region_from_an_roi_that_readers_draw_is_named(small, kinds, golden):
    """Only a comment of the preset said that the readers would change the image."""
    drawn = sitk.GetArrayFromImage(sitk.ReadImage(str(small.folder / "S1_rois.nii.gz")))
    second = np.where(drawn == 1, 1, np.roll(drawn, 1, axis=2) // 2 * 2)  # the liver is the same
    small.labels("second.nii.gz", second)
    small.values["strategies"]["within"] = {"steps": [{"zscore": {"region": "spleen"}}]}
    assert "warning region_drawn_apart" not in kinds(small.audit())  # each condition has an image of its own
    for row in small.rows[1::2]:
        row["image"], row["mask"] = f"{row['subject']}_REF.nii.gz", "second.nii.gz"
    found = small.audit()
    assert [one.roi for one in found.findings if one.kind == "region_drawn_apart"] == ["spleen"]
    for one in found.findings:
        if one.kind in ("region_drawn_apart", "image_used_twice"):  # one note of all three images
            golden.text(f"{one.level} {one.where}: {one.problem} -> {one.advice}")
    small.values["strategies"]["within"] = {"steps": [{"zscore": {"region": "liver"}}]}
    assert "warning region_drawn_apart" not in kinds(small.audit())


def test_two_readers_of_three_who_agree_are_a_warning_that_names_them(small):
    """Two equal masks among those of readers failed the study with an error that named all of them."""
    drawn = sitk.GetArrayFromImage(sitk.ReadImage(str(small.folder / "S1_rois.nii.gz")))
    small.labels("second.nii.gz", np.roll(drawn, 1, axis=2))
    small.row("S1", "ACC+DLR").update(image="S1_REF.nii.gz", mask="second.nii.gz")
    third = {**small.row("S1", "REF+STD"), "acquisition": "CS"}
    small.rows.append(third)
    found = [one for one in small.audit().findings if one.kind == "image_used_twice"]
    assert [finding.level for finding in found] == ["warning", "note"]
    assert found[0].where == f"images.csv, lines 2, {len(small.rows) + 1}"
    assert "S1 T2 REF+STD, S1 T2 CS+STD; their masks hold the same voxels too" in found[0].problem
    assert found[1].problem.startswith("3 rows use one file, S1_REF.nii.gz")
    assert "only the masks differ" in found[1].problem


def test_only_rows_that_share_masks_too_are_the_same_where_others_have_images(small):
    drawn = sitk.GetArrayFromImage(sitk.ReadImage(str(small.folder / "S1_rois.nii.gz")))
    small.labels("second.nii.gz", np.roll(drawn, 1, axis=2))
    small.rows += [
        {**small.row("S1", "REF+STD"), "acquisition": "CS"},
        {**small.row("S1", "REF+STD"), "acquisition": "PI", "mask": "second.nii.gz"},
    ]
    found = [one for one in small.audit().findings if one.kind == "image_used_twice"]
    assert [finding.level for finding in found] == ["error", "warning"]
    assert "S1 T2 REF+STD, S1 T2 CS+STD; nothing changed between these conditions" in found[0].problem
    assert "others have images of their own" in found[1].problem


def test_a_copy_under_another_subject_is_a_warning(small, kinds):
    shutil.copy(small.folder / "S1_REF.nii.gz", small.folder / "S2_REF.nii.gz")
    assert kinds(small.audit()) == ["warning identical_images"]


def test_one_file_of_two_subjects_is_a_warning_even_if_it_cannot_be_read(small, kinds):
    small.row("S2", "REF+STD")["image"] = "S1_REF.nii.gz"
    assert kinds(small.audit()) == ["warning image_used_twice"]
    (small.folder / "S1_REF.nii.gz").unlink()
    assert kinds(small.audit()) == ["error missing_file", FEW, "warning image_used_twice"]


def test_grids_that_differ_between_conditions_are_one_note(small, kinds):
    for subject in ("S1", "S2", "S3"):
        row = small.row(subject, "ACC+DLR")
        small.image(row["image"], spacing=(1.0, 1.0, 3.0))
        row["mask"] = f"{subject}_own.nii.gz"
        small.labels(row["mask"], spacing=(1.0, 1.0, 3.0))
    found = small.audit()
    assert kinds(found) == ["note grids_differ"]
    assert "3 subjects" in found.findings[0].problem
    assert "spacing: 1 x 1 x 4 against 1 x 1 x 3 mm" in found.findings[0].problem


def test_one_slice_is_noted_only_if_texture_is_asked_for_in_3d(small, kinds):
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(small.folder / "S1_rois.nii.gz")))
    labels[[0, 1, 3, 4, 5]] = 0
    small.labels("S1_rois.nii.gz", labels)
    assert kinds(small.audit()) == []
    small.values["extraction"]["setting"]["force2D"] = False
    found = small.audit()
    assert kinds(found) == ["note single_slice"]
    assert found.findings[0].problem.startswith("in one slice alone: 4 ROIs of 12")


def test_labels_that_the_study_does_not_name(small, kinds):
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(small.folder / "S1_rois.nii.gz")))
    labels[0, 0, :5] = [7, 7, 9, 9, 9]
    small.labels("S1_rois.nii.gz", labels)
    found = small.audit()
    assert kinds(found) == ["note unnamed_labels"]
    assert "7, 9" in found.findings[0].problem


@pytest.mark.parametrize(("spacing", "wrong"), [((10.0, 10.0, 40.0), True), ((6.0, 6.0, 16.0), False)])
def test_voxels_a_thousand_times_those_of_another_condition_are_an_error(small, spacing, wrong):
    row = small.row("S2", "ACC+DLR")  # its header in another unit
    small.image(row["image"], spacing=spacing)
    row["mask"] = "S2_own.nii.gz"
    small.labels(row["mask"], spacing=spacing)
    found = small.audit()
    unalike = [finding for finding in found.findings if finding.level == "error"]
    assert [finding.kind for finding in unalike] == ["voxel_sizes_unalike"] * wrong
    assert all("1 x 1 x 4 mm" in finding.problem and "10 x 10 x 40 mm" in finding.problem for finding in unalike)
