"""images.csv: what is accepted, and what is refused with its line."""

import sys

import pytest

from experiments.study.manifest import Rois, read_manifest
from harmonize.errors import ConfigurationError
from harmonize.formats import MaskSource

LABELS = Rois(labels={"liver": 1, "spleen": 2})
FILES = Rois(files={"left": "mask_left", "right": "mask_right"})
FACTORS = ("acquisition", "reconstruction")
HEADER = "subject,sequence,acquisition,reconstruction,image,mask\n"
ROW = "S1,T2,REF,STD,a.nii.gz,m.nii.gz\n"


def read(folder, content, rois=LABELS, factors=FACTORS, data=None):
    path = folder / "images.csv"
    path.write_text(content, encoding="utf-8")
    return read_manifest(path, data or folder, factors, rois)


def test_a_row_becomes_a_scan(tmp_path):
    content = HEADER.strip() + ",age\n" + ROW.strip() + ",054\n"
    (scan,) = read(tmp_path, content)
    assert scan.key == ("S1", "T2", "REF+STD")
    assert scan.levels == {"acquisition": "REF", "reconstruction": "STD"}
    assert scan.image == tmp_path / "a.nii.gz"
    assert scan.masks == {"liver": MaskSource(tmp_path / "m.nii.gz", 1), "spleen": MaskSource(tmp_path / "m.nii.gz", 2)}
    assert scan.covariates == {"age": "054"}
    assert scan.line == 2


def test_one_file_a_roi_and_one_that_is_absent(tmp_path):
    content = "subject;sequence;echo;image;mask_left;mask_right\nS1;GRE;E1;a.nii;l.nii;\n"
    (scan,) = read(tmp_path, content, FILES, ("echo",))
    assert scan.condition == "E1"
    assert scan.masks == {"left": MaskSource(tmp_path / "l.nii")}


def test_paths_start_from_the_data_folder(tmp_path):
    (tmp_path / "table").mkdir()
    (scan,) = read(tmp_path / "table", HEADER + ROW, data=tmp_path)
    assert scan.image == tmp_path / "a.nii.gz"


def test_images_in_one_tree_and_masks_in_another_have_a_folder_in_common(tmp_path, golden):
    """As docs/input.md has it: from the common folder, or whole paths below it."""
    (tmp_path / "study").mkdir()
    row = ROW.replace("a.nii.gz", f"{tmp_path}/mri/a.nii.gz").replace("m.nii.gz", "drawn/m.nii.gz")
    (scan,) = read(tmp_path / "study", HEADER + row, data=tmp_path)
    assert scan.image == tmp_path / "mri" / "a.nii.gz"
    assert scan.masks["liver"].path == tmp_path / "drawn" / "m.nii.gz"
    with golden.error(ConfigurationError):
        read(tmp_path / "study", HEADER + row)


def test_paths_of_windows_umlauts_spaces_and_detours_that_stay_inside(tmp_path):
    (scan,) = read(tmp_path, HEADER + r"S1,T2,REF,STD,für Ä\b c.nii,x/../m.nii.gz" + "\n")
    assert scan.image == tmp_path / "für Ä" / "b c.nii"
    assert scan.masks["liver"].path.resolve() == (tmp_path / "m.nii.gz").resolve()


@pytest.mark.parametrize(
    "content",
    [
        HEADER.replace("sequence", "sequenz") + ROW,
        HEADER.replace("mask", "masks") + ROW,
        HEADER + ROW + ROW.replace("S1", ""),
        HEADER + ROW.replace("STD", " "),
        HEADER + ROW.replace("a.nii.gz", ""),
        HEADER + ROW.replace("REF", "R+F"),
        HEADER + ROW.replace("a.nii.gz", "../a.nii.gz"),
        HEADER + ROW.replace("m.nii.gz", "x/../../m.nii.gz"),
        HEADER + ROW.replace("a.nii.gz", "..\\a.nii.gz"),
        HEADER + ROW.replace("a.nii.gz", "/etc/hosts"),
        HEADER.strip() + ",roi\n" + ROW.strip() + ",liver\n",
        HEADER.strip() + ",original_glcm_Contrast\n" + ROW.strip() + ",1\n",
        HEADER,
        "",
    ],
)
def test_what_is_wrong_names_column_or_line(tmp_path, content, golden):
    with golden.error(ConfigurationError):
        read(tmp_path, content)


def test_links_out_of_the_folder_and_in_circles(tmp_path, golden):
    data = tmp_path / "data"
    data.mkdir()
    (data / "out.nii.gz").symlink_to(tmp_path / "secret.nii.gz")
    (data / "circle").symlink_to(data / "circle")
    with golden.error(ConfigurationError):
        read(tmp_path, HEADER + ROW.replace("a.nii.gz", "out.nii.gz"), data=data)
    circle = HEADER + ROW.replace("a.nii.gz", "circle/a.nii.gz")
    if sys.version_info < (3, 13):
        with golden.error(ConfigurationError):
            read(tmp_path, circle, data=data)
    else:  # such a path resolves to itself, and is missing
        assert not read(tmp_path, circle, data=data)[0].image.exists()


def test_a_data_folder_behind_a_link_is_fine(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    (scan,) = read(tmp_path, HEADER + ROW, data=link)
    assert scan.image.resolve() == (tmp_path / "real" / "a.nii.gz").resolve()


def test_names_and_columns_of_rois():
    assert LABELS.names == ("liver", "spleen")
    assert LABELS.columns == ("mask",)
    assert FILES.columns == ("mask_left", "mask_right")


def test_where_nothing_is_compared_empty_levels_are_unstated(tmp_path, golden):
    # Patients' tables, as `import` leaves them, asked for levels that nobody knows.
    path = tmp_path / "images.csv"
    path.write_text(HEADER + "S1,T2,,,a.nii.gz,\nS2,T2,REF,,b.nii.gz,\n", encoding="utf-8")
    with golden.error(ConfigurationError):
        read_manifest(path, tmp_path, FACTORS, LABELS)
    one, two = read_manifest(path, tmp_path, FACTORS, LABELS, compared=False)
    assert (one.condition, two.condition) == ("unstated", "REF+unstated")
    assert one.levels == {"acquisition": "unstated", "reconstruction": "unstated"}
