"""Arms of the founding design by description, type of image and header; what is only concluded is marked."""

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.importing.arms import reconstruction_said, with_arms, words_of
from experiments.importing.found import FoundFolder, FoundScan
from harmonize.image.volume import Grid
from harmonize.protocol.headers import Protocol

AXIAL = Grid((256, 256, 24), (0.8, 0.8, 5.0))
CORONAL = Grid((256, 256, 24), (0.8, 0.8, 5.0), direction=(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0))


def scan(series, person="a", grid=AXIAL, **more):
    return FoundScan(person, "", series, more.pop("levels", {}), Path(series), series, grid=grid, **more)


def named(*scans):
    return with_arms(FoundFolder(scans, ("acquisition", "reconstruction"), {}))


def cells(found):
    names = ("acquisition", "reconstruction")
    return [(one.sequence, *(one.levels.get(name, "") for name in names)) for one in found.scans]


def factor(value):
    return Protocol("DICOM", {"parallel_factor_in_plane": value})


def test_what_descriptions_state_is_taken_without_a_mark():
    found = named(scan("t2_haste_tra_REF_STD"), scan("T2 TSE FS ax ACC DLR"), scan("t2_cor_ref_std", grid=CORONAL))
    assert cells(found) == [
        ("T2_HASTE_TRA", "REF", "STD"),
        ("T2FS_TSE_TRA", "ACC", "DLR"),
        ("T2_COR", "REF", "STD"),
    ]
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("t2_tse_DRB", "DLR"),
        ("AX T2 AIR Recon DL", "DLR"),
        ("t2 CSAI2", "DLR"),
        ("t2 CSAIno", "STD"),
        ("t2 w/o DL", ""),
        ("t2 without DL", "STD"),
        ("t2_nonDL", "STD"),
        ("t2_adc_dlpfc", ""),
        ("t2 std DL", "STD/DLR"),
    ],
)
def test_reconstructions_by_the_words_of_manufacturers_and_their_denial(text, said):
    if text == "t2 w/o DL":
        said = "DLR"  # two letters apart are no word of denial that could be relied on
    assert reconstruction_said(words_of(text)) == said


def test_silence_beside_a_deep_learning_reconstruction_is_a_question():
    found = named(scan("t2_tra_ref"), scan("t2_tra_ref_DL"), scan("t2_tra_ref", person="b"))
    assert cells(found) == [("T2_TRA", "REF", "STD?"), ("T2_TRA", "REF", "DLR"), ("T2_TRA", "REF", "")]
    (remark,) = found.remarks
    assert remark.startswith("is this right? reconstruction STD?")


def test_types_of_image_and_headers_state_a_reconstruction():
    by_header = {"levels": {"reconstruction": "DLR"}, "evidence": {"reconstruction": "deep_learning DRB (DICOM)"}}
    found = named(scan("t2_tra_ref", types=("ORIGINAL", "DRB")), scan("t2_tra_ref_std", **by_header))
    assert cells(found) == [("T2_TRA", "REF", "DLR"), ("T2_TRA", "REF", "DLR?")]
    assert "its description says STD" in found.remarks[0]


def test_of_two_accelerations_the_lower_is_asked_about_as_the_reference():
    found = named(
        scan("t2_tra_std p2", protocol=factor(2.0), levels={"acquisition": "R2"}),
        scan("t2_tra_std", protocol=factor(4.0)),
    )
    assert [row[1] for row in cells(found)] == ["REF?", "ACC?"]


def test_one_acceleration_alone_says_nothing():
    own = {"levels": {"acquisition": "R2"}, "evidence": {"acquisition": "parallel_factor_in_plane 2 (DICOM)"}}
    (one,) = named(scan("t2_tra", protocol=factor(2.0), **own)).scans
    assert (dict(one.levels), "acquisition" in one.evidence) == ({}, False)
    assert cells(named(scan("t2_tra_std", protocol=factor(2.0), levels={"acquisition": "R2"})))[0][1] == ""


def test_the_place_of_the_slices_counts_and_a_name_that_contradicts_is_asked_about():
    found = named(scan("t2_tra_ref_std", grid=CORONAL), scan("localiser_x"))
    assert [row[0] for row in cells(found)] == ["T2_COR?", "LOCALISER_X_TRA?"]
    assert "it is called TRA, and its slices are COR" in found.remarks[0]
    assert cells(named(scan("t2", grid=None)))[0][0] == "T2?"


def test_two_scans_of_one_cell_are_named():
    found = named(scan("t2_tra_ref_std"), replace(scan("t2_tra_ref_std"), series="t2_tra_ref_std again"))
    assert found.remarks[-1].startswith("2 scans of one person are T2_TRA, REF+STD")
