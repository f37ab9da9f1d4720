from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image import regions
from harmonize.image.regions import foreground_mask, otsu_threshold, region_mask
from harmonize.image.volume import Grid, Volume


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_otsu_maximizes_the_variance_between_the_classes():
    values = np.random.default_rng(0).gamma(2.0, 10.0, 5000)
    edges = np.linspace(values.min(), values.max(), 65)
    counts, _ = np.histogram(values, edges)
    binned = np.repeat((edges[:-1] + edges[1:]) / 2, counts)

    def between(threshold: float) -> float:
        low, high = binned[binned <= threshold], binned[binned > threshold]
        return low.size * high.size * (low.mean() - high.mean()) ** 2

    best = max(edges[1:-1], key=between)
    assert otsu_threshold(counts, edges) == pytest.approx(best)


def test_the_foreground_is_the_body(phantom):
    assert overlap(foreground_mask(phantom.volume.image), phantom.body) > 0.98


@pytest.mark.parametrize(("gain", "shift"), [(1e-3, 0.0), (7.0, 0.0), (1.0, -500.0), (250.0, 1e4)])
def test_gain_and_shift_do_not_move_it(phantom, gain, shift):
    image = phantom.volume.image
    assert overlap(foreground_mask(image * gain + shift), foreground_mask(image)) > 0.9999


def test_dark_organs_inside_belong_to_it_and_specks_outside_do_not():
    image = np.zeros((2, 40, 40))
    image[:, 5:30, 5:30] = 100.0
    image[:, 12:18, 12:18] = 0.0
    image[0, 36:38, 36:38] = 100.0
    expected = np.zeros(image.shape, bool)
    expected[:, 5:30, 5:30] = True
    np.testing.assert_array_equal(foreground_mask(image), expected)


def test_two_legs_both_stay():
    image = np.zeros((1, 40, 40))
    image[:, 5:35, 4:18] = 100.0
    image[:, 5:35, 22:36] = 80.0
    np.testing.assert_array_equal(foreground_mask(image), image > 0)


def test_an_object_of_less_than_a_hundredth_is_found():
    image = np.zeros((1, 100, 100))
    image[0, 50:55, 50:55] = 9.0
    np.testing.assert_array_equal(foreground_mask(image), image > 0)


def test_a_constant_image_has_none(golden):
    assert not foreground_mask(np.full((2, 5, 5), 7.0)).any()
    with golden.error(ScanError):
        region_mask(Volume(np.full((2, 5, 5), 7.0), Grid((5, 5, 2))), "foreground")


@pytest.mark.data
def test_on_an_abdomen_it_holds_both_kidneys(data_root):
    folder = data_root / "kidney_repeat" / "philips_01"
    (scan,) = folder.glob("01001__*_auto_e1.nii.gz")
    foreground = foreground_mask(read_image(scan)[0])
    assert 0.5 < foreground.mean() < 0.85
    for side in "LR":
        (mask,) = folder.glob(f"01001__*_e1_roi-{side}.nii.gz")
        kidney = read_image(mask)[0] > 0
        assert foreground[kidney].mean() > 0.99


def test_regions_by_name(phantom):
    volume = phantom.volume
    assert region_mask(volume, "image").all()
    np.testing.assert_array_equal(region_mask(volume, "foreground"), foreground_mask(volume.image))
    np.testing.assert_array_equal(region_mask(volume, "liver"), volume.masks["liver"])


def test_an_unknown_region_is_refused_with_the_nearest_name(phantom, golden):
    with golden.error(ScanError) as caught:
        region_mask(phantom.volume, "livre")
    assert "known are: image, foreground, liver, spleen" in caught.value.problem


def test_an_empty_roi_is_refused(golden):
    volume = Volume(np.ones((1, 2, 2)), Grid((2, 2, 1)), {"liver": np.zeros((1, 2, 2), bool)})
    with golden.error(ScanError):
        region_mask(volume, "liver")


def test_holes_are_filled_in_the_plane_of_the_slices():
    image = np.zeros((3, 40, 40))
    image[:, 5:30, 5:30] = 100.0
    image[:, 12:18, 12:18] = 0.0  # open along the slices, closed in plane
    flat = foreground_mask(image)
    assert flat[:, 12:18, 12:18].all()
    np.testing.assert_array_equal(foreground_mask(np.moveaxis(image, 0, 2), slice_axis=2), np.moveaxis(flat, 0, 2))
    stored = Volume(np.ascontiguousarray(np.moveaxis(image, 0, 2)), Grid((3, 40, 40), (5.0, 1.0, 1.0)))
    np.testing.assert_array_equal(region_mask(stored, "foreground"), np.moveaxis(flat, 0, 2))


