"""From a folder of DICOM files and points of another program to the founding study, ready to be run."""

import SimpleITK as sitk

from experiments.importing import import_folder
from experiments.presets import write_preset
from experiments.study.study import Study
from harmonize.errors import ConfigurationError


def test_a_preset_is_filled_with_what_a_folder_holds(tmp_path, write_slices, voxels, rows_of, golden):
    for person in ("Ann", "Ben"):
        for name in ("t2_tra_REF_STD", "t2_tra_REF_DL", "t2_tra_ACC_STD", "t2_tra_ACC_DL"):
            extra = {"PatientID": f"MRN-{person}", "SeriesDescription": name}
            write_slices(tmp_path / "dicom" / person / name, voxels, **extra)
        (tmp_path / "points" / person).mkdir(parents=True)
        points = "# CoordinateSystem = LPS\n# columns = id,x,y,z,label\n1,2,32,35,liver\n"
        (tmp_path / "points" / person / "a.fcsv").write_text(points, encoding="utf-8")
    write_preset("deep-learning-reconstruction", tmp_path / "study")
    settings = {"preset": "deep-learning-reconstruction", "naming": "folder", "centres": tmp_path / "points"}
    imported = import_folder(tmp_path / "dicom", tmp_path / "study", **settings)
    assert (imported.empty, imported.unsure, imported.kept) == (0, 0, ("study.yaml was there and stays as it is",))
    assert [list(row.values()) for row in rows_of(tmp_path / "study" / "centres.csv")] == [
        [person, "T2_TRA", "REF", "STD", "liver", "6", "8", "1"] for person in ("Ann", "Ben")
    ]
    study = Study.from_yaml(imported.study, tmp_path / "dicom")
    assert study.conditions == ("REF+STD", "ACC+DLR", "ACC+STD", "REF+DLR")
    assert study.scans[0].sequence == "T2_TRA"
    assert all(list(scan.masks) == ["liver"] for scan in study.scans)
    with golden.error(ConfigurationError):
        import_folder(tmp_path / "dicom", tmp_path / "other", centres=tmp_path / "points")
    with golden.error(ConfigurationError):
        import_folder(tmp_path / "dicom", tmp_path / "other", preset="deep")


def test_an_import_again_takes_over_what_images_csv_confirms(tmp_path, voxels, rows_of):
    """Whoever confirmed `A?` in images.csv alone had rows of `A` beside those of `A?` in centres.csv."""
    for name in ("t2_tra_REF_STD", "t2_tra_REF_DL"):
        path = tmp_path / "scans" / "A" / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(sitk.GetImageFromArray(voxels), path)
    (tmp_path / "points" / "A").mkdir(parents=True)
    points = "# CoordinateSystem = LPS\n# columns = id,x,y,z,label\n1,2,3,1,liver\n"
    (tmp_path / "points" / "A" / "a.fcsv").write_text(points, encoding="utf-8")
    settings = {"preset": "deep-learning-reconstruction", "centres": tmp_path / "points"}
    imported = import_folder(tmp_path / "scans", tmp_path / "study", **settings)
    centres = tmp_path / "study" / "centres.csv"
    assert [row["subject"] for row in rows_of(centres)] == ["A?"]
    text = imported.table.read_text(encoding="utf-8")
    imported.table.write_text(text.replace("?", ""), encoding="utf-8")
    placed = centres.read_text(encoding="utf-8")
    again = import_folder(tmp_path / "scans", tmp_path / "study", **settings)
    assert centres.read_text(encoding="utf-8") == placed.replace("?", "")
    assert [one.unsure for one in (imported, again)] == [2, 0]
    assert ["is this right?" in "".join(one.found.remarks) for one in (imported, again)] == [True, False]


def test_centres_are_of_the_reference_as_images_csv_names_it(tmp_path, voxels, rows_of):
    """Centres stayed on the scan that was taken for the reference, whatever somebody had written."""
    for name, offset in (("t2_tra_REF_STD", 0.0), ("t2_tra_ACC_STD", 5.0)):
        path = tmp_path / "scans" / "A" / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        image = sitk.GetImageFromArray(voxels)
        image.SetOrigin((offset, 0.0, 0.0))
        sitk.WriteImage(image, path)
    (tmp_path / "points").mkdir()
    points = "# CoordinateSystem = LPS\n# columns = id,x,y,z,label\n1,7,3,1,liver\n"
    (tmp_path / "points" / "A.fcsv").write_text(points, encoding="utf-8")
    settings = {"preset": "deep-learning-reconstruction", "naming": "folder"}
    table = import_folder(tmp_path / "scans", tmp_path / "study", **settings).table
    text = (
        table.read_text(encoding="utf-8").replace("A,T2_TRA,REF", "A,T2_TRA,?").replace("A,T2_TRA,ACC", "A,T2_TRA,REF")
    )
    table.write_text(text.replace("A,T2_TRA,?", "A,T2_TRA,ACC"), encoding="utf-8")
    import_folder(tmp_path / "scans", tmp_path / "study", **settings, centres=tmp_path / "points")
    assert [row["x"] for row in rows_of(tmp_path / "study" / "centres.csv")] == ["2"]
