"""From folders to a study that `radharmony check` accepts once the gaps are filled."""

import shutil

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from experiments.importing import import_folder
from experiments.importing.arms import FACTORS
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import read_image


@pytest.fixture
def dicom(tmp_path, write_slices, voxels):
    """Two people with two series each, a localizer and a CT."""
    folder = tmp_path / "dicom"
    for person, patient in (("one", "MRN-1"), ("two", "MRN-2")):
        for name, extra in (("fast", {"ParallelReductionFactorInPlane": 3.0}), ("slow", {})):
            options = {"PatientID": patient, "SeriesDescription": "HASTE", **extra}
            write_slices(folder / person / name, voxels + len(name), **options)
    write_slices(folder / "one" / "scout", voxels, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    write_slices(folder / "two" / "ct", voxels, Modality="CT", PatientID="MRN-2")
    return folder


def test_a_dicom_folder_becomes_a_table_with_what_headers_state_and_gaps_elsewhere(dicom, tmp_path, rows_of):
    imported = import_folder(dicom, tmp_path / "study")
    rows = rows_of(imported.table)
    assert [list(row.values()) for row in rows] == [
        ["sub-01", "HASTE", "R3", "", "one/fast", "HASTE"],
        ["sub-01", "HASTE", "", "", "one/slow", "HASTE"],
        ["sub-02", "HASTE", "R3", "", "two/fast", "HASTE"],
        ["sub-02", "HASTE", "", "", "two/slow", "HASTE"],
    ]
    assert list(rows[0]) == ["subject", "sequence", "acquisition", "reconstruction", "image", "series"]
    assert imported.empty == 6
    assert imported.with_data
    reasons = {path.name: reason for path, reason in imported.found.skipped}
    assert reasons == {"scout": "is a localizer", "ct": "is CT, not MR"}


def test_a_mask_of_another_format_beside_dicom_files_is_named(dicom, tmp_path, voxels):
    """ "masks 0" was all that was said, and nothing of seg.nii.gz that lies there."""
    for name in ("one/seg.nii.gz", "two/fast/liver.seg.nrrd"):
        sitk.WriteImage(sitk.GetImageFromArray(voxels), str(dicom / name))
    left = {path.name: why for path, why in import_folder(dicom, tmp_path / "study").found.skipped}
    assert set(left) == {"scout", "ct", "seg.nii.gz", "liver.seg.nrrd"}
    assert "if it is a mask, name it in images.csv" in left["seg.nii.gz"]


def test_gaps_are_refused_until_they_are_filled(dicom, tmp_path, complete, golden):
    imported = import_folder(dicom, tmp_path / "study")
    with golden.error(ConfigurationError):
        Study.from_yaml(imported.study, dicom)
    text = imported.study.read_text(encoding="utf-8").replace("rois: {}", "rois: {files: {liver: mask}}")
    imported.study.write_text(text, encoding="utf-8")
    imported.table.write_text(
        imported.table.read_text(encoding="utf-8").replace("image,", "image,mask,").replace(",HASTE\n", ",,HASTE\n"),
        encoding="utf-8",
    )
    complete(imported, reference="FULL+STD")
    with golden.error(ConfigurationError):
        Study.from_yaml(imported.study, dicom)
    complete(imported, reference="FULL+STD", acquisition="FULL", reconstruction="STD")
    assert Study.from_yaml(imported.study, dicom).conditions == ("FULL+STD", "R3+STD")


def test_nothing_written_identifies_anybody_unless_asked_for(dicom, tmp_path):
    imported = import_folder(dicom, tmp_path / "study")
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "study").iterdir())
    assert {path.name for path in (tmp_path / "study").iterdir()} == {"images.csv", "study.yaml"}
    for secret in ("MRN", "Doe", "Jane", "1970", str(tmp_path)):
        assert secret not in written
    assert imported.found.remarks == ()


def test_who_is_who_is_written_on_request_and_never_over_a_file(dicom, tmp_path, golden):
    import_folder(dicom, tmp_path / "study", key=tmp_path / "key.csv")
    assert (tmp_path / "key.csv").read_text(
        encoding="utf-8"
    ) == "subject,source,folder\nsub-01,MRN-1,one\nsub-02,MRN-2,two\n"
    with golden.error(ConfigurationError):
        import_folder(dicom, tmp_path / "other", key=tmp_path / "key.csv")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(("naming", "names"), [("folder", {"one", "two"}), ("patient-id", {"MRN-1", "MRN-2"})])
def test_subjects_are_called_as_asked_for(dicom, tmp_path, naming, names, rows_of):
    imported = import_folder(dicom, tmp_path / "study", naming=naming)
    assert {row["subject"] for row in rows_of(imported.table)} == names


