import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import optimize, stats

from evaluation.reliability.effects import COMPONENTS, TERMS, factorial_effects
from harmonize.errors import ConfigurationError

DESIGN = np.array([[1, 0, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]], float)
"""Rows are the cells baseline, reconstruction, acquisition, both; columns are the terms."""


def restricted_fit(values):
    """Fit value ~ acquisition * reconstruction + (1 | subject) by minimizing the REML criterion itself."""
    n = len(values)
    y, x = values.reshape(n * 4), np.tile(DESIGN, (n, 1))
    same = np.kron(np.eye(n), np.ones((4, 4)))

    def fit(ratio):
        weight = np.linalg.inv(np.eye(4 * n) + ratio * same)
        information = x.T @ weight @ x
        coefficients = np.linalg.solve(information, x.T @ weight @ y)
        left = y - x @ coefficients
        variance = left @ weight @ left / (4 * n - 4)
        criterion = (4 * n - 4) * np.log(variance) - np.linalg.slogdet(weight)[1] + np.linalg.slogdet(information)[1]
        return criterion, coefficients, variance

    inside = optimize.minimize_scalar(
        lambda ratio: fit(ratio)[0], bounds=(0, 100), method="bounded", options={"xatol": 1e-12}
    )
    ratio = min([0.0, inside.x], key=lambda candidate: fit(candidate)[0])
    _, coefficients, variance = fit(ratio)
    return coefficients, ratio * variance, variance


def test_difficult_features_agree_with_lme4(lme4):
    values, expected = lme4
    result = factorial_effects(values)

    np.testing.assert_allclose(result.coefficients[:, 1:], expected[["acqREF", "recSTD", "interaction"]], rtol=1e-6)
    np.testing.assert_allclose(result.subject_variance, expected["subject_var"], rtol=1e-6)
    np.testing.assert_allclose(result.residual_variance, expected["residual_var"], rtol=1e-6)