@pytest.mark.parametrize("value", [-32768.0, 0.0, 65535.0])
def test_padding_changes_nothing_where_there_is_data(phantom, value):
    """Very low padding made body of all air, very high padding was body itself."""
    image = phantom.volume.image
    outside = np.zeros(image.shape, bool)
    outside[:, :, :10] = True
    found = foreground_mask(np.where(outside, value, image), 0, outside)
    np.testing.assert_array_equal(found[:, :, 10:], foreground_mask(image[:, :, 10:]))
    assert not found[outside].any()


def test_nothing_but_padding_has_no_foreground():
    image = np.ones((1, 6, 6))
    assert not foreground_mask(image, 0, image > 0).any()


def test_the_region_image_holds_neither_padding_nor_what_is_outside_the_field_of_view(phantom):
    image, grid = phantom.volume.image.copy(), phantom.volume.grid
    outside = np.zeros(image.shape, bool)
    outside[:, 20:22, 20:30] = True
    image[:, :8] = 0.0
    there = ~outside
    there[:, :8] = False
    np.testing.assert_array_equal(region_mask(Volume(image, grid, outside=outside), "image"), there)
    assert region_mask(Volume(np.zeros((1, 9, 9)), Grid((9, 9, 1))), "image").all()


def slowly(image: np.ndarray, axis: int, outside: np.ndarray) -> np.ndarray:
    """Find the foreground as its definition says, with sorting, a histogram, labels and dilation of SciPy."""
    lower, upper = np.percentile(image[~outside], (1, 99)) if not outside.all() else (0.0, 0.0)
    if lower == upper and not outside.all():
        lower, upper = image[~outside].min(), image[~outside].max()
    if lower == upper:
        return np.zeros(image.shape, bool)
    compressed = np.sqrt(np.clip((image - lower) / (upper - lower), 0, 1))
    counts, edges = np.histogram(compressed[~outside], 256)
    spread = np.repeat((edges[:-1] + edges[1:]) / 2, counts)
    cuts = edges[1:-1]
    below = np.searchsorted(spread, cuts)
    sums = np.concatenate([[0.0], np.cumsum(spread)])
    with np.errstate(all="ignore"):
        means = sums[below] / below, (sums[-1] - sums[below]) / (spread.size - below)
        between = np.nan_to_num(below * (spread.size - below) * (means[0] - means[1]) ** 2)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-12))
    labels, count = ndimage.label((compressed > (cuts[best[0]] + cuts[best[-1]]) / 2) & ~outside, np.ones((3, 3, 3)))
    sizes = ndimage.sum_labels(np.ones(image.shape), labels, np.arange(1, count + 1))
    mask = np.isin(labels, 1 + np.flatnonzero(sizes >= 0.1 * sizes.max()))
    for plane in np.moveaxis(mask, axis, 0):
        plane[...] = ndimage.binary_fill_holes(plane)
    return mask & ~outside


@pytest.mark.parametrize("kind", range(6))
def test_the_fast_way_is_the_slow_way(kind):
    rng = np.random.default_rng(kind)
    for _ in range(25):
        shape = tuple(rng.integers(1, 20, 3))
        image = [
            rng.normal(size=shape),
            rng.integers(0, 3, shape).astype(float),
            (rng.random(shape) < 0.6).astype(float),
            np.exp(3 * rng.normal(size=shape)),
            (rng.random(shape) < 0.75) * 100 + rng.normal(size=shape),
            np.round(rng.gamma(1.0, 50.0, shape)),
        ][kind]
        outside = rng.random(shape) < rng.choice([0.0, 0.1, 0.9, 1.0])
        axis = int(rng.integers(3))
        found = foreground_mask(image, axis, outside if outside.any() else None)
        np.testing.assert_array_equal(found, slowly(image, axis, outside))


def test_the_foreground_of_one_image_is_found_once(phantom, monkeypatch):
    calls = []
    find = regions._foreground
    monkeypatch.setattr(regions, "_foreground", lambda *given: calls.append(1) or find(*given))
    volume = phantom.volume.with_image(phantom.volume.image + 1)
    first = region_mask(volume, "foreground")
    assert region_mask(replace(volume, masks={}), "foreground") is first
    assert not first.flags.writeable
    assert len(calls) == 1
    region_mask(volume.with_image(volume.image + 1), "foreground")
    region_mask(replace(volume, outside=first), "foreground")
    assert len(calls) == 3
    foreground_mask(np.array(volume.image))  # whose voxels may be written anew
    foreground_mask(np.array(volume.image))
    assert len(calls) == 5
