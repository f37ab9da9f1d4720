import numpy as np
import pytest

from harmonize.denoising.total_variation import total_variation


def objective(image: np.ndarray, noisy: np.ndarray, weight: float) -> float:
    """As the definition says, in 2D with square voxels."""
    down, right = np.zeros((2, *image.shape))
    down[:-1], right[:, :-1] = np.diff(image, axis=0), np.diff(image, axis=1)
    return float(((image - noisy) ** 2).sum() / 2 + weight * np.hypot(down, right).sum())


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (6.0, 1.5, 1.5)])
def test_two_plains_come_nearer_by_what_the_edge_costs(axis, spacing):
    """Of 3 and 9 voxels across the edge, for which a difference counts by the smallest edge over its own."""
    line = np.where(np.arange(12) < 3, 0.0, 10.0)
    shape = [4, 4, 4]
    shape[axis] = 12
    image = np.moveaxis(np.broadcast_to(line, [*np.delete(shape, axis), 12]), -1, axis)
    price = 1.2 * min(spacing) / spacing[axis]
    expected = np.where(image == 0, price / 3, 10 - price / 9)
    np.testing.assert_allclose(total_variation(image, 1.2, spacing, 3e-3), expected, atol=5e-3)


def test_nothing_near_the_result_is_better():
    rng = np.random.default_rng(0)
    noisy = rng.normal(0, 1, (20, 24)) + 8 * (np.arange(24) > 11)
    result = total_variation(noisy, 0.9, (1.0, 1.0), 2e-3)
    least = objective(result, noisy, 0.9)
    for size in (1e-3, 1e-2, 0.1, 1.0):
        for _ in range(20):
            assert objective(result + size * rng.normal(0, 1, result.shape), noisy, 0.9) > least - 1e-3
    assert least < objective(noisy, noisy, 0.9)
    assert result.mean() == pytest.approx(noisy.mean())


@pytest.mark.parametrize("tolerance", [0.3, 0.03])
def test_the_tolerance_holds(tolerance):
    noisy = np.random.default_rng(1).normal(0, 1, (32, 32))
    exact = total_variation(noisy, 1.0, (1.0, 1.0), 2e-3)
    near = total_variation(noisy, 1.0, (1.0, 1.0), tolerance)
    assert np.sqrt(np.mean((near - exact) ** 2)) <= tolerance


def test_a_great_weight_leaves_the_mean():
    noisy = np.random.default_rng(2).normal(5, 1, (8, 8))
    np.testing.assert_allclose(total_variation(noisy, 100.0, (1.0, 1.0), 1e-2), noisy.mean(), atol=2e-2)


def test_a_tolerance_that_is_not_reached_is_said(monkeypatch, golden):
    monkeypatch.setattr("harmonize.denoising.total_variation.MOST_ITERATIONS", 10)
    noisy = np.random.default_rng(2).normal(5, 1, (8, 8))
    with golden.error(RuntimeError):
        total_variation(noisy, 1.0, (1.0, 1.0), 1e-4)