@pytest.mark.parametrize("subject", [1.0, 0.2, 0.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_closed_form_is_the_restricted_maximum_likelihood(made_up, seed, subject):
    values = made_up(seed, n=8, subject=subject)
    result = factorial_effects(values)
    coefficients, subject_variance, residual_variance = restricted_fit(values)

    np.testing.assert_allclose(result.coefficients, coefficients, rtol=1e-8, atol=1e-12)
    assert result.subject_variance == pytest.approx(subject_variance, rel=1e-4, abs=1e-6)
    assert result.residual_variance == pytest.approx(residual_variance, rel=1e-5)


def test_subjects_that_differ_less_than_the_residual_explains_are_the_boundary(difficult):
    values = difficult["anticorrelated"].reshape(17, 2, 2)
    result = factorial_effects(values)
    _, subject_variance, residual_variance = restricted_fit(values)

    assert (result.subject_variance, subject_variance) == (0, 0)
    assert result.residual_variance == pytest.approx(residual_variance, rel=1e-9)
    assert (result.status, result.df) == ("no_subject_variance", 16)


def test_the_tests_are_paired_t_tests_of_each_term(made_up):
    values = made_up(4)
    values[3] = np.nan
    result = factorial_effects(values)
    base, reconstructed, acquired, both = np.moveaxis(np.delete(values, 3, axis=0).reshape(16, 4), 1, 0)
    tests = [
        stats.ttest_1samp(base, 0),
        stats.ttest_rel(acquired, base),
        stats.ttest_rel(reconstructed, base),
        stats.ttest_1samp(base - reconstructed - acquired + both, 0),
    ]

    np.testing.assert_allclose(result.t, [one.statistic for one in tests], rtol=1e-9)
    np.testing.assert_allclose(result.p, [one.pvalue for one in tests], rtol=1e-8)
    assert result.combined_p == pytest.approx(stats.ttest_rel(both, base).pvalue)
    assert result.combined_error == pytest.approx(np.std(both - base, ddof=1) / 4)


@pytest.mark.parametrize("shared", [0.0, 0.7, 0.95])
def test_p_values_are_uniform_where_there_is_no_effect(shared):
    """Both reconstructions of an acquisition share its noise: the residual made the p of the acquisition too small."""
    rng = np.random.default_rng(9)
    noise = np.sqrt(shared) * rng.normal(size=(4000, 17, 2, 1)) + np.sqrt(1 - shared) * rng.normal(
        size=(4000, 17, 2, 2)
    )
    result = factorial_effects(rng.normal(3, 1, (4000, 17, 1, 1)) + 0.5 * noise)

    for index in (1, 2, 3):
        assert np.mean(result.p[:, index] < 0.05) == pytest.approx(0.05, abs=0.015)
    assert np.mean(result.combined_p < 0.05) == pytest.approx(0.05, abs=0.015)


def test_components_estimate_the_true_variances(made_up):
    acquisition, reconstruction, interaction = 0.5, -0.3, 0.2
    signs = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    cells = [a * acquisition + r * reconstruction + a * r * interaction for a, r in signs]
    result = factorial_effects(made_up(6, (4000,), n=30, cells=cells))

    truth = np.array([1.0, acquisition**2, reconstruction**2, interaction**2, 0.25])
    np.testing.assert_allclose(result.components.mean(axis=0), truth, rtol=0.03)
    np.testing.assert_allclose(result.share.sum(axis=-1), 1.0)
    assert len(COMPONENTS) == 5


def test_unit_and_leading_axes_and_missing_subjects(made_up):
    values = made_up(7, (2, 3), n=10)
    values[0, 1, 4, 1, 0] = np.nan
    result, scaled = factorial_effects(values), factorial_effects(1e-8 * values)

    np.testing.assert_allclose(scaled.coefficients, 1e-8 * result.coefficients, rtol=1e-9)
    np.testing.assert_allclose(scaled.subject_variance, 1e-16 * result.subject_variance, rtol=1e-9)
    np.testing.assert_allclose(scaled.p, result.p, rtol=1e-6)
    assert result.n.tolist() == [[10, 9, 10], [10, 10, 10]]
    alone = factorial_effects(np.delete(values[0, 1], 4, axis=0))
    np.testing.assert_allclose(result.coefficients[0, 1], alone.coefficients, rtol=1e-10)
    np.testing.assert_allclose(result.share[0, 1], alone.share, rtol=1e-10)
    assert len(TERMS) == result.coefficients.shape[-1]


def test_statuses(made_up):
    constant = factorial_effects(np.full((5, 2, 2), 3.0))
    alone = factorial_effects(made_up(8, n=1))

    assert (constant.status, alone.status) == ("constant", "too_few")
    for result in (constant, alone):
        for array in (result.coefficients, result.errors, result.p, result.share, result.subject_variance, result.df):
            assert np.isnan(array).all()


def test_effects_without_residual_are_certain_and_their_absence_is_no_evidence():
    values = np.arange(6.0)[:, None, None] + np.array([[0.0, 0.0], [1.0, 1.0]])
    result = factorial_effects(values)

    assert result.p[1:].tolist() == [0.0, 1.0, 1.0]
    assert result.residual_variance == 0


def test_another_shape_is_refused(golden):
    with golden.error(ConfigurationError):
        factorial_effects(np.zeros((17, 4)))


def test_text_among_the_values_is_refused(golden):
    with golden.error(ConfigurationError):
        factorial_effects([[[1.0, 2.0], [3.0, "high"]]])


def test_the_closed_form_is_the_mixed_model_of_statsmodels(made_up):
    values = made_up(3, n=12)
    subject, acquisition, reconstruction = (index.ravel() for index in np.indices(values.shape))
    columns = {
        "value": values.ravel(),
        "subject": subject,
        "acquisition": acquisition,
        "reconstruction": reconstruction,
    }
    model = smf.mixedlm("value ~ acquisition * reconstruction", pd.DataFrame(columns), groups="subject").fit(reml=True)
    result = factorial_effects(values)

    # statsmodels searches for its variances, to about four digits.
    np.testing.assert_allclose(result.coefficients, model.fe_params, rtol=1e-8)
    assert result.subject_variance == pytest.approx(float(model.cov_re.iloc[0, 0]), rel=1e-3)
    assert result.residual_variance == pytest.approx(model.scale, rel=1e-3)
