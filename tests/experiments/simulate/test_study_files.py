import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from experiments.simulate.study_files import StudyWriter, prepare_folder
from harmonize.errors import ScanError
from harmonize.image.volume import Grid


def test_names_are_made_safe(tmp_path):
    writer = StudyWriter(prepare_folder(tmp_path), {"roi": 3}, [("a b/c", "T2 w")])
    grid = Grid((8, 8, 2), (1.5, 1.5, 4.0), (-3.0, 2.0, 7.0))
    image = np.random.default_rng(0).random((2, 8, 8))
    mask = writer.write_mask(writer.names["a b/c", "T2 w"], np.full((2, 8, 8), 3), grid)
    writer.write_scan("a b/c", "T2 w", "REF+STD", image, grid, mask, [np.ones((2, 8, 8), bool)])
    writer.finish("Name: with a colon")
    assert mask == "masks/a-b-c_T2-w.nii.gz"
    written = sitk.ReadImage(str(tmp_path / "images/a-b-c_T2-w_REF_STD.nii.gz"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written), image.astype(np.float32))
    assert Grid.of(written).differences(grid) == []
    assert "a b/c,T2 w,REF,STD," in (tmp_path / "images.csv").read_text(encoding="utf-8")


def test_no_two_subjects_share_a_file(tmp_path):
    keys = [("S 1", "T2"), ("S-1", "T2"), ("s-1", "T2")]
    writer = StudyWriter(prepare_folder(tmp_path), {"roi": 1}, keys)
    grid = Grid((8, 8, 1))
    for value, (subject, sequence) in enumerate(keys, start=1):
        image = value * np.random.default_rng(0).random((1, 8, 8))
        writer.write_scan(subject, sequence, "REF+STD", image, grid, "m", [np.ones((1, 8, 8), bool)])
    writer.finish("alike")
    rows = pd.read_csv(tmp_path / "images.csv")
    means = [sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / path))).mean() for path in rows["image"]]
    assert [mean / means[0] for mean in means] == pytest.approx([1, 2, 3])
    assert rows["image"].str.casefold().nunique() == 3


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    folder = prepare_folder(tmp_path / "deep" / "new")
    assert {path.name for path in folder.iterdir()} == {"images", "masks"}


def test_an_image_without_contrast_is_refused(tmp_path, golden):
    writer = StudyWriter(prepare_folder(tmp_path), {"roi": 1}, [("a", "b")])
    with golden.error(ScanError):
        writer.write_scan("a", "b", "REF+STD", np.ones((1, 8, 8)), Grid((8, 8, 1)), "m", [])
