"""Names of BIDS files: what they state, and which mask belongs to which image."""

import numpy as np
import pytest

from experiments.importing.bids import find_bids, is_bids
from harmonize.formats import write_image
from harmonize.image.volume import Grid


@pytest.fixture
def dataset(tmp_path):
    """Give a function that makes empty images of these names, and finds what they make up."""

    def make(*names, texts=()):
        for name in names:
            write_image(np.ones((1, 2, 2)), Grid((2, 2, 1)), tmp_path / name)
        for name, text in dict(texts).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return find_bids(tmp_path)

    return make


def test_masks_find_the_image_that_shares_their_entities(dataset):
    found = dataset(
        "sub-1/ses-a/anat/sub-1_ses-a_acq-REF_T2w.nii.gz",
        "sub-1/ses-b/anat/sub-1_ses-b_acq-REF_T2w.nii.gz",
        "sub-1/ses-b/anat/sub-1_ses-b_acq-ACC_T2w.nii.gz",
        "sub-2/anat/sub-2_T2w.nii.gz",
        "derivatives/a/sub-1/ses-a/anat/sub-1_ses-a_space-T2w_label-liver_mask.nii.gz",
        "derivatives/a/sub-1/ses-b/anat/sub-1_ses-b_label-liver_mask.nii.gz",
        "derivatives/a/sub-1/ses-b/anat/sub-1_ses-b_acq-ACC_label-liver_mask.nii.gz",
        "derivatives/a/sub-2/anat/sub-2_space-MNI152_label-liver_mask.nii.gz",
        "derivatives/a/sub-1/ses-a/anat/sub-1_ses-a_space-T1w_desc-brain_mask.nii.gz",
    )
    assert found.rois == {"files": {"liver": "mask_liver"}}  # the brain was drawn in the space of T1w
    masks = {scan.series: scan.masks["mask_liver"].name for scan in found.scans if "mask_liver" in scan.masks}
    assert masks == {
        "sub-1_ses-a_acq-REF_T2w.nii.gz": "sub-1_ses-a_space-T2w_label-liver_mask.nii.gz",
        "sub-1_ses-b_acq-REF_T2w.nii.gz": "sub-1_ses-b_label-liver_mask.nii.gz",
        "sub-1_ses-b_acq-ACC_T2w.nii.gz": "sub-1_ses-b_acq-ACC_label-liver_mask.nii.gz",
    }
    assert found.factors == ("session", "acquisition")


def test_masks_that_fit_equally_well_are_left_to_the_user(dataset):
    found = dataset(
        "sub-1/anat/sub-1_T2w.nii.gz",
        "derivatives/a/sub-1/anat/sub-1_label-liver_mask.nii.gz",
        "derivatives/a/sub-1/anat/sub-1_space-orig_label-liver_mask.nii.gz",
    )
    assert found.scans[0].masks == {}
    assert found.remarks == ("2 files could be mask_liver of sub-1_T2w.nii.gz; name one of them",)


def test_label_maps_have_their_names_from_the_table(dataset):
    found = dataset(
        "sub-1/anat/sub-1_T2w.nii.gz",
        "derivatives/a/sub-1/anat/sub-1_dseg.nii.gz",
        texts={"derivatives/a/dseg.tsv": "index\tname\n0\tbackground\n1\tliver\n7\tspleen\n"},
    )
    assert found.rois == {"labels": {"liver": 1, "spleen": 7}}
    assert found.scans[0].masks["mask"].name == "sub-1_dseg.nii.gz"


def test_label_maps_without_a_table_are_told(dataset):
    found = dataset("sub-1/anat/sub-1_T2w.nii.gz", "derivatives/a/sub-1/anat/sub-1_dseg.nii.gz")
    assert found.rois == {}
    assert "no table dseg.tsv" in found.remarks[0]


def test_a_label_table_of_another_form_is_told(dataset):
    names = ("sub-1/anat/sub-1_T2w.nii.gz", "derivatives/a/sub-1/anat/sub-1_dseg.nii.gz")
    found = dataset(*names, texts={"derivatives/a/dseg.tsv": "number\torgan\n1\tliver\n"})
    assert found.rois == {}
    assert "expected the columns 'index' and 'name', found number, organ" in found.remarks[0]


def test_a_sidecar_that_cannot_be_used_is_told_once_whatever_the_names_state(dataset):
    """It was told only where the names state no design; and each path stood beside its sidecar's."""
    names = ("sub-1/anat/sub-1_acq-a_T2w", "sub-1/anat/sub-1_acq-b_T2w", "sub-2/anat/sub-2_acq-a_T2w")
    broken = {f"{name}.json": "{broken" for name in names[:2]}
    found = dataset(*(f"{name}.nii.gz" for name in names), texts=broken)
    ((reason, paths),) = found.passed_over()
    assert reason.startswith("its sidecar was not used: cannot be read: Expecting")
    assert [path.name for path in paths] == ["sub-1_acq-a_T2w.nii.gz", "sub-1_acq-b_T2w.nii.gz"]


