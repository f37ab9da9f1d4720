"""Names that label maps give their labels win over numbers in a study."""

import nibabel as nib
import nrrd
import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.formats import MaskSource, read_masks, write_image
from harmonize.formats.label_names import label_names, read_table, table_of
from harmonize.image.volume import Grid
from harmonize.remarks import remarks

GRID = Grid((6, 5, 4), (1.5, 1.5, 4.0))
LABELS = np.zeros(GRID.shape, np.uint8)
LABELS[1:3, 1, 1:4], LABELS[1:3, 3, 1:3] = 1, 2


def slicer(path, *names, values=None, layers=None, **more):
    """Write a .seg.nrrd as 3D Slicer does."""
    header = {
        "space": "left-posterior-superior",
        "space directions": np.diag([1.5, 1.5, 4.0]),
        "space origin": [0, 0, 0],
        "kinds": ["domain"] * 3,
    }
    for k, name in enumerate(names):
        value = k + 1 if values is None else values[k]
        layer = 0 if layers is None else layers[k]
        fields = {"ID": f"Segment_{k}", "Name": name, "LabelValue": str(value), "Layer": str(layer)}
        header |= {f"Segment{k}_{field}": text for field, text in fields.items()}
    nrrd.write(str(path), LABELS.T, {**header, **more})
    return path


def bids(path, table=None, name="dseg.tsv"):
    path.parent.mkdir(parents=True, exist_ok=True)
    affine = np.diag([-1.5, -1.5, 4.0, 1.0])
    nib.save(nib.Nifti1Image(LABELS.T, affine), path)
    if table is not None:
        (path.parent / name).write_text(table)
    return path


def read(path, **chosen):
    sources = {
        roi: MaskSource(path, value) if isinstance(value, int) else MaskSource(path, segment=value)
        for roi, value in chosen.items()
    }
    return read_masks(sources, GRID)


def workbench(path, *names, kind=nib.Nifti1Image):
    """Write a NIfTI label map with a table in its header, as TotalSegmentator does."""
    rows = "".join(f'<Label Key="{k}" Red="1" Alpha="1">{name}</Label>' for k, name in enumerate(names, 1))
    table = f'<CaretExtension><VolumeInformation Index="0"><LabelTable>{rows}</LabelTable>'
    table += "</VolumeInformation></CaretExtension>"
    image = kind(LABELS.T, np.diag([-1.5, -1.5, 4.0, 1.0]))
    image.header.extensions.append(nib.nifti1.Nifti1Extension(0, table.encode()))
    nib.save(image, path)
    return path


@pytest.fixture(params=["slicer", "bids", "workbench"])
def two_organs(request, tmp_path):
    """Give a function that writes the labels with two names."""

    def write(first, second):
        if request.param == "slicer":
            return slicer(tmp_path / "m.seg.nrrd", first, second)
        if request.param == "workbench":
            return workbench(tmp_path / "m.nii.gz", first, second)
        table = f"index\tname\n0\tbackground\n1\t{first}\n2\t{second}\n"
        return bids(tmp_path / "sub-01_dseg.nii.gz", table, "sub-01_dseg.tsv")

    return write


def test_rois_are_taken_by_their_names_in_the_file(two_organs):
    masks, failures = read(two_organs("Spleen", "Liver right"), liver="Liver right", spleen="Spleen")
    assert failures == {}
    np.testing.assert_array_equal(masks["liver"], LABELS == 2)
    np.testing.assert_array_equal(masks["spleen"], LABELS == 1)


def test_numbers_that_agree_with_the_names_are_taken_however_these_are_spelled(two_organs):
    with remarks() as told:
        masks, failures = read(two_organs("Left Kidney", "SPLEEN"), kidney_left=1, spleen=2)
    assert (failures, told) == ({}, [])
    np.testing.assert_array_equal(masks["kidney_left"], LABELS == 1)


def test_numbers_that_contradict_the_names_are_refused(two_organs):
    # Liver and spleen of one subject were exchanged without a word.
    path = two_organs("spleen", "Liver")
    _, failures = read(path, liver=1, spleen=2)
    assert list(failures) == ["liver", "spleen"]
    assert "gives 'liver' the label 2, and the study 1" in failures["liver"].problem
    assert "use `rois: segments`, here `liver: Liver`, to take every ROI by the name" in failures["liver"].advice


