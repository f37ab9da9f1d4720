import numpy as np

from evaluation.survival.calibration import hazard_slope


def test_the_slope_is_that_of_a_stratified_model_in_r(heart) -> None:
    model = (np.arange(69) + 1) % 3
    weights = np.stack([np.ones(69), 1.0 + (model == 1), np.full(69, 3.0)])
    found = hazard_slope(heart.y, heart.age, model, weights)
    # coxph(Surv ~ a + strata(g), ties="breslow"), without and with weights
    np.testing.assert_allclose(found, [0.510965168078455, 0.496667385645804, 0.510965168078455], rtol=1e-8)


def test_a_level_of_its_own_for_each_model_changes_nothing(heart) -> None:
    model = np.arange(69) % 3
    found = [hazard_slope(heart.y, heart.age + shift * model, model, np.ones((1, 69)))[0] for shift in (0.0, 5.0)]
    np.testing.assert_allclose(found[0], found[1])


def test_equal_risks_have_no_slope(heart) -> None:
    model = np.arange(69) % 3
    assert np.isnan(hazard_slope(heart.y, 1.0 * model, model, np.ones((2, 69)))).all()
