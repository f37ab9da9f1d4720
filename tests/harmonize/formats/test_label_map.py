"""What the values of a mask can mean: one ROI, or something to be asked about."""

import numpy as np
import pytest

from harmonize.errors import ScanWarning
from harmonize.formats import MaskSource, read_masks, write_image
from harmonize.formats.label_map import sums_of_labels
from harmonize.remarks import remarks
from harmonize.volume import Grid

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
def test_an_roi_that_reaches_all_borders_is_told(tmp_path, array):
    for labels in ({}, {"liver": 1}):
        with pytest.warns(ScanWarning, match=r"ROI 'liver' reaches all borders of the image and holds (83|100)% of"):
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


def test_labels_that_may_be_bits_are_told(tmp_path):
    # A voxel of liver and tumour has the label 3: the liver was left with a hole, and the tumour was empty.
    array = 1 * ROI + 4 * OTHER
    array[2, 4:6, 4:6] |= 2
    array[1:3, 3:5, 9] |= 1
    with pytest.warns(ScanWarning, match=r"the labels 3, 5 may be voxels of several ROIs at once \(3 = 1 \+ 2\)"):
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


def test_an_image_as_label_map_is_told(tmp_path):
    array = np.arange(ROI.size * 2, step=2).reshape(ROI.shape).astype(np.int16)
    big = Grid((12, 12, 12), (1.5, 1.5, 4.0))
    write_image(np.concatenate([array, array + 1]), big, tmp_path / "m.nrrd")
    with pytest.warns(ScanWarning, match="holds 1728 different values, which looks like an image"):
        read_masks({"liver": MaskSource(tmp_path / "m.nrrd", 1)}, big)
