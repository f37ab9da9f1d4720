"""Names of BIDS files: what they state, and which mask belongs to which image."""

from pathlib import Path

import numpy as np
import pytest

from experiments.importing.bids import Name, find_bids, is_bids
from harmonize.errors import ConfigurationError
from harmonize.formats import write_image
from harmonize.volume import Grid


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


@pytest.mark.parametrize(
    "name", ["scan.nii.gz", "sub-01.nii", "sub-01_T2w.nrrd", "sub-01_x_T2w.nii", "ses-1_T2w.nii", "sub-01_a-b.nii.gz"]
)
def test_other_names_are_no_bids(name):
    assert Name.parse(Path(name)) is None


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
    assert found.rois == {"files": {"liver": "mask_liver", "brain": "mask_brain"}}
    masks = {scan.series: scan.masks["mask_liver"].name for scan in found.scans if "mask_liver" in scan.masks}
    assert masks == {
        "sub-1_ses-a_acq-REF_T2w.nii.gz": "sub-1_ses-a_space-T2w_label-liver_mask.nii.gz",
        "sub-1_ses-b_acq-REF_T2w.nii.gz": "sub-1_ses-b_label-liver_mask.nii.gz",
        "sub-1_ses-b_acq-ACC_T2w.nii.gz": "sub-1_ses-b_acq-ACC_label-liver_mask.nii.gz",
    }
    assert not any("mask_brain" in scan.masks for scan in found.scans)  # drawn in the space of T1w
    assert found.factors == ("session", "acquisition")


def test_masks_that_fit_equally_well_are_left_to_the_user(dataset):
    found = dataset(
        "sub-1/anat/sub-1_T2w.nii.gz",
        "derivatives/a/sub-1/anat/sub-1_label-liver_mask.nii.gz",
        "derivatives/b/sub-1/anat/sub-1_label-liver_mask.nii.gz",
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


def test_a_label_table_of_another_form_is_an_error(dataset):
    names = ("sub-1/anat/sub-1_T2w.nii.gz", "derivatives/a/sub-1/anat/sub-1_dseg.nii.gz")
    with pytest.raises(ConfigurationError, match="expected the columns 'index' and 'name', found number, organ"):
        dataset(*names, texts={"derivatives/a/dseg.tsv": "number\torgan\n1\tliver\n"})


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


def test_a_table_of_labels_that_is_no_text_is_refused(dataset, tmp_path):
    # This came out as UnicodeDecodeError.
    names = ("sub-1/anat/sub-1_T2w.nii", "derivatives/a/sub-1/anat/sub-1_dseg.nii")
    (tmp_path / "derivatives" / "a").mkdir(parents=True)
    (tmp_path / "derivatives" / "a" / "dseg.tsv").write_bytes(b"\x80index\tname\n1\tliver\n")
    with pytest.raises(ConfigurationError, match="is not a UTF-8 text"):
        dataset(*names)


def test_a_label_of_thousands_of_digits_is_none(dataset):
    found = dataset(
        *("sub-1/anat/sub-1_T2w.nii", "derivatives/a/sub-1/anat/sub-1_dseg.nii"),
        texts={"derivatives/a/dseg.tsv": f"index\tname\n{'9' * 5000}\tliver\n2\tspleen\n"},
    )
    assert found.rois == {"labels": {"spleen": 2}}
