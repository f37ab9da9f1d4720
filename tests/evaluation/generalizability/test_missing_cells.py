import numpy as np

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.missing_cells import StrataSums, projections, worth

DESIGN = FacetDesign((Facet("reader"), Facet("scanner")))


def test_projections_on_all_strata_and_the_mean_add_up_to_the_values():
    values = np.random.default_rng(0).normal(size=(2, 5, 3, 2))
    found = projections(values)
    parts = [found[axes] for axes in DESIGN.strata]
    np.testing.assert_allclose(sum(parts) + values.mean(axis=(1, 2, 3), keepdims=True), values)
    np.testing.assert_allclose(found[()], values.mean(axis=(1, 2, 3), keepdims=True))
    for position, part in enumerate(parts):
        for other in parts[position + 1 :]:
            assert abs((part * other + np.zeros_like(values)).sum()) < 1e-12


def test_the_overlap_is_the_projection_between_missing_cells():
    present = np.ones((4, 3, 2), dtype=bool)
    present[0, 1, 0] = present[2, 2, 1] = present[2, 0, 1] = False
    sums = StrataSums.of(np.where(present, 1.0, 0.0)[None], present, DESIGN.strata)
    cells = np.argwhere(~present)
    for matrix, axes in zip(sums.overlap, DESIGN.strata, strict=True):
        units = np.zeros((len(cells), 4, 3, 2))
        units[(np.arange(len(cells)), *cells.T)] = 1.0
        found = np.broadcast_to(projections(units)[axes], units.shape)[:, ~present]
        np.testing.assert_allclose(sums.basis @ matrix @ sums.basis.T, found, atol=1e-12)


def test_cells_that_only_fixed_effects_reach_are_no_direction():
    """Nobody was measured under a combination of fixed levels: its mean takes all, and nothing is left to expect."""
    design = FacetDesign((Facet("acquisition", fixed=True), Facet("reconstruction", fixed=True)))
    present = np.ones((5, 2, 2), dtype=bool)
    present[:, 1, 1] = False
    sums = StrataSums.of(np.zeros((1, 5, 2, 2)), present, design.strata)
    assert sums.basis.shape == (5, 4)


def test_sums_of_squares_of_normal_values_are_worth_their_degrees_of_freedom():
    values = np.random.default_rng(1).normal(size=(400, 60, 3, 2))
    found = np.median(worth(values, DESIGN.strata), axis=0)
    degrees = DESIGN.degrees((60, 3, 2))
    of_subjects = [position for position, axes in enumerate(DESIGN.strata) if 0 in axes]
    np.testing.assert_allclose(found[of_subjects], degrees[of_subjects], rtol=0.15)
    assert np.isinf(np.delete(found, of_subjects)).all()


def test_heavy_tails_are_worth_fewer():
    values = np.random.default_rng(2).lognormal(0, 1, size=(400, 60, 1, 1)) + np.zeros((1, 1, 3, 2))
    assert np.median(worth(values, DESIGN.strata)[:, 0]) < 59 / 3