def test_without_a_design_in_the_names_sidecars_state_what_they_can(dataset):
    sidecar = '{"DeepLearningDetails": "0.75\\\\High", "ParallelReductionFactorInPlane": 2}'
    names = ("sub-1/anat/sub-1_T2w.nii.gz", "sub-2/anat/sub-2_T2w.nii.gz")
    found = dataset(*names, texts={"sub-1/anat/sub-1_T2w.json": sidecar})
    assert found.factors == ("acquisition", "reconstruction")
    assert [dict(scan.levels) for scan in found.scans] == [{"acquisition": "R2", "reconstruction": "DLR"}, {}]


def test_what_describes_itself_or_looks_like_bids_is(tmp_path):
    assert not is_bids(tmp_path)
    (tmp_path / "dataset_description.json").write_text("{}")
    assert is_bids(tmp_path)


def test_other_files_in_anat_are_passed_over_with_the_reason(dataset):
    found = dataset("sub-1/anat/sub-1_T2w.nii.gz", "sub-1/anat/scan.nii.gz", "sub-1/anat/sub-1_dseg.nii.gz")
    assert {path.name: reason for path, reason in found.skipped} == {
        "scan.nii.gz": "its name is not a BIDS name",
        "sub-1_dseg.nii.gz": "is a mask",
    }


def test_a_table_of_labels_that_is_no_text_is_told(dataset, tmp_path):
    # This came out as UnicodeDecodeError.
    names = ("sub-1/anat/sub-1_T2w.nii", "derivatives/a/sub-1/anat/sub-1_dseg.nii")
    (tmp_path / "derivatives" / "a").mkdir(parents=True)
    (tmp_path / "derivatives" / "a" / "dseg.tsv").write_bytes(b"\x80index\tname\n1\tliver\n")
    assert "is not a UTF-8 text" in dataset(*names).remarks[0]


def two_subjects(*tables):
    names = [f"sub-{i}/anat/sub-{i}_T2w.nii" for i in (1, 2)]
    maps = [f"derivatives/a/sub-{i}/anat/sub-{i}_dseg" for i in (1, 2)]
    texts = {
        f"{name}.tsv": "index\tname\n" + "".join(f"{number}\t{organ}\n" for organ, number in table.items())
        for name, table in zip(maps, tables, strict=True)
        if table
    }
    return [*names, *(f"{name}.nii" for name in maps)], texts


def test_labels_that_differ_between_subjects_are_taken_by_name(dataset):
    # The first subject's table was taken for all: liver and spleen of others were exchanged.
    names, texts = two_subjects({"liver": 1, "spleen": 2}, {"spleen": 1, "liver": 2})
    found = dataset(*names, texts=texts)
    assert found.rois == {"segments": {"liver": "liver", "spleen": "spleen"}}
    assert "labels have other numbers or names in other label maps" in found.remarks[0]


@pytest.mark.parametrize(
    ("second", "rois"),
    [
        ({"liver": 1}, {"labels": {"liver": 1, "spleen": 2}}),
        ({"Liver": 1, "kidney": 3}, {"labels": {"liver": 1, "spleen": 2, "kidney": 3}}),
        ({"kidney": 1}, {"segments": {name: name for name in ("liver", "spleen", "kidney")}}),
    ],
)
def test_every_table_is_read(dataset, second, rois):
    names, texts = two_subjects({"liver": 1, "spleen": 2}, second)
    assert dataset(*names, texts=texts).rois == rois


def test_label_maps_without_a_table_beside_others_with_one_are_told(dataset):
    names, texts = two_subjects({"liver": 1}, None)
    found = dataset(*names, texts=texts)
    assert found.rois == {"labels": {"liver": 1}}
    assert found.remarks == (
        "1 label maps have no table of their labels, such as sub-2_dseg.nii; look what these mean there",
    )


def test_runs_are_numbers_and_meet_however_they_are_written(dataset):
    # run-1 never met run-01, and four masks were dropped without a word.
    found = dataset(
        *("sub-1/anat/sub-1_run-01_T2w.nii", "sub-1/anat/sub-1_run-02_T2w.nii", "sub-2/anat/sub-2_run-1_T2w.nii"),
        *(f"derivatives/a/sub-1/anat/sub-1_run-{run}_label-liver_mask.nii" for run in (1, 2)),
        "derivatives/a/sub-2/anat/sub-2_run-001_label-liver_mask.nii",
    )
    assert [scan.levels["run"] for scan in found.scans] == ["01", "02", "01"]
    assert [scan.masks["mask_liver"].name.split("_")[1] for scan in found.scans] == ["run-1", "run-2", "run-001"]
    assert found.remarks == ()


def test_masks_of_no_image_are_told(dataset):
    found = dataset(
        *("sub-1/anat/sub-1_acq-1_T2w.nii", "derivatives/a/sub-1/anat/sub-1_acq-01_label-liver_mask.nii"),
        "derivatives/a/sub-3/anat/sub-3_label-liver_mask.nii",
    )
    assert found.remarks == (
        "2 masks belong to no image that was found: sub-1_acq-01_label-liver_mask.nii, sub-3_label-liver_mask.nii",
    )


