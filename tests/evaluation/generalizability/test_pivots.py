import numpy as np

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.pivots import DRAWS, draw_components

TWO_WAY = FacetDesign((Facet("reader"),))


def test_draws_of_one_stratum_are_a_mean_square_over_chi_squared():
    """The residual: its limits are those of a variance, (n - 1) s^2 / chi^2."""
    import scipy.stats

    weights, degrees = TWO_WAY.weights((10, 4)), TWO_WAY.degrees((10, 4))
    drawn = draw_components(np.array([[50.0, 3.0, 2.0]]), degrees[None], weights)
    assert drawn.shape == (3, 1, DRAWS)
    limits = np.quantile(drawn[2, 0], [0.025, 0.975])
    wanted = 27 * 2.0 / scipy.stats.chi2.ppf([0.975, 0.025], 27)
    np.testing.assert_allclose(limits, wanted, rtol=5e-3)


def test_many_degrees_of_freedom_leave_the_estimate():
    weights = TWO_WAY.weights((10, 4))
    drawn = draw_components(np.array([[50.0, 22.0, 2.0]]), np.full((1, 3), 4e6), weights)
    np.testing.assert_allclose(drawn[:, 0].mean(axis=1), [12.0, 2.0, 2.0], rtol=1e-2)


def test_strata_of_one_expectation_count_as_one():
    """Sessions nested in subjects: the strata of sessions and of both say the same of one source."""
    design = FacetDesign((Facet("session", nested="subject"),))
    weights, degrees = design.weights((12, 3)), design.degrees((12, 3))
    drawn = draw_components(np.array([[9.0, 2.0, 1.0]]), degrees[None], weights)
    pooled = (2 * 2.0 + 22 * 1.0) / 24
    assert abs(np.median(drawn[1, 0]) / pooled - 1) < 0.05


def test_a_pooled_main_source_is_solved_by_least_squares():
    design = FacetDesign((Facet("reader"),), pooled=("reader",))
    weights, degrees = design.weights((10, 4)), np.full((1, 3), 4e6)
    drawn = draw_components(np.array([[42.0, 2.0, 2.0]]), degrees, weights)
    np.testing.assert_allclose(drawn[:, 0].mean(axis=1), [10.0, 2.0], rtol=1e-2)