def test_one_patient_id_for_all_is_remarked_and_folders_help(tmp_path, write_slices, voxels):
    for person in ("one", "two"):
        write_slices(tmp_path / "dicom" / person, voxels, PatientID="ANON")
    imported = import_folder(tmp_path / "dicom", tmp_path / "study")
    assert "all scans are of one person, in 2 folders" in imported.found.remarks[0]
    imported = import_folder(tmp_path / "dicom", tmp_path / "other", naming="folder")
    assert set(imported.subjects.values()) == {"one", "two"}
    assert imported.found.remarks == ()


def test_scans_of_other_names_that_are_to_be_compared_need_one(tmp_path, write_slices, voxels):
    """Four arms became four sequences, and nothing said that they would not be compared."""
    for person in ("one", "two"):
        for name in ("HASTE_R2", "HASTE_R3"):
            write_slices(
                tmp_path / "dicom" / person / name, voxels, PatientID=f"{person} of two", SeriesDescription=name
            )
    imported = import_folder(tmp_path / "dicom", tmp_path / "study")
    assert "one name in the column sequence" in imported.found.remarks[-1]
    pattern = r"(?P<sequence>[^_]+)_(?P<acquisition>.+)"
    imported = import_folder(tmp_path / "dicom", tmp_path / "other", pattern=pattern)
    assert {scan.sequence for scan in imported.found.scans} == {"HASTE"}
    assert imported.found.remarks == ()


def test_a_patient_id_in_a_path_is_remarked(tmp_path, write_slices, voxels):
    write_slices(tmp_path / "dicom" / "MRN-77", voxels)
    (remark,) = import_folder(tmp_path / "dicom", tmp_path / "study").found.remarks
    assert remark.startswith("images.csv contains a PatientID")


