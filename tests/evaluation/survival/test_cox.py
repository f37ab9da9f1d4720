import numpy as np
import pytest
from sklearn.base import clone

from evaluation.survival.cox import CommonHazard, Cox
from evaluation.survival.partial_likelihood import Order, likelihood
from evaluation.survival.times import kaplan_meier, survival_times
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        (0.0, [0.538544500034477, 0.160621068229110]),  # coxph of R's survival 3.5-3; lifelines 0.30.3 has the same
        (6.9 / 69, [0.425135544121676, 0.134628188207693]),  # ridge(theta=6.9, scale=FALSE) there
    ],
)
def test_coefficients_are_those_of_r(alpha, expected, heart) -> None:
    np.testing.assert_allclose(Cox(alpha).fit(heart.X, heart.y).coef_[0], expected, atol=2e-7)


def test_survival_of_new_people_is_that_of_r(heart) -> None:
    model = Cox(0.0).fit(heart.X, heart.y)
    hazards = model.predict_cumulative_hazard_function(np.array([[0.0, 0.0], [1.0, 1.0]]))
    at = np.searchsorted(model.unique_times_, [30, 300], side="right") - 1
    expected = [[0.877761135005655, 0.533404805615596], [0.76925278, 0.28237002189907]]  # survfit of the coxph
    np.testing.assert_allclose(np.exp(-hazards[:, at]), expected, atol=1e-7)


def test_the_elastic_net_is_that_of_scikit_survival(heart) -> None:
    found = Cox(0.05, l1_ratio=0.5).fit(heart.X, heart.untied).coef_[0]
    # CoxnetSurvivalAnalysis(alphas=[0.05], l1_ratio=0.5, tol=1e-13) of 0.28.0, which breaks ties by Breslow
    np.testing.assert_allclose(found, [0.4387364921407893, 0.11642070294093637], atol=2e-6)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
def test_more_features_than_rows_end_where_the_slope_is_that_of_the_penalty(l1_ratio, heart) -> None:
    X = np.random.default_rng(0).normal(size=(69, 150))
    coefficients = Cox(0.2, l1_ratio=l1_ratio).fit(X, heart.y).coef_[0]
    centred = X - X.mean(axis=0)
    slope = centred.T @ likelihood(centred @ coefficients, Order.of(heart.y)).slope / 69
    slope -= 0.2 * (1 - l1_ratio) * coefficients
    used = coefficients != 0
    np.testing.assert_allclose(slope[used], 0.2 * l1_ratio * np.sign(coefficients[used]), atol=1e-4)
    assert np.abs(slope[~used]).max(initial=0.0) <= 0.2 * l1_ratio + 1e-4
    assert used.all() == (l1_ratio == 0)


def test_a_feature_that_orders_all_events_needs_a_penalty(golden) -> None:
    X, y = np.arange(8.0)[:, None] ** 3, survival_times(np.arange(8, 0, -1), np.ones(8))
    with golden.error(ConfigurationError):
        Cox(0.0).fit(X, y)
    assert np.isfinite(Cox(0.1).fit(X, y).coef_).all()


def test_what_is_no_survival_and_no_event_are_refused(golden) -> None:
    with golden.error(ConfigurationError):
        Cox().fit(np.zeros((2, 1)), np.array([1.0, 2.0]))
    with golden.error(ConfigurationError):
        CommonHazard().fit(np.zeros((2, 1)), survival_times([1, 2], [0, 0]))


def test_the_hazard_of_all_goes_with_kaplan_meier(heart) -> None:
    model = clone(CommonHazard()).fit(heart.X, heart.y)
    found = np.exp(-model.predict_cumulative_hazard_function(heart.X[:1])[0])
    known = kaplan_meier(heart.y["time"], heart.y["event"], model.unique_times_)
    assert (found >= known).all()
    assert np.abs(found - known).max() < 0.03
