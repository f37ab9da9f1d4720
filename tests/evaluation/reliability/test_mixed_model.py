from dataclasses import fields
from functools import partial

import numpy as np
import pytest

from evaluation.reliability.effects import EffectsResult, factorial_effects
from evaluation.reliability.mixed_model import fit_cells, mixed_effects
from evaluation.reliability.restricted_likelihood import CELLS, Parts, best_ratio, intercept_df, solve

NAMES = [field.name for field in fields(EffectsResult)]


@pytest.fixture
def made_up(made_up):
    """Some of the values are missing, if nothing else is said."""
    return partial(made_up, missing=0.15)


def iterated(values):
    """Fit by iteration even where the design is balanced."""
    cells = values.reshape(-1, values.shape[-3], 4)
    return fit_cells(cells, np.isfinite(cells))


class Dense:
    """The same model with matrices written out."""

    def __init__(self, values):
        cells = values.reshape(-1, 4)
        observed = np.isfinite(cells)
        subject, cell = np.nonzero(observed)
        self.y, self.x = cells[observed], CELLS[cell]
        self.same = (subject[:, None] == subject[None, :]).astype(float)
        self.degrees = len(self.y) - 4

    def projection(self, ratio):
        inverse = np.linalg.inv(np.eye(len(self.y)) + ratio * self.same)
        information = self.x.T @ inverse @ self.x
        return inverse - inverse @ self.x @ np.linalg.inv(information) @ self.x.T @ inverse, information, inverse

    def criterion(self, ratio):
        projection, information, inverse = self.projection(ratio)
        residual = self.y @ projection @ self.y / self.degrees
        return self.degrees * np.log(residual) + np.linalg.slogdet(information)[1] - np.linalg.slogdet(inverse)[1]

    def satterthwaite(self, ratio, contrast):
        """Give the degrees of freedom by the expected information and numerical derivatives."""
        projection, information, _ = self.projection(ratio)
        directions = (self.same, np.eye(len(self.y)))
        of_variances = np.array(
            [[np.trace(projection @ a @ projection @ b) / 2 for a in directions] for b in directions]
        )

        def variance(of_subject, of_residual):
            return of_residual * contrast @ np.linalg.inv(self.projection(of_subject / of_residual)[1]) @ contrast

        step = 1e-6
        gradient = np.array(
            [
                (variance(ratio + step, 1) - variance(ratio - step, 1)) / (2 * step),
                (variance(ratio, 1 + step) - variance(ratio, 1 - step)) / (2 * step),
            ]
        )
        value = contrast @ np.linalg.inv(information) @ contrast
        return 2 * value**2 / (gradient @ np.linalg.inv(of_variances) @ gradient)


@pytest.mark.parametrize("subject", [1e4, 30.0, 1.0, 0.2, 0.0])
def test_the_iteration_finds_the_closed_form_on_balanced_data(made_up, subject):
    values = made_up(0, (40,), subject=subject, missing=0)
    closed, found = factorial_effects(values), iterated(values)

    for name in NAMES:
        expected, result = getattr(closed, name), getattr(found, name)
        if name == "status":
            assert (result == expected).all()
        else:
            np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-9 * np.abs(expected).max())


def test_the_iteration_agrees_with_lme4(lme4):
    values, expected = lme4
    result = iterated(values)

    np.testing.assert_allclose(result.coefficients[:, 1:], expected[["acqREF", "recSTD", "interaction"]], rtol=1e-6)
    np.testing.assert_allclose(result.subject_variance, expected["subject_var"], rtol=1e-6)
    np.testing.assert_allclose(result.residual_variance, expected["residual_var"], rtol=1e-6)