def test_series_in_one_folder_are_told_apart_by_a_file_of_each(tmp_path, write_slices, rows_of, voxels):
    write_slices(tmp_path / "dicom", voxels, SeriesDescription="A", prefix="a")
    write_slices(tmp_path / "dicom", voxels // 2, SeriesDescription="B", prefix="b")
    imported = import_folder(tmp_path / "dicom", tmp_path / "study")
    rows = rows_of(imported.table)
    assert [(row["sequence"], row["image"]) for row in rows] == [("A", "a003.dcm"), ("B", "b003.dcm")]
    np.testing.assert_array_equal(read_image(tmp_path / "dicom" / rows[1]["image"])[0], voxels // 2)


def test_a_series_over_several_folders_is_one_scan(tmp_path, write_slices, rows_of, voxels):
    """Half of it was one scan, its other half another."""
    for person in ("one", "two"):
        write_slices(
            tmp_path / "dicom" / person / "a", voxels, PatientID=person, SeriesInstanceUID=f"1.2.{len(person)}"
        )
    for person in ("one", "two"):
        (tmp_path / "dicom" / person / "b").mkdir()
        (tmp_path / "dicom" / person / "a" / "002.dcm").rename(tmp_path / "dicom" / person / "b" / "1")
    rows = rows_of(import_folder(tmp_path / "dicom", tmp_path / "study").table)
    assert [row["image"] for row in rows] == ["one", "two"]
    np.testing.assert_array_equal(read_image(tmp_path / "dicom" / "one")[0], voxels)
    rows = rows_of(import_folder(tmp_path / "dicom" / "two", tmp_path / "alone").table)
    assert [row["image"] for row in rows] == ["."]
    np.testing.assert_array_equal(read_image(tmp_path / "dicom" / "two" / rows[0]["image"])[0], voxels)


def test_series_that_share_several_folders_are_passed_over_with_a_way_out(tmp_path, write_slices, voxels, golden):
    for name in ("T1", "T2"):
        write_slices(tmp_path / "dicom" / "a", voxels, SeriesDescription=name, prefix=name)
        (tmp_path / "dicom" / "b").mkdir(exist_ok=True)
        (tmp_path / "dicom" / "a" / f"{name}002.dcm").rename(tmp_path / "dicom" / "b" / name)
    with golden.error(ConfigurationError):
        import_folder(tmp_path / "dicom", tmp_path / "study")


def test_reconstructions_that_kept_the_numbers_of_their_series_are_scans_of_their_own(
    tmp_path, write_slices, rows_of, voxels
):
    for name, factor in (("raw", 1), ("denoised", 2)):
        write_slices(tmp_path / "dicom" / name, voxels // factor, SeriesInstanceUID="1.2.7", SOPInstanceUID="1.2.8")
    rows = rows_of(import_folder(tmp_path / "dicom", tmp_path / "study").table)
    assert [row["image"] for row in rows] == ["denoised", "raw"]


def test_copies_count_once_and_are_told(tmp_path, write_slices, rows_of, voxels):
    write_slices(tmp_path / "dicom" / "a", voxels)
    shutil.copytree(tmp_path / "dicom" / "a", tmp_path / "dicom" / "b")
    imported = import_folder(tmp_path / "dicom", tmp_path / "study")
    assert [row["image"] for row in rows_of(imported.table)] == ["a"]
    assert imported.found.remarks == ("3 files are copies of others and count once, such as 001.dcm",)


def test_what_readers_tell_of_a_scan_is_a_remark(tmp_path, write_slices, voxels):
    for name in ("a", "b"):
        write_slices(tmp_path / "dicom" / name, voxels, LossyImageCompression="01", PatientID=f"MRN-{name}")
    remarks = import_folder(tmp_path / "dicom", tmp_path / "study").found.remarks
    assert len(remarks) == 1
    assert remarks[0].startswith("003.dcm was compressed with loss (and 1 more); name the files")


def test_contrasts_that_take_turns_are_passed_over_by_name(tmp_path, write_slices, voxels, golden):
    write_slices(tmp_path / "dicom" / "a", voxels, EchoTime=np.array([20.0, 80.0, 20.0]))
    with golden.error(ConfigurationError):
        import_folder(tmp_path / "dicom", tmp_path / "study")


def test_what_makes_no_volume_is_passed_over_with_the_reason(tmp_path, write_slices, voxels):
    write_slices(tmp_path / "dicom" / "good", voxels)
    write_slices(tmp_path / "dicom" / "gap", np.repeat(voxels, 2, axis=0))
    (tmp_path / "dicom" / "gap" / "003.dcm").unlink()
    broken = tmp_path / "dicom" / "good" / "cut.dcm"
    broken.write_bytes((tmp_path / "dicom" / "good" / "001.dcm").read_bytes()[:140])
    found = import_folder(tmp_path / "dicom", tmp_path / "study").found
    reasons = {path.name: reason for path, reason in found.skipped}
    assert reasons["gap"].startswith("1 slice is missing")
    assert len(found.scans) == 1


def test_what_people_wrote_stays_and_new_scans_are_added(dicom, tmp_path, write_slices, voxels, golden):
    """A second import was refused because the files of the first were there."""
    imported = import_folder(dicom, tmp_path / "study")
    table = imported.table.read_text(encoding="utf-8").replace("sub-01,HASTE,R3,,", "sub-01,HASTE,ACC,STD,")
    imported.table.write_text(table, encoding="utf-8")
    imported.study.write_text("mine", encoding="utf-8")
    write_slices(dicom / "a_third" / "slow", voxels + 9, PatientID="MRN-0", SeriesDescription="HASTE")
    again = import_folder(dicom, tmp_path / "study")
    assert again.table.read_text(encoding="utf-8") == table + "sub-03,HASTE,,,a_third/slow,HASTE\n"
    assert again.study.read_text(encoding="utf-8") == "mine"
    assert again.kept == (
        "images.csv was there: 4 rows kept; 1 scan added, 4 that stand there already passed over",
        "study.yaml was there and stays as it is",
    )
    with golden.error(ConfigurationError):
        import_folder(dicom / "a_third", tmp_path / "study")
    assert again.table.read_text(encoding="utf-8").startswith(table)


def test_a_study_around_the_data_needs_no_data_option(dicom, tmp_path, rows_of):
    imported = import_folder(dicom, tmp_path)
    assert not imported.with_data
    assert rows_of(imported.table)[0]["image"] == "dicom/one/fast"


def test_a_pattern_reads_descriptions(tmp_path, write_slices, rows_of, voxels):
    for name in ("T1_TSE_std", "T1_TSE_ai", "T2_other"):
        write_slices(tmp_path / "dicom" / name, voxels, SeriesDescription=name)
    pattern = r"(?P<sequence>T1_\w+)_(?P<reconstruction>std|ai)"
    imported = import_folder(tmp_path / "dicom", tmp_path / "study", pattern=pattern)
    rows = rows_of(imported.table)
    assert [(row["sequence"], row["reconstruction"]) for row in rows] == [
        ("T1_TSE", "ai"),
        ("T1_TSE", "std"),
        ("T2_other", ""),
    ]
    assert "the pattern does not fit 1 of 3 scans" in imported.found.remarks
    assert imported.found.factors == ("reconstruction",), "a column to be filled in for what the pattern does not name"
    assert import_folder(tmp_path / "dicom", tmp_path / "b", pattern="(?P<sequence>T1)").found.factors == FACTORS


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "T1",
        "(?P<subject>T1)",
        "(?P<series>T1)",
    ],
)
def test_a_wrong_pattern_is_refused(dicom, tmp_path, pattern, golden):
    with golden.error(ConfigurationError):
        import_folder(dicom, tmp_path / "study", pattern=pattern)
    assert not (tmp_path / "study").exists()


def test_a_folder_without_images_says_what_was_looked_for(tmp_path, golden):
    (tmp_path / "a.txt").write_text("nothing")
    with golden.error(ConfigurationError):
        import_folder(tmp_path, tmp_path / "study")
    with golden.error(ConfigurationError):
        import_folder(tmp_path / "nowhere", tmp_path / "study")


def without_direction(path):
    """Write zeros as directions of rows and columns, as some converters do."""
    dataset = pydicom.dcmread(path)
    dataset.ImageOrientationPatient = [0.0] * 6
    dataset.save_as(path)


def test_a_series_with_a_slice_that_cannot_be_used_is_no_scan(dicom, tmp_path, rows_of):
    """The folder stood in the table, and `check` refused it for the very slice that the import had passed over."""
    bad = sorted((dicom / "one" / "fast").iterdir())[-1]
    without_direction(bad)
    imported = import_folder(dicom, tmp_path / "study")
    assert [row["image"] for row in rows_of(imported.table)] == ["one/slow", "two/fast", "two/slow"]
    reasons = {path.name: reason for path, reason in imported.found.skipped}
    assert "ImageOrientationPatient is 0, 0, 0, 0, 0, 0" in reasons[bad.name]
    whole = next(reason for reason in reasons.values() if "of the same series" in reason)
    assert whole == (
        f"{bad.name} is of the same series and cannot be used: the volume may lack a slice; export the series again, "
        "or move the file elsewhere if it is no slice"
    )


def test_a_bad_slice_of_another_series_does_not_spoil_the_folder(tmp_path, write_slices, rows_of, voxels):
    """The table named the folder, which no command can read with that file in it."""
    folder = tmp_path / "dicom" / "one"
    write_slices(folder, voxels)
    write_slices(folder, voxels[:1], prefix="other", SeriesInstanceUID="1.2.9")
    without_direction(folder / "other001.dcm")
    (row,) = rows_of(import_folder(tmp_path / "dicom", tmp_path / "study").table)
    image = tmp_path / "dicom" / row["image"]
    assert image.is_file()
    assert read_image(image)[0].shape == voxels.shape


def test_a_folder_of_bad_slices_gives_their_one_reason_once(tmp_path, write_slices, voxels, golden):
    """It was called neither DICOM nor BIDS, and then said the same of every file."""
    write_slices(tmp_path / "dicom", voxels)
    for path in (tmp_path / "dicom").iterdir():
        without_direction(path)
    with golden.error(ConfigurationError):
        import_folder(tmp_path / "dicom", tmp_path / "study")


def test_a_series_description_is_no_formula_in_the_table(tmp_path, write_slices, rows_of, voxels):
    """`=HYPERLINK(...)` as SeriesDescription stood in images.csv as it was."""
    said = {"one": '=HYPERLINK("http://x.org")', "two": "@SUM(1)\x1b[2J", "three": "-5", "=four": "+cmd|' /C calc'!A0"}
    for name, description in said.items():
        write_slices(tmp_path / "dicom" / name, voxels, PatientID=name, SeriesDescription=description)
    imported = import_folder(tmp_path / "dicom", tmp_path / "study")
    rows = rows_of(imported.table)
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell[:1] in "=+@-" and cell] == ["-5", "-5"]
    assert "\x1b" not in imported.table.read_text(encoding="utf-8")
    (four,) = [row for row in rows if "four" in row["image"]]
    assert (tmp_path / "dicom" / four["image"]).is_dir()
    assert four["series"] == "'+cmd|' /C calc'!A0"


def test_visits_of_dicom_are_counted_by_their_dates_which_are_not_written(tmp_path, write_slices, rows_of, voxels):
    # Two visits of a person came out as two scans of one cell.
    for person, dates in (("one", ("20190311", "20181224")), ("two", ("20200101",))):
        for i, date in enumerate(dates):
            write_slices(tmp_path / "dicom" / person / f"{i}", voxels + i, PatientID=person, StudyDate=date)
    imported = import_folder(tmp_path / "dicom", tmp_path / "study")
    assert imported.found.factors == ("acquisition", "reconstruction", "visit")
    assert [(row["subject"], row["visit"]) for row in rows_of(imported.table)] == [
        *(("sub-01", "2"), ("sub-01", "1"), ("sub-02", "1")),
    ]
    text = imported.table.read_text(encoding="utf-8") + imported.study.read_text(encoding="utf-8")
    assert not any(date in text for date in ("2019", "2018", "2020"))