def test_a_label_that_the_file_calls_something_else_is_refused(two_organs):
    path = two_organs("Leber", "spleen")
    masks, failures = read(path, liver=1, spleen=2)
    assert list(masks) == ["spleen"]
    assert "calls the label 1 'Leber', and the study 'liver'" in failures["liver"].problem
    assert "here `liver: Leber`" in failures["liver"].advice


def test_names_that_say_nothing_contradict_nothing(two_organs):
    with remarks() as told:
        masks, failures = read(two_organs("Segment_1", "Segment_2"), liver=1, spleen=2)
    assert (failures, told) == ({}, [])
    assert masks["liver"].sum() == 6


def test_an_roi_without_a_meaning_of_its_own_is_told_what_the_file_calls_it(two_organs):
    path = two_organs("liver", "spleen")
    with remarks() as told:
        masks, _ = read(path, roi=1)
    assert masks["roi"].sum() == 6
    assert [entry.problem for entry in told] == [f"{path}: calls the label 1 'liver', which the study calls 'roi'"]


def test_a_file_for_one_roi_must_not_name_several_or_another_of_the_study(two_organs, tmp_path):
    both = two_organs("liver", "spleen")
    _, failures = read_masks({"liver": MaskSource(both)}, GRID)
    assert "holds 2 ROIs (liver, spleen)" in failures["liver"].problem
    one = slicer(tmp_path / "one.seg.nrrd", "spleen", values=[3])
    nrrd.write(str(tmp_path / "plain.nrrd"), (LABELS == 1).astype(np.uint8).T, nrrd.read_header(str(one)))
    sources = {"liver": MaskSource(tmp_path / "plain.nrrd"), "spleen": MaskSource(both, segment="spleen")}
    _, failures = read_masks(sources, GRID)
    assert "is called 'spleen', and the study takes it for 'liver' beside 'spleen'" in failures["liver"].problem


def test_segments_in_layers_are_refused_with_the_way_out(tmp_path):
    path = slicer(tmp_path / "m.seg.nrrd", "liver", "tumour", values=[1, 1], layers=[0, 1])
    for source in (MaskSource(path, 1), MaskSource(path, segment="liver"), MaskSource(path)):
        failures = read_masks({"liver": source}, GRID)[1]
        assert "its 2 segments lie in several layers" in failures["liver"].problem
        assert "collapse the layers" in failures["liver"].advice


def test_the_layers_of_older_files_are_a_fourth_dimension(tmp_path):
    path = tmp_path / "m.seg.nrrd"
    nrrd.write(
        str(path),
        np.stack([LABELS.T == 1, LABELS.T == 2]).astype(np.uint8),
        {"kinds": ["list", "domain", "domain", "domain"], "Segment0_Name": "liver", "Segment1_Name": "spleen"},
    )
    assert "lie in several layers" in read(path, liver=1)[1]["liver"].problem


@pytest.mark.parametrize(("names", "values"), [(("liver", "liver"), [1, 2]), (("liver", "spleen"), [1, 1])])
def test_two_segments_of_one_name_or_label_are_refused(tmp_path, names, values):
    path = slicer(tmp_path / "m.seg.nrrd", *names, values=values)
    assert "two segments have the name or label" in read(path, liver=1)[1]["liver"].problem


def test_the_nearest_table_that_holds_for_a_map_is_taken(tmp_path):
    root = tmp_path / "data"
    folder = root / "derivatives" / "manual"
    path = bids(folder / "sub-01" / "anat" / "sub-01_desc-organs_dseg.nii.gz")
    (root / "dataset_description.json").write_text("{}")
    (tmp_path / "dseg.tsv").write_text("index\tname\n1\toutside\n")
    assert table_of(path) is None
    for table in (
        root / "dseg.tsv",
        folder / "dseg.tsv",
        folder / "desc-organs_dseg.tsv",
        folder / "sub-01" / "sub-01_dseg.tsv",
        path.with_name("sub-01_desc-organs_dseg.tsv"),
    ):
        table.write_text("index\tname\n1\tliver\n")
        assert table_of(path) == table
    (folder / "desc-vessels_dseg.tsv").write_text("index\tname\n1\taorta\n")
    assert table_of(path) == path.with_name("sub-01_desc-organs_dseg.tsv")
    assert table_of(path.with_name("sub-01_mask.nii.gz")) is None


