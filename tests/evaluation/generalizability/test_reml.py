import numpy as np
import pytest

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.missing_cells import StrataSums
from evaluation.generalizability.reml import Reml

RANDOM = FacetDesign((Facet("reader"), Facet("scanner")))
FIXED = FacetDesign((Facet("reader"), Facet("scanner", fixed=True)))
NESTED = FacetDesign((Facet("scanner"), Facet("session", nested="scanner")))
LEVELS = (6, 3, 2)


def made(design, missing, n_features=3, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_features, *LEVELS)) + 2 * rng.normal(size=(n_features, LEVELS[0], 1, 1))
    present = rng.random(LEVELS) >= missing
    values = np.where(present, values, 0.0)
    sums = StrataSums.of(values, present, design.strata)
    return values, present, Reml(sums, design.weights(LEVELS), design.degrees(LEVELS))


def dense_criterion(design, values, present, components):
    """The restricted likelihood of lme4's model, by matrices of all cells."""
    labels = np.argwhere(present)
    covariance = np.zeros((len(labels),) * 2)
    for variance, axes in zip(components, design.sources, strict=True):
        covariance += variance * np.all(labels[:, None, axes] == labels[None, :, axes], axis=2)
    fixed = [axis for axis, facet in enumerate(design.facets, start=1) if facet.fixed]
    means = np.unique(labels[:, fixed], axis=0, return_inverse=True)[1].ravel()
    effects = np.eye(means.max() + 1)[means]
    y, inverse = values[present], np.linalg.inv(covariance)
    information = effects.T @ inverse @ effects
    projection = inverse - inverse @ effects @ np.linalg.solve(information, effects.T @ inverse)
    return np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1] + y @ projection @ y


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("design", [RANDOM, FIXED, NESTED], ids=["random", "fixed", "nested"])
def test_the_likelihood_is_that_of_all_cells_written_out(design, missing):
    values, present, reml = made(design, missing)
    draws = np.random.default_rng(1).gamma(1, size=(4, len(design.sources))) + 0.05
    found, wanted = [], []
    for components in draws:
        found.append(reml.at(np.tile(components, (3, 1))).criterion)
        wanted.append([dense_criterion(design, one, present, components) for one in values])
    found, wanted = np.array(found), np.array(wanted)
    np.testing.assert_allclose(found - found[0], wanted - wanted[0], atol=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("design", [RANDOM, FIXED, NESTED], ids=["random", "fixed", "nested"])
def test_slope_and_information_are_those_of_the_likelihood(design, missing):
    _, _, reml = made(design, missing)
    at = np.random.default_rng(2).gamma(2, size=(3, len(design.sources))) + 0.2
    slope, step = reml.slope(reml.at(at)), 1e-4
    curvature = 2 * reml.average(reml.at(at)) - reml.information(reml.at(at))[0]
    for source in range(len(design.sources)):
        shift = np.zeros(len(design.sources))
        shift[source] = step
        above, below = reml.at(at + shift), reml.at(at - shift)
        np.testing.assert_allclose(
            (above.criterion - below.criterion) / (2 * step), slope[:, source], rtol=1e-6, atol=1e-6
        )
        of_slope = (reml.slope(above) - reml.slope(below)) / (2 * step)
        np.testing.assert_allclose(of_slope, curvature[:, source], rtol=1e-5, atol=1e-5)


def test_fisher_information_is_the_expected_curvature():
    design, missing = RANDOM, 0.2
    _, present, _ = made(design, missing)
    components = np.array([2.0, 0.5, 0.3, 0.4, 0.3, 0.2, 1.0])
    rng = np.random.default_rng(3)
    values = sum(
        np.sqrt(variance) * rng.normal(size=(20000, *(n if axis in axes else 1 for axis, n in enumerate(LEVELS))))
        for variance, axes in zip(components, design.sources, strict=True)
    )
    values = np.where(present, values, 0.0)
    reml = Reml(StrataSums.of(values, present, design.strata), design.weights(LEVELS), design.degrees(LEVELS))
    at = reml.at(np.tile(components, (len(values), 1)))
    expected = reml.information(at)[0][0]
    np.testing.assert_allclose(reml.average(at).mean(axis=0), expected, rtol=0.1, atol=0.02 * expected.max())
    np.testing.assert_allclose(reml.slope(at).mean(axis=0), 0, atol=4 * np.sqrt(2 * np.diag(expected).max() / 20000))


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_no_point_beside_the_components_found_is_likelier(missing):
    _, _, reml = made(RANDOM, missing, n_features=40)
    found, here, converged = reml.maximize()
    assert converged.all()
    rng = np.random.default_rng(4)
    for _ in range(50):
        beside = np.maximum(found + 0.02 * rng.normal(size=found.shape), 0)
        beside[:, -1] = np.maximum(beside[:, -1], 1e-6)
        assert np.all(reml.at(beside).criterion >= here.criterion - 1e-9)
    assert np.any(found == 0)


def test_the_search_ends_where_the_criterion_is_near_zero():
    """The rounding of a sum is that of its terms: one feature of a thousand had no components."""
    design = FacetDesign((Facet("reader"), Facet("scanner", fixed=True)))
    levels = (6, 2, 2)
    rng = np.random.default_rng(6)
    values = rng.normal(size=(4000, *levels)) + 2 * rng.normal(size=(4000, 6, 1, 1)) + rng.normal(size=(4000, 1, 2, 1))
    values /= values.std(axis=(1, 2, 3), keepdims=True)
    sums = StrataSums.of(values, np.ones(levels, dtype=bool), design.strata)
    _, here, converged = Reml(sums, design.weights(levels), design.degrees(levels)).maximize()
    assert np.abs(here.criterion).min() < 0.1
    assert converged.all()


@pytest.mark.parametrize("levels", [(6, 2, 3), (17, 2, 2)])
def test_few_cells_that_leave_no_residual_end_the_search(levels):
    """Near the bound of the residual rounding hid which way is down: a fourth of the features had no components."""
    rng = np.random.default_rng(8)
    values = rng.lognormal(size=(200, *levels)) + 2 * rng.normal(size=(200, levels[0], 1, 1))
    present = rng.random(levels) >= 0.4
    values = np.where(present, values / values.std(axis=(1, 2, 3), keepdims=True), 0.0)
    sums = StrataSums.of(values, present, RANDOM.strata)
    _, _, converged = Reml(sums, RANDOM.weights(levels), RANDOM.degrees(levels)).maximize()
    assert converged.mean() > 0.99


def test_sources_that_cells_do_not_tell_apart_are_told():
    """Each subject under one scanner only: subjects and scanners are told apart, subject:scanner is part of subject."""
    present = np.zeros((8, 2, 3), dtype=bool)
    present[:4, 0] = present[4:, 1] = True
    design = FacetDesign((Facet("scanner"), Facet("reader")))
    values = np.where(present, np.random.default_rng(5).normal(size=(1, 8, 2, 3)), 0.0)
    reml = Reml(StrataSums.of(values, present, design.strata), design.weights((8, 2, 3)), design.degrees((8, 2, 3)))
    kept, mixed = reml.estimable()
    of = dict(zip(design.names, mixed.tolist(), strict=True))
    assert of == {
        "subject": True,
        "scanner": False,
        "reader": False,
        "subject:scanner": True,
        "subject:reader": True,
        "scanner:reader": False,
        "residual": True,
    }
    assert kept.sum() == 5


def test_of_several_maxima_the_larger_is_found():
    """Three facets, skewed values and a tenth of the cells missing: a search from one place missed a larger one."""
    rng = np.random.default_rng(10)
    design = FacetDesign((Facet("reader"), Facet("scanner"), Facet("session")))
    levels = (17, 2, 2, 2)
    logarithms = sum(
        (1.2 if axes == (0,) else 0.25)
        * rng.normal(size=(200, *(n if axis in axes else 1 for axis, n in enumerate(levels))))
        for axes in design.sources
    )
    present = rng.random(levels) >= 0.1
    values = np.exp(logarithms)[:, present]
    values = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    complete = np.zeros((200, *levels))
    complete[:, present] = values
    reml = Reml(StrataSums.of(complete, present, design.strata), design.weights(levels), design.degrees(levels))
    even = np.full((200, len(design.sources)), 1 / len(design.sources))
    _, best, converged = reml.maximize()
    assert converged.all()
    for start in (even, reml.moments(even)):
        _, one, _ = reml.climb(start)
        assert (best.criterion <= one.criterion + 1e-9).all()
        assert (best.criterion < one.criterion - 1e-3).any()
