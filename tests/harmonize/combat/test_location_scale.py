import numpy as np
import pytest

from harmonize.combat.location_scale import Options, fit_location_scale, standardization
from harmonize.combat.moments import batch_moments


def fitted(reference=None, untouched=()):
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2], [10, 20, 30])
    values = rng.normal(size=(60, 5)) * np.array([1.0, 2.0, 0.5])[codes, None] + codes[:, None]
    moments = batch_moments(values, codes, 3)
    mask = np.isin(np.arange(5), untouched)
    return values, codes, fit_location_scale(moments, *standardization(moments, reference), mask, Options(), reference)


def test_standardization_is_the_mean_of_all_rows_and_the_variance_within_batches():
    values, codes, effects = fitted()
    within = values - np.array([values[codes == batch].mean(axis=0) for batch in range(3)])[codes]
    np.testing.assert_allclose(effects.grand_mean, values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(effects.pooled_variance, (within**2).mean(axis=0), rtol=1e-12)


def test_standardization_by_the_reference_batch():
    values, codes, effects = fitted(reference=1)
    np.testing.assert_allclose(effects.grand_mean, values[codes == 1].mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(effects.pooled_variance, values[codes == 1].var(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(effects.gamma_star[1], 0.0)
    np.testing.assert_array_equal(effects.delta_star[1], 1.0)


def test_priors_are_across_the_features_within_a_batch():
    """Averaging across batches within a feature instead is a different method."""
    _, _, effects = fitted()
    np.testing.assert_allclose(effects.priors.gamma_bar, effects.gamma_hat.mean(axis=1))
    np.testing.assert_allclose(effects.priors.delta_variance, effects.delta_hat.var(axis=1, ddof=1))


@pytest.mark.parametrize("reference", [None, 2])
def test_untouched_features_take_no_part(reference):
    values, codes, effects = fitted(reference, untouched=(1, 3))
    np.testing.assert_array_equal(effects.apply(values, codes)[:, [1, 3]], values[:, [1, 3]])
    np.testing.assert_array_equal(effects.gamma_hat[:, [1, 3]], 0.0)
    np.testing.assert_allclose(effects.priors.gamma_bar, effects.gamma_hat[:, [0, 2, 4]].mean(axis=1))


@pytest.mark.parametrize("reference", [None, 2])
def test_invert_undoes_apply(reference):
    values, codes, effects = fitted(reference)
    np.testing.assert_allclose(effects.invert(effects.apply(values, codes), codes), values, rtol=1e-12)
