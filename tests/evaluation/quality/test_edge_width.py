import math

import numpy as np
import pytest
import scipy

from evaluation.quality.edge_width import _boundary, edge_width

WIDTH = 2 * scipy.stats.norm.ppf(0.9)
"""From 10 to 90 % of a normal distribution, in its standard deviations: 2.563."""


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.5, 0.5), (1.0, 0.7)])
@pytest.mark.parametrize("blur", [0.7, 1.0, 1.5, 2.0, 2.5])
def test_a_disc_has_the_width_of_its_blur_and_voxels(disc, blur, spacing):
    coarse = max(spacing)
    image, mask = disc(blur * coarse, spacing, radius=24 * coarse)
    voxels = np.mean(np.square(spacing)) / 12  # the mean over a voxel widens as its variance does
    expected = WIDTH * math.sqrt((blur * coarse) ** 2 + voxels)
    assert edge_width(image, mask, spacing).value == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("blur", [0.7, 1.0, 2.0])
def test_noise_of_a_tenth_of_the_contrast_moves_it_little(disc, blur):
    clear, mask = disc(blur)
    noisy, _ = disc(blur, noise=10.0)
    expected = edge_width(clear, mask, (1.0, 1.0)).value
    assert edge_width(noisy, mask, (1.0, 1.0)).value == pytest.approx(expected, rel=0.06)


def test_gain_offset_sign_and_a_boundary_beside_the_edge_change_nothing(disc):
    image, mask = disc(1.0)
    before = edge_width(image, mask, (1.0, 1.0)).value
    assert edge_width(200.0 - 3.0 * image, mask, (1.0, 1.0)).value == pytest.approx(before, rel=1e-6)
    smaller = scipy.ndimage.binary_erosion(mask, np.ones((1, 3, 3)))
    assert edge_width(image, smaller, (1.0, 1.0)).value == pytest.approx(before, rel=0.02)


def test_noise_without_an_edge_too_wide_an_edge_and_too_short_a_boundary_have_none(disc):
    noise, mask = disc(contrast=0.0, noise=5.0)
    wide, _ = disc(6.0)
    for image, region in ((noise, mask), (wide, mask), (noise, np.zeros(mask.shape, bool))):
        found = edge_width(image, region, (1.0, 1.0))
        assert math.isnan(found.value)
        assert found.status != "ok"


def test_places_are_the_rim_and_normals_the_gradient_of_the_whole_smoothed_mask_at_the_border_too():
    mask = np.zeros((2, 24, 40), bool)
    mask[0, :9, 4:12] = True
    mask[1, 10:, 30:] = True
    mask[1, 12, 10] = True  # its gradient is none
    points, normals = _boundary(mask, (1.0, 0.5))
    cross = scipy.ndimage.generate_binary_structure(2, 1)[None]
    rim = np.argwhere(mask & ~scipy.ndimage.binary_erosion(mask, cross, border_value=1))
    assert points.tolist() == [place for place in rim.tolist() if place != [1, 12, 10]]
    soft = scipy.ndimage.gaussian_filter(mask.astype(float), (0, 1.5, 1.5))
    padded = np.pad(soft, ((0, 0), (1, 1), (1, 1)), mode="edge")
    inward = np.stack([padded[:, :-2, 1:-1] - padded[:, 2:, 1:-1], (padded[:, 1:-1, :-2] - padded[:, 1:-1, 2:]) / 0.5])
    expected = (inward / np.hypot(*inward).clip(1e-300))[:, *points.astype(int).T].T
    assert normals == pytest.approx(expected, abs=1e-12)
