import numpy as np

from evaluation.generalizability.coefficients import agreement, generalizability
from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.fit import FacetFit, _quantiles

DESIGN = FacetDesign((Facet("reader"),))


def values(seed=0, n_features=4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_features, 12, 3)) + 2 * rng.normal(size=(n_features, 12, 1))


def test_units_and_origin_of_a_feature_do_not_matter():
    plain = FacetFit.of(values(), DESIGN)
    moved = FacetFit.of(1e9 + 1e-3 * values(), DESIGN)
    np.testing.assert_allclose(moved.sources(0.95)[0], 1e-6 * plain.sources(0.95)[0], rtol=1e-3, atol=1e-10)
    huge = FacetFit.of(1e100 * values(), DESIGN)
    ratio = agreement(DESIGN, "reader")
    np.testing.assert_allclose(huge.ratios([ratio], 0.95)[0], plain.ratios([ratio], 0.95)[0], rtol=1e-9)


def test_limits_hold_the_estimate_and_widen_with_the_level():
    fit, ratio = FacetFit.of(values(), DESIGN), agreement(DESIGN, "reader")
    estimate, (lower, upper), status = fit.ratios([ratio], 0.95)
    assert np.all((lower < estimate) & (estimate < upper))
    wider = fit.ratios([ratio], 0.99)[1]
    assert np.all((wider[0] < lower) & (wider[1] > upper))
    assert set(status.ravel().tolist()) == {"ok"}


def test_a_feature_alone_gets_what_it_gets_among_others():
    among = FacetFit.of(values(n_features=30), DESIGN).sources(0.95)
    alone = FacetFit.of(values(n_features=30)[7:8], DESIGN).sources(0.95)
    np.testing.assert_allclose(alone[0][0], among[0][7], rtol=1e-9)
    np.testing.assert_allclose(alone[1][:, 0], among[1][:, 7], rtol=1e-9)


def test_quantiles_are_those_of_numpy_and_infinite_where_draws_are():
    draws = np.random.default_rng(0).exponential(size=(5, 1024)).astype(np.float32)
    found = _quantiles(draws, (0.975, 0.025))
    np.testing.assert_allclose(found.T, np.quantile(draws, (0.975, 0.025), axis=1), rtol=1e-6)
    draws[0, :40] = np.inf
    assert _quantiles(draws, (0.975, 0.025))[0, 0] == np.inf


def test_limits_hold_the_estimate_where_the_likelihood_and_the_mean_squares_part():
    """A component beside others that are zero was given as .002 with limits of .005 to 9.6."""
    rng = np.random.default_rng(2)
    sizes = ((6, 1, 1, 2.0), (1, 2, 1, 0.4), (6, 2, 1, 0.6), (6, 2, 2, 0.5))
    crossed = sum(sd * rng.normal(size=(600, *size)) for *size, sd in sizes)
    crossed = crossed + 0.5 * rng.uniform(size=(600, 1, 1, 1)) * rng.normal(size=(600, 1, 1, 2))
    design = FacetDesign((Facet("reader"), Facet("acquisition")))
    fit = FacetFit.of(crossed, design)
    ratios = list(generalizability(design, {}, {}).values())
    component, limits, _ = fit.sources(0.95)
    coefficient, around, _ = fit.ratios(ratios, 0.95)
    planned = fit.over_levels(ratios, ratios, [2], 0.95)[:, 0]
    for found, (lower, upper) in (
        (component, limits),
        (coefficient, around),
        (planned[..., 0], (planned[..., 1], planned[..., 2])),
    ):
        assert np.all((lower <= found) & (found <= upper))
