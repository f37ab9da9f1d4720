"""Several masks of one ROI and image: segmentations where their names say so, a question where not."""

import pydicom
import pytest

from experiments.importing.bids import find_bids
from experiments.importing.dicom_folder import find_dicom
from experiments.importing.drawn import by_who_drew, who_drew
from harmonize.formats import read_image, write_image
from harmonize.image.volume import Grid
from tests.harmonize.formats.test_seg import write_seg

SUB = "sub-1/anat/sub-1"


@pytest.fixture
def dataset(tmp_path, voxels):
    """Give a function that finds what images and masks of these names make up."""

    def make(*names, tables=()):
        for name in names:
            write_image(voxels > 2000, Grid((16, 16, 3)), tmp_path / name)
        for name in tables:
            (tmp_path / name).write_text("index\tname\n1\tliver\n", encoding="utf-8")
        return find_bids(tmp_path)

    return make


@pytest.mark.parametrize(
    ("masks", "names"),
    [
        (("a/{}_seg-anna_label-liver_mask", "a/{}_seg-ben_label-liver_mask"), ("anna", "ben")),
        (("a/{}_label-liver_desc-r1_mask", "a/{}_label-liver_desc-r2_mask"), ("r1", "r2")),
        (("anna/{}_label-liver_mask", "ben/{}_label-liver_mask"), ("anna", "ben")),
    ],
)
def test_who_drew_a_mask_of_bids_is_told_by_seg_desc_or_folder(dataset, masks, names):
    paths = [f"derivatives/{mask.format(SUB)}.nii.gz" for mask in masks]
    found = dataset(f"{SUB}_T2w.nii.gz", *paths)
    assert found.segmentations == names
    assert found.scans[0].masks == {}
    assert [path.name for path in found.scans[0].mask_files] == [path.rpartition("/")[2] for path in paths]
    assert len(found.remarks) == 1


def test_what_does_not_say_who_drew_it_is_asked_about_as_before(dataset):
    liver = f"derivatives/a/{SUB}_label-liver_mask.nii.gz"
    found = dataset(f"{SUB}_T2w.nii.gz", liver, liver.replace("_mask", "_desc-ben_mask"))
    assert (found.segmentations, found.scans[0].masks) == ((), {})
    assert found.remarks == ("2 files could be mask_liver of sub-1_T2w.nii.gz; name one of them",)


def test_label_maps_are_segmentations_only_where_they_name_the_same_rois(dataset):
    maps = [f"derivatives/a/{SUB}_desc-{name}_dseg.nii.gz" for name in ("anna", "ben")]
    assert dataset(f"{SUB}_T2w.nii.gz", *maps).segmentations == ()
    found = dataset(tables=[path.replace("nii.gz", "tsv") for path in maps])
    assert (found.segmentations, found.rois) == (("anna", "ben"), {"labels": {"liver": 1}})


@pytest.mark.parametrize("told", [True, False])
def test_seg_files_of_two_readers_are_segmentations_where_their_series_say_so(tmp_path, write_slices, voxels, told):
    write_slices(tmp_path / "scan", voxels, PatientID="1")
    slices = pydicom.dcmread(next((tmp_path / "scan").iterdir()))
    grid = read_image(tmp_path / "scan")[1]
    for i, reader in enumerate(("anna", "ben")):
        path = write_seg(tmp_path / f"{i}.dcm", [voxels > 2000 + 100 * i], grid, names=("Liver",))
        dataset = pydicom.dcmread(path)
        of_series = pydicom.Dataset()
        of_series.SeriesInstanceUID = slices.SeriesInstanceUID
        dataset.ReferencedSeriesSequence = [of_series]
        dataset.SeriesDescription = f"Liver {reader}" if told else "Liver"
        dataset.save_as(path)
    found = find_dicom(tmp_path)
    assert found.rois == {"segments": {"Liver": "Liver"}}
    (scan,) = found.scans
    if told:
        assert {name: masks["mask"].name for name, masks in scan.drawn.items()} == {
            "Liver anna": "0.dcm",
            "Liver ben": "1.dcm",
        }
    else:
        assert (scan.drawn, scan.masks) == ({}, {})
        assert "2 mask files belong to" in found.remarks[-1]


def test_no_name_is_made_up():
    groups = [["a1", "b1"], ["a2", "a3"]]
    assert who_drew(groups, {"letter": lambda one: one[0]}) is None
    assert who_drew([], {"letter": lambda one: one[0]}) is None
    assert by_who_drew({"mask": ["a+b", ""]}, lambda one: one, lambda one: one) == {"a-b": {"mask": "a+b"}}
