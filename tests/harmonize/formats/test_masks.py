import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import GridError, ScanError, ScanWarning
from harmonize.formats import MaskSource, read_masks, read_volume, write_image
from harmonize.formats import label_map as label_map_module
from harmonize.image.volume import Grid, to_itk

GRID = Grid((5, 4, 3), (1.0, 1.0, 6.0))
LABELS = np.random.default_rng(0).integers(0, 4, GRID.shape).astype(np.int16)
LABELS[..., -1] = 0  # away from one border of the image


@pytest.fixture
def label_map(tmp_path):
    path = tmp_path / "labels.nii.gz"
    sitk.WriteImage(to_itk(LABELS, GRID), str(path))
    return path


def test_labels_of_one_file_are_told_apart_and_it_is_read_once(label_map, monkeypatch):
    read = []
    original = label_map_module.read_array
    monkeypatch.setattr(label_map_module, "read_array", lambda path: read.append(path) or original(path))
    sources = {"liver": MaskSource(label_map, 2), "kidney": MaskSource(label_map, 3), "none": MaskSource(label_map, 9)}
    found, failures = read_masks(sources, GRID)
    assert failures == {}
    assert list(found) == ["liver", "kidney", "none"]
    np.testing.assert_array_equal(found["liver"], LABELS == 2)
    np.testing.assert_array_equal(found["kidney"], LABELS == 3)
    assert not found["none"].any()
    assert all(mask.dtype == np.bool_ for mask in found.values())
    assert read == [label_map]


def test_one_broken_file_does_not_lose_the_other_rois(tmp_path, label_map):
    (tmp_path / "broken.nii.gz").write_text("no mask")
    sources = {
        "lost": MaskSource(tmp_path / "nowhere.nii.gz"),
        "broken": MaskSource(tmp_path / "broken.nii.gz", 1),
        "liver": MaskSource(label_map, 1),
    }
    found, failures = read_masks(sources, GRID)
    assert list(found) == ["liver"]
    assert list(failures) == ["lost", "broken"]
    assert "there is no such file" in failures["lost"].problem
    assert "broken.nii.gz" in failures["broken"].problem


def test_a_mask_on_another_grid_is_refused_with_every_difference(tmp_path):
    other = Grid(GRID.size, (1.0, 1.0, 5.0), (0.0, 3.0, 0.0))
    write_image(LABELS > 0, other, tmp_path / "mask.nrrd")
    _, failures = read_masks({"liver": MaskSource(tmp_path / "mask.nrrd")}, GRID)
    assert isinstance(failures["liver"], GridError)
    assert failures["liver"].problem == (
        f"{tmp_path / 'mask.nrrd'}: the mask does not lie on the grid of its image "
        "(spacing: 1 x 1 x 6 against 1 x 1 x 5 mm; origin: off by (0, 3, 0) mm)"
    )


@pytest.mark.parametrize("odd", [0.4, np.nan])
def test_values_that_are_no_labels_are_refused(tmp_path, odd):
    array = LABELS.astype(float)
    array[0, 0, :2] = odd
    write_image(array, GRID, tmp_path / "mask.nii.gz")
    _, failures = read_masks({"liver": MaskSource(tmp_path / "mask.nii.gz", 1)}, GRID)
    assert f"the mask holds {odd:g} (2 voxels are not whole numbers)" in failures["liver"].problem


def test_labels_that_a_scale_factor_made_inexact_are_taken(tmp_path):
    write_image(LABELS * 0.99995, GRID, tmp_path / "mask.nii.gz")
    found, _ = read_masks({"liver": MaskSource(tmp_path / "mask.nii.gz", 3)}, GRID)
    np.testing.assert_array_equal(found["liver"], LABELS == 3)


def test_a_volume_holds_the_rois_that_could_be_read(tmp_path, label_map):
    image = np.random.default_rng(1).normal(100, 20, GRID.shape)
    write_image(image, GRID, tmp_path / "scan.mha")
    sources = {"liver": MaskSource(label_map, 1), "lost": MaskSource(tmp_path / "nowhere.nii.gz")}
    volume, failures = read_volume(tmp_path / "scan.mha", sources)
    np.testing.assert_array_equal(volume.image, image)
    np.testing.assert_array_equal(volume.masks["liver"], LABELS == 1)
    assert list(volume.masks) == ["liver"]
    assert list(failures) == ["lost"]


def test_a_missing_image_is_an_error(tmp_path, label_map, golden):
    with golden.error(ScanError):
        read_volume(tmp_path / "scan.mha", {"liver": MaskSource(label_map, 1)})


@pytest.mark.data
def test_awkward_real_masks(data_root, golden):
    folder = data_root / "prostate_masks" / "autoradiomics_prostate"
    names = ("one_label", "two_labels", "single_slice", "dilated_10mm", "empty")
    sources = {name: MaskSource(folder / f"seg_{name}.nii.gz") for name in names}
    with golden.warning(ScanWarning):
        volume, failures = read_volume(folder / "img.nii.gz", sources)
    assert list(failures) == ["two_labels"]
    assert "holds 2 values besides 0 (1, 2), expected one" in failures["two_labels"].problem
    voxels = {name: int(mask.sum()) for name, mask in volume.masks.items()}
    assert voxels["empty"] == 0
    assert voxels["single_slice"] > 0
    assert int(volume.masks["single_slice"].any(axis=(1, 2)).sum()) == 1
    assert voxels["dilated_10mm"] > voxels["one_label"] > voxels["single_slice"]
