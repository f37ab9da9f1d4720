import numpy as np
import pytest

from evaluation.survival.partial_likelihood import Order, likelihood, martingale_residuals


def test_value_and_residuals_are_those_of_r(heart) -> None:
    order = Order.of(heart.y)
    assert likelihood(np.zeros(69), order).value == pytest.approx(-161.240480573165, abs=1e-9)  # coxph, Efron
    expected = [0.8921177586067246, 0.9556498488723553, 0.0631530581837524, 0.7681484392095788]
    np.testing.assert_allclose(martingale_residuals(heart.y)[:4], expected, rtol=1e-12)


def test_slope_and_curvature_are_the_derivatives(heart) -> None:
    order, at, step = Order.of(heart.y), np.array([0.3, -0.2]), 1e-5

    def value(b: np.ndarray) -> float:
        return likelihood(heart.X @ b, order).value

    found = likelihood(heart.X @ at, order)
    sides = [(value(at + step * one) - value(at - step * one)) / (2 * step) for one in np.eye(2)]
    np.testing.assert_allclose(heart.X.T @ found.slope, sides, rtol=1e-6)
    slopes = [
        heart.X.T
        @ (likelihood(heart.X @ (at + step * one), order).slope - likelihood(heart.X @ (at - step * one), order).slope)
        / (2 * step)
        for one in np.eye(2)
    ]
    np.testing.assert_allclose(-found.curvature(heart.X), slopes, rtol=1e-6)


def test_a_linear_predictor_from_afar_changes_the_baseline_alone(heart) -> None:
    order = Order.of(heart.y)
    near, far = likelihood(heart.age, order), likelihood(heart.age + 500, order)
    assert far.value == pytest.approx(near.value)
    np.testing.assert_allclose(far.slope, near.slope, atol=1e-10)
    np.testing.assert_allclose(far.hazard * np.exp(500), near.hazard)