def test_two_tables_that_hold_equally_are_refused(tmp_path, golden):
    path = bids(tmp_path / "sub-01_desc-organs_space-T2w_dseg.nii.gz")
    for name in ("desc-organs_dseg.tsv", "space-T2w_dseg.tsv"):
        (tmp_path / name).write_text("index\tname\n1\tliver\n")
    with golden.error(ScanError):
        label_names(path)
    assert MaskSource(path, 1).files == (path,)


def test_a_table_beside_any_map_counts_if_it_is_one(tmp_path):
    path = bids(tmp_path / "rois.nii.gz")
    (tmp_path / "rois.tsv").write_text("x\ty\n1\t2\n")
    assert table_of(path) is None
    (tmp_path / "rois.tsv").write_text("index\tname\tabbreviation\n1\tLeft kidney\tLK\n2\tliver\tn/a\n")
    assert MaskSource(path, 1).files == (path, tmp_path / "rois.tsv")
    assert read(path, LK=1, liver=2)[1] == {}
    assert "gives 'LK' the label 1, and the study 2" in read(path, LK=2)[1]["LK"].problem


@pytest.mark.parametrize(
    "text",
    [
        "number\torgan\n1\tliver\n",
        "",
        "index;name\n1;liver\n",
        "name,index\nliver,1\n",
        "index\tname\n1-3\tliver\n",
        "index\tname\n1\tliver\n1\tspleen\n",
        "index\tname\n1\tliver\n2\tliver\n",
    ],
)
def test_tables_that_cannot_be_meant_are_refused(tmp_path, text, golden):
    (tmp_path / "dseg.tsv").write_text(text)
    with golden.error(ScanError):
        read_table(tmp_path / "dseg.tsv")


def test_a_label_of_thousands_of_digits_is_none(tmp_path):
    (tmp_path / "dseg.tsv").write_text(f"index\tname\n{'9' * 5000}\tliver\n2\tspleen\nn/a\tkidney\n")
    assert read_table(tmp_path / "dseg.tsv").labels == {"spleen": 2}


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_tables_in_headers_of_both_versions_of_nifti_are_read(tmp_path, kind, ending):
    path = workbench(tmp_path / f"m{ending}", "liver", "<![CDATA[a & b]]>", "c &amp; d", kind=kind)
    assert label_names(path).labels == {"liver": 1, "a & b": 2, "c & d": 3}


@pytest.mark.parametrize("content", [b"", b"\x5c\x01\x00\x00", b"\x1f\x8b broken", b"x" * 600])
def test_a_broken_file_has_no_names_and_is_said_to_be_broken_when_it_is_read(tmp_path, content):
    for ending in (".nii", ".nii.gz", ".nrrd"):
        (tmp_path / f"m{ending}").write_bytes(content)
        assert label_names(tmp_path / f"m{ending}") is None


def test_indices_that_a_spreadsheet_wrote_are_whole_numbers(tmp_path):
    # They were passed over, and what the table says of the labels with them.
    (tmp_path / "dseg.tsv").write_text("index\tname\n0\tbackground\n1.0\tliver\n2.\tspleen\nn/a\tbile\n-1\tair\n")
    assert read_table(tmp_path / "dseg.tsv").labels == {"liver": 1, "spleen": 2}


@pytest.mark.parametrize("text", ["\ufeffindex\tname\n1\tspleen\n", "index;name\n1;spleen\n"])
def test_a_table_beside_a_mask_is_one_however_it_was_saved(tmp_path, text):
    # With a byte order mark, or semicolons, it was passed over, and the spleen taken for the liver.
    write_image(np.ones((1, 2, 2)), Grid((2, 2, 1)), tmp_path / "m.nii.gz")
    (tmp_path / "m.tsv").write_text(text, encoding="utf-8")
    _, failures = read_masks({"liver": MaskSource(tmp_path / "m.nii.gz", 1)}, Grid((2, 2, 1)))
    assert "m.tsv" in failures["liver"].problem
