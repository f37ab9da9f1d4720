"""Plain NIfTI files: names tell subjects, arms and masks; what is concluded is marked, what nothing tells refused."""

import numpy as np

from experiments.importing import import_folder
from experiments.importing.found import FoundFolder
from experiments.importing.plain_files import find_plain, left_beside
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import write_image
from harmonize.image.volume import Grid

GRID = Grid((8, 8, 3), (2.0, 2.0, 5.0))


def lay(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(np.ones(GRID.shape), GRID, folder / name)
    return folder


def test_a_folder_a_subject_gives_rows_that_check_refuses_until_they_are_confirmed(tmp_path, rows_of, golden):
    names = [f"{who}/{name}.nii.gz" for who in ("A", "B") for name in ("T2_a", "T2_b", "T2_a_roi-L", "T2_a_roi-R")]
    found = import_folder(lay(tmp_path / "scans", *names), tmp_path / "study")
    rows = rows_of(found.table)
    assert [(row["subject"], row["acquisition"]) for row in rows] == [
        ("A?", "a?"),
        ("A?", "b?"),
        ("B?", "a?"),
        ("B?", "b?"),
    ]
    assert rows[0]["mask_L"].endswith("A/T2_a_roi-L.nii.gz")
    assert rows[1]["mask_L"] == rows[1]["mask_R"] == ""
    assert found.found.rois == {"files": {"L": "mask_L", "R": "mask_R"}}
    assert found.unsure >= 8
    with golden.error(ConfigurationError):
        Study.from_yaml(found.study, tmp_path / "scans")
    found.table.write_text(found.table.read_text(encoding="utf-8").replace("?", ""), encoding="utf-8")
    again = import_folder(tmp_path / "scans", tmp_path / "study")
    assert [sum("is this right?" in remark for remark in one.found.remarks) for one in (found, again)] == [2, 0]
    assert again.unsure == 0


def test_folders_that_are_said_to_be_people_are_no_question(tmp_path, rows_of):
    found = import_folder(lay(tmp_path / "scans", "A/T2.nii.gz", "B/T2.nii"), tmp_path / "study", naming="folder")
    assert [row["subject"] for row in rows_of(found.table)] == ["A", "B"]
    assert not any("subject" in remark for remark in found.found.remarks)


def test_a_pattern_names_subject_and_arm_and_nothing_is_guessed_beside_it(tmp_path, rows_of):
    folder = lay(tmp_path / "scans", "S01_std.nii.gz", "S01_dlr.nii.gz", "S02_std.nii.gz", "S02_dlr.nii.gz")
    found = import_folder(folder, tmp_path / "study", pattern="(?P<subject>[^_]+)_(?P<arm>.+)")
    assert found.found.factors == ("arm",)
    told = [(row["subject"], row["arm"]) for row in rows_of(found.table)]
    assert told == [("S01", "dlr"), ("S01", "std"), ("S02", "dlr"), ("S02", "std")]


def test_images_of_nobody_are_refused_with_a_pattern_that_fits_them(tmp_path, golden):
    folder = lay(tmp_path / "scans", "S01_std.nii.gz", "S02_std.nii.gz")
    with golden.error(ConfigurationError) as raised:
        import_folder(folder, tmp_path / "study")
    pattern = str(raised.value).split("`pattern='")[1].split("'`")[0]
    assert set(import_folder(folder, tmp_path / "study", pattern=pattern).subjects) == {"S01", "S02"}


def test_words_in_names_name_arms_and_bids_names_people(tmp_path):
    folder = lay(tmp_path, "sub-01_T2w_std.nii.gz", "P2/T2_DLR.nii.gz", "P2/T2_STD.nii.gz")
    found = find_plain(folder, people=True)
    assert [(scan.person, scan.subject) for scan in found.scans] == [("P2", "P2"), ("P2", "P2"), ("", "")]
    one = import_folder(folder / "P2", tmp_path / "out", pattern="(?P<subject>T2)")
    assert [scan.levels["reconstruction"] for scan in one.found.scans] == ["DLR", "STD"]
    assert find_plain(lay(tmp_path / "b", "sub-01_T2w.nii.gz"), people=False).scans[0].subject == "sub-01"


def test_masks_that_belong_to_no_image_or_twice_are_said(tmp_path):
    folder = lay(tmp_path, "A/a.nii.gz", "A/b.nii.gz", "A/mask.nii.gz", "B/c.nii.gz", "B/liver_mask.nii.gz")
    found = find_plain(folder, people=True)
    assert [dict(scan.masks) for scan in found.scans] == [{}, {}, {"mask_liver": folder / "B" / "liver_mask.nii.gz"}]
    assert any("mask.nii.gz: begins with the name of no image" in remark for remark in found.remarks)
    assert any("liver_mask.nii.gz: taken for the only image" in remark for remark in found.remarks)


def test_what_is_no_image_is_passed_over(tmp_path):
    lay(tmp_path, "A/a.nii.gz")
    (tmp_path / "A" / "b.nii.gz").write_bytes(b"no image")
    assert [path.name for path, _ in find_plain(tmp_path, people=True).skipped] == ["b.nii.gz"]


def test_volumes_that_hold_centres_are_not_left_over(tmp_path):
    folder = lay(tmp_path, "A/seg.nii.gz", "centres/A.nii.gz", ".hidden/b.nii.gz")
    left = left_beside(FoundFolder((), (), {}), folder, folder / "centres").skipped
    assert [path for path, _ in left] == [folder / "A" / "seg.nii.gz"]