STRAY = "derivatives/b/sub-1/anat/sub-1_space-MNI152_label-liver_mask.nii"


def test_masks_of_no_image_do_not_displace_label_maps(dataset):
    # One mask in the space of a template threw every label map away, and left the column of masks empty.
    names, texts = two_subjects({"liver": 1}, {"liver": 1})
    found = dataset(*names, STRAY, texts=texts)
    assert found.rois == {"labels": {"liver": 1}}
    assert [scan.masks["mask"].name for scan in found.scans] == ["sub-1_dseg.nii", "sub-2_dseg.nii"]
    assert found.remarks == (f"1 masks belong to no image that was found: {STRAY.split('/')[-1]}",)


@pytest.mark.parametrize(("masked", "form"), [((1,), "labels"), ((1, 2), "files")])
def test_the_form_that_more_images_have_is_taken_and_the_other_told(dataset, masked, form):
    names, texts = two_subjects({"liver": 1}, {"liver": 1})
    found = dataset(*names, *(f"derivatives/b/sub-{i}/anat/sub-{i}_label-liver_mask.nii" for i in masked), texts=texts)
    assert list(found.rois) == [form]
    assert all(scan.masks for scan in found.scans)
    left = "1 masks of single ROIs" if form == "labels" else "2 label maps (dseg)"
    assert found.remarks == (
        f"{left} were left out: {len(masked)} images have masks of single ROIs and 2 have label maps; a study takes "
        "one form",
    )


def test_without_a_mask_of_any_image_no_roi_is_named(dataset):
    found = dataset("sub-1/anat/sub-1_T2w.nii", STRAY)
    assert (found.rois, found.scans[0].masks) == ({}, {})


def test_a_name_that_contradicts_its_folder_is_passed_over(dataset):
    # The scan of sub-02 was put down to sub-01.
    found = dataset(
        *("sub-01/anat/sub-01_T2w.nii", "sub-02/anat/sub-01_run-3_T2w.nii", "sub-02/anat/sub-02_T2w.nii"),
        *("sub-02/ses-a/anat/sub-02_ses-b_T2w.nii", "derivatives/x/sub-02/anat/sub-01_label-liver_mask.nii"),
    )
    assert [scan.series for scan in found.scans] == ["sub-01_T2w.nii", "sub-02_T2w.nii"]
    assert {path.name: reason for path, reason in found.skipped} == {
        "sub-01_run-3_T2w.nii": "its name says sub-01, and its folder sub-02",
        "sub-02_ses-b_T2w.nii": "its name says ses-b, and its folder ses-a",
        "sub-01_label-liver_mask.nii": "its name says sub-01, and its folder sub-02",
    }


def test_a_session_that_only_the_folder_names_is_one(dataset):
    found = dataset(
        *("sub-1/ses-a/anat/sub-1_T2w.nii", "sub-1/ses-b/anat/sub-1_ses-b_T2w.nii"),
        "derivatives/x/sub-1/ses-b/anat/sub-1_label-liver_mask.nii",
    )
    assert found.factors == ("session",)
    assert [(scan.levels["session"], len(scan.masks)) for scan in found.scans] == [("a", 0), ("b", 1)]


@pytest.mark.parametrize(
    ("name", "sidecar", "reason"),
    [
        ("part-phase_T2w", "{}", "is the phase by its name, not the magnitude"),
        ("part-real_T2w", "{}", "is the real part by its name, not the magnitude"),
        ("part-imag_T2w", "{}", "is the imaginary part by its name, not the magnitude"),
        ("phase", "{}", "is the phase by its name, not the magnitude"),
        (
            "T2starw",
            '{"ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"]}',
            "is the phase by its sidecar",
        ),
        ("T2starw", '{"ImageType": ["ORIGINAL", "PRIMARY", "R_FFE", "R", "FFE"]}', "is the real part by its sidecar"),
        ("T2starw", '{"ComplexImageComponent": "IMAGINARY"}', "is the imaginary part by its sidecar"),
    ],
)
def test_parts_that_are_no_magnitude_are_passed_over(dataset, name, sidecar, reason):
    magnitudes = ("sub-1/anat/sub-1_acq-a_part-mag_T2w.nii", "sub-1/anat/sub-1_acq-b_T2w.nii")
    mine = f"sub-1/anat/sub-1_acq-c_{name}"
    stated = '{"ImageType": ["ORIGINAL", "PRIMARY", "M", "FFE", "PHASE"]}'
    texts = {f"{mine}.json": sidecar, "sub-1/anat/sub-1_acq-b_T2w.json": stated}
    found = dataset(*magnitudes, f"{mine}.nii", texts=texts)
    assert [scan.series for scan in found.scans] == ["sub-1_acq-a_part-mag_T2w.nii", "sub-1_acq-b_T2w.nii"]
    assert found.factors == ("acquisition",)
    assert [path.name for path, _ in found.skipped] == [f"sub-1_acq-c_{name}.nii"]
    assert found.skipped[0][1].startswith(reason)
