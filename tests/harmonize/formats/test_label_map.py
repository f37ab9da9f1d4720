"""What the values of a mask can mean: one ROI, or something to be asked about."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.ndimage import label as scipy_label
from scipy.spatial import cKDTree

from harmonize.errors import ScanWarning
from harmonize.formats import MaskSource, read_masks, write_image
from harmonize.formats.label_map import sums_of_labels
from harmonize.image.volume import Grid
from harmonize.remarks import remarks

GRID = Grid((12, 12, 6), (1.5, 1.5, 4.0))
ROI = np.zeros(GRID.shape, bool)
ROI[1:5, 3:9, 2:8] = True
OTHER = np.zeros(GRID.shape, bool)
OTHER[1:5, 3:9, 9:11] = True


def masked(tmp_path, array, **labels):
    """Read an array as a mask of its own, or by its labels."""
    write_image(np.asarray(array), GRID, tmp_path / "m.nii.gz")
    path = tmp_path / "m.nii.gz"
    sources = {roi: MaskSource(path, label) for roi, label in labels.items()} or {"liver": MaskSource(path)}
    return read_masks(sources, GRID)


def test_a_mask_whose_axes_are_counted_the_other_way_is_on_the_grid(tmp_path):
    # NIfTI beside DICOM: the same voxels with x and y from their other end were refused as off the grid.
    end = (GRID.size[0] - 1, GRID.size[1] - 1, 0)
    direction = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)
    turned = Grid(GRID.size, GRID.spacing, tuple(map(float, GRID.points(end))), direction)
    write_image(ROI[:, ::-1, ::-1].astype(np.uint8), turned, tmp_path / "m.nii.gz")
    masks, failures = read_masks({"liver": MaskSource(tmp_path / "m.nii.gz")}, GRID)
    assert failures == {}
    np.testing.assert_array_equal(masks["liver"], ROI)
    shifted = Grid(GRID.size, GRID.spacing, (5.0, 0.0, 0.0), direction)
    write_image(ROI.astype(np.uint8), shifted, tmp_path / "n.nii.gz")
    assert (
        "does not lie on the grid" in read_masks({"liver": MaskSource(tmp_path / "n.nii.gz")}, GRID)[1]["liver"].problem
    )


@pytest.mark.parametrize("value", [1, 2, 255, 70])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_one_value_besides_0_is_one_roi(tmp_path, value, kind):
    masks, failures = masked(tmp_path, (ROI * value).astype(kind))
    assert failures == {}
    np.testing.assert_array_equal(masks["liver"], ROI)


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (ROI + 2 * OTHER, "holds 2 values besides 0 (1, 2), expected one"),
        (np.where(ROI, 70, 3), "holds 2 values besides 0 (3, 70), expected one"),
        (ROI + 1, "holds 2 values besides 0 (1, 2), expected one"),
        (np.where(ROI, np.arange(ROI.size).reshape(ROI.shape), 0), "values besides 0 ("),
        (np.where(ROI, 255, 0) + np.where(OTHER, 128, 0), "holds 2 values besides 0 (128, 255)"),
        (np.where(ROI, 1, -1), "holds negative values (found -1, 1)"),
        (np.where(ROI, 0, -1), "holds negative values (found -1, 0)"),
        (np.where(ROI, 40, -1024), "holds negative values (found -1024, 40)"),
        (np.full(ROI.shape, -1), "holds negative values (found -1)"),
    ],
)
def test_what_may_be_anything_else_is_refused(tmp_path, array, problem):
    # Everything that is not 0 was taken for the ROI: two organs, the whole image.
    for kind in (np.int16, np.float32):
        masks, failures = masked(tmp_path, np.asarray(array).astype(kind))
        assert masks == {}
        assert problem in failures["liver"].problem


def test_a_label_map_may_have_any_background(tmp_path):
    masks, failures = masked(tmp_path, np.where(ROI, 1, np.where(OTHER, 2, -1)).astype(np.int16), liver=1, spleen=2)
    assert failures == {}
    np.testing.assert_array_equal(masks["spleen"], OTHER)


@pytest.mark.parametrize("array", [np.ones(GRID.shape, np.uint8), (~ROI).astype(np.uint8)])
def test_an_roi_that_reaches_all_borders_is_told(tmp_path, array, golden):
    for labels in ({}, {"liver": 1}):
        with golden.warning(ScanWarning):
            masks, _ = masked(tmp_path, array, **labels)
        np.testing.assert_array_equal(masks["liver"], array == 1)


def test_an_roi_through_all_slices_or_from_side_to_side_is_nothing_odd(tmp_path):
    for part in (np.s_[:, 3:9, 3:9], np.s_[:, 3:9, :]):
        array = np.zeros(GRID.shape, np.uint8)
        array[part] = 1
        with remarks() as told:
            masked(tmp_path, array)
        assert told == []


def test_an_roi_in_every_second_slice_is_told_and_one_of_two_parts_is_not(tmp_path):
    for drawn, kinds in (((0, 2, 4), ["roi_leaves_slices_out"]), ((0, 1, 4, 5), [])):
        array = np.zeros(GRID.shape, np.uint8)
        array[list(drawn), 3:9, 3:9] = 1
        with remarks() as told:
            masked(tmp_path, array)
        assert [entry.kind for entry in told] == kinds


def test_labels_that_may_be_bits_are_told(tmp_path, golden):
    # A voxel of liver and tumour has the label 3: the liver was left with a hole, and the tumour was empty.
    array = 1 * ROI + 4 * OTHER
    array[2, 4:6, 4:6] |= 2
    array[1:3, 3:5, 9] |= 1
    with golden.warning(ScanWarning):
        masked(tmp_path, array.astype(np.uint8), liver=1, tumour=2, spleen=4)


@pytest.mark.parametrize(
    ("values", "named", "found"),
    [
        ([0, 1, 2, 4, 3, 6], [1, 2, 4], {3: (1, 2), 6: (2, 4)}),
        ([0, 1, 3], [1, 2], {3: (1, 2)}),
        ([0, 1, 2, 3], [1, 2], {3: (1, 2)}),
        ([0, 1, 2, 3], [1], {}),  # an organ that is not wanted, more likely
        ([0, 1, 2, 4], [1, 2, 4], {}),  # no overlap: both readings are the same
        ([0, 1, 2, 3, 4], [1, 2, 3, 4], {}),
        (range(118), [1, 2], {}),  # an atlas
        ([0, 2, 3, 4, 8, 10, 41], [2], {}),  # 3 and 41 are no sums
        ([0, 128, 64, 192], [64, 128], {192: (64, 128)}),
        ([-1, 0, 1, 2], [1, 2], {}),
    ],
)
def test_sums_are_looked_for_where_labels_may_be_bits(values, named, found):
    assert sums_of_labels(values, named) == found


def test_an_image_as_label_map_is_told(tmp_path, golden):
    array = np.arange(ROI.size * 2, step=2).reshape(ROI.shape).astype(np.int16)
    big = Grid((12, 12, 12), (1.5, 1.5, 4.0))
    write_image(np.concatenate([array, array + 1]), big, tmp_path / "m.nrrd")
    with golden.warning(ScanWarning):
        read_masks({"liver": MaskSource(tmp_path / "m.nrrd", 1)}, big)


def smooth_image(levels, seed=0):
    """Give an image of organs with noise: grey levels from 0, air around."""
    rng = np.random.default_rng(seed)
    body = gaussian_filter(rng.normal(size=(8, 40, 40)), (1, 4, 4))
    body = 120 + 60 * body / body.std() + rng.normal(size=body.shape) * 5
    body[:, :6] = rng.rayleigh(3, (8, 6, 40))
    return (np.clip(body, 0, 255) * levels / 255).astype(np.uint8)


@pytest.mark.parametrize(
    "image",
    [np.random.default_rng(0).integers(0, 256, (8, 40, 40)).astype(np.uint8), smooth_image(255), smooth_image(100)],
    ids=["noise", "organs", "few levels"],
)
def test_an_image_of_8_bits_as_label_map_is_told(tmp_path, image):
    # With 256 values it passed for a label map: an ROI of 451 scattered voxels.
    grid = Grid((40, 40, 8), (1.5, 1.5, 4.0))
    write_image(image, grid, tmp_path / "sub-1_dseg.nii.gz")
    (tmp_path / "sub-1_dseg.tsv").write_text("index\tname\n50\tliver\n")
    for source in (
        MaskSource(tmp_path / "sub-1_dseg.nii.gz", 50),
        MaskSource(tmp_path / "sub-1_dseg.nii.gz", None, "liver"),
    ):
        with remarks() as told:
            masks, _ = read_masks({"liver": source}, grid)
        assert masks["liver"].any()
        assert "mask_like_an_image" in [entry.kind for entry in told]
        assert "different values that lie scattered" in next(e.problem for e in told if e.kind == "mask_like_an_image")


@pytest.mark.parametrize("parts", [20, 200, 1500])
def test_an_atlas_and_numbered_lesions_are_no_image(tmp_path, parts):
    rng = np.random.default_rng(parts)
    grid = Grid((40, 40, 8), (1.5, 1.5, 4.0))
    voxels = np.stack(np.mgrid[:8, :40, :40], -1).reshape(-1, 3)
    nearest = cKDTree(rng.uniform(0, [8, 40, 40], (parts, 3))).query(voxels)[1].reshape(8, 40, 40)
    atlas = np.where(nearest % 2 == 0, nearest // 2 + 1, 0).astype(np.int16)
    lesions = scipy_label(gaussian_filter(rng.normal(size=(8, 40, 40)), 0.5) > 0.9)[0].astype(np.int16)
    assert lesions.max() > 50
    for labels in (atlas, lesions):
        write_image(labels, grid, tmp_path / "m.nii.gz")
        with remarks() as told:
            read_masks({"liver": MaskSource(tmp_path / "m.nii.gz", 1)}, grid)
        assert [entry.kind for entry in told if entry.kind == "mask_like_an_image"] == []


def test_an_roi_of_single_voxels_is_told_and_lesions_of_few_are_not(tmp_path):
    grains, lesions = (np.zeros(GRID.shape, np.uint8) for _ in range(2))
    grains[1:5:2, 1:11:2, 1:11:3] = 1
    lesions[1:3, 2:4, 2:4] = lesions[4, 8, 8] = lesions[1, 9, 3] = 1
    for array, kinds in ((grains, ["roi_scattered"]), (lesions, [])):
        with remarks() as told:
            masked(tmp_path, array)
        found = [entry for entry in told if entry.kind == "roi_scattered"]
        assert [entry.kind for entry in found] == kinds
        assert all("is scattered: 40 of its 40 voxels touch no other" in entry.problem for entry in found)
