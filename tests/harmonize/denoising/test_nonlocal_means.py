import numpy as np
import pytest

from harmonize.denoising.nonlocal_means import PATCH, SEARCH, nonlocal_means


def by_hand(plane, sigma, strength):
    """The definition, voxel by voxel."""
    rows, columns = plane.shape
    reach, half = range(-SEARCH, SEARCH + 1), range(-(PATCH // 2), PATCH // 2 + 1)
    result = np.empty_like(plane)
    for y in range(rows):
        for x in range(columns):
            total = weights = 0.0
            for dy in reach:
                for dx in reach:
                    distance = np.mean(
                        [
                            (
                                plane[(y + i) % rows, (x + j) % columns]
                                - plane[(y + dy + i) % rows, (x + dx + j) % columns]
                            )
                            ** 2
                            for i in half
                            for j in half
                        ]
                    )
                    weight = np.exp(-max(distance - 2 * sigma**2, 0.0) / (strength * sigma) ** 2)
                    total += weight * plane[(y + dy) % rows, (x + dx) % columns]
                    weights += weight
            result[y, x] = total / weights
    return result


def test_equals_the_definition():
    rng = np.random.default_rng(0)
    plane = 10.0 + 3.0 * (np.arange(14) > 6) + rng.normal(0.0, 1.0, (12, 14))
    found = nonlocal_means(plane[None], np.ones(plane.shape), 0.8)
    np.testing.assert_allclose(found[0], by_hand(plane, 1.0, 0.8), rtol=1e-5)


def test_lowers_noise_and_keeps_means_and_edges():
    rng = np.random.default_rng(1)
    truth = np.where(np.arange(96) < 48, 100.0, 120.0) * np.ones((1, 96, 96))
    noisy = truth + rng.normal(0.0, 2.0, truth.shape)
    smooth = nonlocal_means(noisy, np.full((96, 96), 2.0))
    inside = np.s_[:, :, 8:40]
    assert smooth[inside].std() < 0.4 * noisy[inside].std()
    assert smooth[inside].mean() == pytest.approx(noisy[inside].mean(), abs=0.1)
    assert np.diff(smooth[0].mean(axis=0))[47] == pytest.approx(20.0, abs=1.0)


def test_does_nothing_without_noise_or_strength():
    image = np.random.default_rng(2).random((1, 8, 8))
    np.testing.assert_array_equal(nonlocal_means(image, np.zeros((8, 8))), image)
    np.testing.assert_array_equal(nonlocal_means(image, np.ones((8, 8)), 0.0), image)


def test_follows_the_local_noise():
    noisy = np.random.default_rng(3).normal(100.0, 1.0, (1, 64, 64))
    sigma = np.where(np.arange(64) < 32, 0.05, 1.0) * np.ones((64, 64))
    smooth = nonlocal_means(noisy, sigma)
    assert smooth[..., 4:28].std() > 0.95 * noisy[..., 4:28].std()
    assert smooth[..., 36:60].std() < 0.4 * noisy[..., 36:60].std()


def test_scales_with_the_image():
    noisy = np.random.default_rng(4).normal(100.0, 1.0, (1, 32, 32))
    once, thousandfold = nonlocal_means(noisy, np.ones((32, 32))), nonlocal_means(noisy * 1e3, np.full((32, 32), 1e3))
    np.testing.assert_allclose(thousandfold, once * 1e3, rtol=1e-4)
