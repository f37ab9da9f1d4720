"""Where an image holds no data: declared or found, in every format, from the file to the features."""

import copy

import numpy as np
import pytest

from harmonize.formats import MaskSource, read_volume, write_image
from harmonize.image.field_of_view import blank_areas, padding_of, unpadded, with_data
from harmonize.image.volume import Grid, Volume
from harmonize.remarks import remarks
from harmonize.steps import parse_steps

RNG = np.random.default_rng(4)
GRID = Grid((40, 36, 3), (1.0, 1.0, 4.0))


def noisy():
    return RNG.normal(100.0, 5.0, GRID.shape)


def corners(image, value):
    """Leave the corners of every slice without data, as a turned or warped field of view does."""
    _, y, x = np.indices(image.shape)
    outside = (y + x < 15) | (y + x > 60)
    return np.where(outside, value, image), outside


@pytest.mark.parametrize("value", [0.0, -3.5, 4095.0])
def test_areas_of_one_value_at_the_border_are_blank(value):
    image, outside = corners(noisy(), value)
    found = blank_areas(image)
    assert (found & ~outside).sum() == 0
    assert found.sum() > 0.8 * outside.sum()  # a square does not reach into the tips of a triangle
    turned = blank_areas(np.moveaxis(image, 0, 2), slice_axis=2)
    np.testing.assert_array_equal(turned, np.moveaxis(found, 0, 2))


def test_noise_of_whole_numbers_and_plain_areas_inside_are_not_blank():
    counts = RNG.poisson(0.5, GRID.shape).astype(float)
    assert not blank_areas(counts).any()
    image = noisy()
    image[:, 10:20, 10:20] = 0.0
    assert not blank_areas(image).any()


def test_a_negative_value_far_below_the_others_is_padding():
    image, outside = corners(noisy(), -1024.0)
    np.testing.assert_array_equal(padding_of(image), outside)


@pytest.mark.parametrize(
    "image",
    [
        corners(noisy(), 0.0)[0],  # the darkest there is
        corners(noisy() - 100.0, -20.0)[0],  # others lie near it, as after zscore
        noisy() - 200.0,  # no area
        np.full(GRID.shape, -7.0),  # nothing else
    ],
)
def test_other_values_may_be_intensities(image):
    assert padding_of(image) is None


def test_an_image_without_padding_is_left_as_it_is():
    image = noisy()
    assert unpadded(image, None) is image
    assert unpadded(image, np.ones(image.shape, bool)) is image


def written(tmp_path, image, mask):
    write_image(image.astype(np.float32), GRID, tmp_path / "scan.nii.gz")
    write_image(mask, GRID, tmp_path / "mask.nii.gz")
    return tmp_path / "scan.nii.gz", {"liver": MaskSource(tmp_path / "mask.nii.gz")}


def test_padding_of_a_file_counts_in_no_statistic(tmp_path):
    image, outside = corners(noisy(), -2000.0)
    mask = np.zeros(image.shape, bool)
    mask[:, 15:20, 15:20] = True
    volume, failures = read_volume(*written(tmp_path, image, mask))
    assert failures == {}
    np.testing.assert_array_equal(volume.outside, outside)
    data = image[~outside].astype(np.float32).astype(float)
    assert volume.image.min() == data.min()
    (zscore,) = parse_steps([{"zscore": {"region": "image"}}], "")
    found = zscore(volume).image[~outside]
    np.testing.assert_allclose(found, (data - data.mean()) / data.std(ddof=1) * 100, rtol=1e-6, atol=1e-6)


def test_an_roi_in_padding_is_refused_and_one_in_a_blank_area_is_told(tmp_path):
    mask = np.zeros(GRID.shape, bool)
    mask[:, :20, 15:20] = True
    mask[:, 0, 0] = True
    (tmp_path / "a").mkdir()
    volume, failures = read_volume(*written(tmp_path / "a", corners(noisy(), -2000.0)[0], mask))
    assert not volume.masks
    assert "3 of 303 voxels of ROI 'liver' are padding, where the image has no data" in failures["liver"].problem
    with remarks() as told:
        volume, failures = read_volume(*written(tmp_path, corners(noisy(), 0.0)[0], mask))
    assert (list(volume.masks), failures) == (["liver"], {})
    assert [entry.kind for entry in told] == ["roi_outside_field_of_view"]
    assert told[0].problem.startswith("3 of 303 voxels of ROI 'liver' lie in areas that hold one value")


def test_padding_that_a_dicom_header_declares_comes_with_the_volume(tmp_path, write_slices):
    image = RNG.integers(50, 4000, (3, 36, 40)).astype(np.uint16)
    image[:, :, :7] = 4095  # the brightest there is
    image[1, 20, 20] = 4095
    write_slices(tmp_path, image, PixelPaddingValue=4095)
    volume, _ = read_volume(tmp_path, {})
    np.testing.assert_array_equal(volume.outside, image == 4095)
    assert volume.image.max() < 4095
    write_slices(tmp_path / "zero", np.where(image == 4095, 0, image), PixelPaddingValue=0)
    assert read_volume(tmp_path / "zero", {})[0].outside is None  # 0 is what voxels without signal have


def test_padding_goes_with_the_volume_through_steps_and_processes():
    image, outside = corners(noisy(), 90.0)
    volume = Volume(image, GRID, outside=outside)
    np.testing.assert_array_equal(copy.deepcopy(volume).outside, outside)  # as pickling does
    assert not volume.outside.flags.writeable
    (resample,) = parse_steps([{"resample": {"spacing": [2, 2]}}], "")
    stepped = resample(volume)
    assert stepped.outside.shape == stepped.grid.shape
    y, x = (2 * np.indices(stepped.grid.shape)[axis] + 0.5 for axis in (1, 2))
    assert stepped.outside[(y + x < 12) | (y + x > 63)].all()
    assert not stepped.outside[(y + x > 18) & (y + x < 57)].any()
    left, _ = with_data(volume)
    assert left.outside is volume.outside