@pytest.mark.parametrize("subject", [3.0, 1.0, 0.3, 0.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_is_that_of_the_likelihood_written_out(made_up, seed, subject):
    values = made_up(seed, n=12, subject=subject)
    result, dense = mixed_effects(values), Dense(values)
    ratio = float(result.subject_variance / result.residual_variance)
    projection, information, inverse = dense.projection(ratio)

    around = [ratio * factor for factor in (0.0, 0.5, 0.99, 0.999, 1.001, 1.01, 2.0)] + [1e-3, 0.1, 10.0]
    assert all(dense.criterion(ratio) <= dense.criterion(other) + 1e-10 for other in around)
    assert result.residual_variance == pytest.approx(dense.y @ projection @ dense.y / dense.degrees)
    coefficients = np.linalg.solve(information, dense.x.T @ inverse @ dense.y)
    np.testing.assert_allclose(result.coefficients, coefficients, rtol=1e-8, atol=1e-10)
    covariances = result.residual_variance * np.linalg.inv(information)
    np.testing.assert_allclose(result.errors, np.sqrt(np.diag(covariances)), rtol=1e-8)
    assert result.combined == pytest.approx(coefficients[1:].sum())
    assert result.combined_error == pytest.approx(np.sqrt(covariances[1:, 1:].sum()))
    assert (result.status == "no_subject_variance") == (ratio == 0)
    n, total = int(result.n), len(dense.y)
    assert result.df == (total - 4 if ratio == 0 else total - n - 3)


def test_the_degrees_of_freedom_of_the_intercept_are_satterthwaites(made_up):
    values = made_up(1, n=12)
    cells = values.reshape(1, 12, 4)
    parts = Parts.of(np.where(np.isfinite(cells), cells, 0.0), np.isfinite(cells))
    ratio = best_ratio(parts)

    expected = Dense(values).satterthwaite(float(ratio[0]), np.array([1.0, 0, 0, 0]))
    assert intercept_df(parts, solve(parts, ratio), ratio)[0] == pytest.approx(expected, rel=1e-5)


def test_statsmodels_finds_no_better_optimum(made_up):
    mixed_linear_model = pytest.importorskip(
        "statsmodels.regression.mixed_linear_model", reason="needs statsmodels, the other implementation"
    )
    for seed in range(5):
        values = made_up(seed)
        cells = values.reshape(17, 4)
        subject, cell = np.nonzero(np.isfinite(cells))
        model = mixed_linear_model.MixedLM(cells[np.isfinite(cells)], CELLS[cell], groups=subject)
        fit = model.fit(reml=True, method=["lbfgs"])
        result = mixed_effects(values)
        ratio = float(result.subject_variance / result.residual_variance)
        ours = mixed_linear_model.MixedLMParams.from_components(
            fe_params=result.coefficients, cov_re=np.array([[ratio]])
        )

        assert model.loglike(ours) >= fit.llf - 1e-9
        np.testing.assert_allclose(result.coefficients, fit.fe_params, rtol=1e-3, atol=1e-4)
        assert result.subject_variance == pytest.approx(fit.cov_re[0, 0], rel=1e-2)
        assert result.residual_variance == pytest.approx(fit.scale, rel=1e-2)


def test_p_values_are_uniform_where_there_is_no_effect(made_up):
    result = mixed_effects(made_up(5, (1500,), cells=(0.0, 0.0, 0.0, 0.0), missing=0.2))

    for p in (*result.p.T, result.combined_p):
        assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.015)


def test_components_estimate_the_true_variances(made_up):
    acquisition, reconstruction, interaction = 0.5, -0.3, 0.2
    signs = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    cells = [a * acquisition + r * reconstruction + a * r * interaction for a, r in signs]
    result = mixed_effects(made_up(6, (1500,), n=30, cells=cells))

    truth = np.array([1.0, acquisition**2, reconstruction**2, interaction**2, 0.25])
    np.testing.assert_allclose(result.components.mean(axis=0), truth, rtol=0.05)
    np.testing.assert_allclose(result.share.sum(axis=-1), 1.0)


def test_unit_order_and_leading_axes(made_up):
    values = made_up(7, (2, 3), n=10)
    values[1] = made_up(8, (3,), n=10, missing=0)
    result, scaled = mixed_effects(values), mixed_effects(1e-8 * values[..., ::-1, :, :] + 3e-8)

    np.testing.assert_allclose(scaled.coefficients[..., 1:], 1e-8 * result.coefficients[..., 1:], rtol=1e-8)
    np.testing.assert_allclose(scaled.coefficients[..., 0], 1e-8 * result.coefficients[..., 0] + 3e-8, rtol=1e-8)
    np.testing.assert_allclose(scaled.subject_variance, 1e-16 * result.subject_variance, rtol=1e-8)
    np.testing.assert_allclose(scaled.p[..., 1:], result.p[..., 1:], rtol=1e-6)
    alone, closed = mixed_effects(values[0, 1]), factorial_effects(values[1, 2])
    for name in NAMES:
        assert getattr(result, name).shape == getattr(factorial_effects(values), name).shape
        if name != "status":
            np.testing.assert_allclose(getattr(result, name)[1, 2], getattr(closed, name), rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(getattr(result, name)[0, 1], getattr(alone, name), rtol=1e-9)


def test_a_subject_with_one_value_adds_to_the_intercept_only(made_up):
    values = made_up(9, n=10, missing=0)
    one = np.full((1, 2, 2), np.nan)
    one[0, 0, 0] = 3.0
    result, without = mixed_effects(np.concatenate([values, one])), factorial_effects(values)

    assert (int(result.n), int(without.n)) == (11, 10)
    assert result.df == without.df
    assert result.coefficients[0] != pytest.approx(without.coefficients[0])
    # A subject that differs so much is worth less than its one cell.
    np.testing.assert_allclose(result.coefficients[1:], without.coefficients[1:], atol=0.1)


def test_statuses(made_up):
    values = made_up(10, n=6, missing=0)
    lacking = values.copy()
    lacking[:, 1, 1] = np.nan
    between = values.copy()
    between[:3, 0], between[3:, 1] = np.nan, np.nan
    flat = np.full((6, 2, 2), 3.0)
    flat[0, 0, 0] = np.nan
    few = values[:2].copy()
    few[0, 0, 0] = np.nan
    for bad, status in ((lacking, "too_few"), (between, "too_few"), (flat, "constant"), (few[:1], "too_few")):
        result = mixed_effects(bad)
        assert result.status == status
        for name in set(NAMES) - {"n", "status"}:
            assert np.isnan(getattr(result, name)).all(), name


@pytest.mark.parametrize("noise", [0.0, 1e-9])
def test_effects_without_residual_are_certain_and_their_absence_is_no_evidence(noise):
    values = np.arange(6.0)[:, None, None] + np.array([[0.0, 0.0], [1.0, 1.0]])
    values = values + noise * np.random.default_rng(0).normal(size=values.shape)
    complete = factorial_effects(values)
    values[2, 1, 1] = np.nan
    result = mixed_effects(values)

    np.testing.assert_allclose(result.coefficients[1:], [1, 0, 0], atol=1e-8)
    assert result.p[1] == pytest.approx(0, abs=1e-12)
    assert result.subject_variance == pytest.approx(float(complete.subject_variance), rel=1e-6)
    assert result.errors[0] == pytest.approx(float(complete.errors[0]), rel=1e-6)
    assert result.residual_variance == pytest.approx(noise**2, abs=noise**2)
    if noise == 0:
        assert result.p[1:].tolist() == [0.0, 1.0, 1.0]
