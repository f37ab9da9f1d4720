import numpy as np
import pytest

from evaluation.generalizability.coefficients import agreement, generalizability
from evaluation.generalizability.facets import Facet, FacetDesign

RANDOM = FacetDesign((Facet("reader"), Facet("scanner")))
COMPONENTS = np.array([8.0, 1.0, 2.0, 0.5, 0.4, 0.3, 0.6])  # subject, r, s, subject:r, subject:s, r:s, residual


def test_brennans_formulas_of_the_crossed_design():
    found = generalizability(RANDOM, {"reader": 3, "scanner": 2}, {"reader": 3, "scanner": 2})
    relative = 0.5 / 3 + 0.4 / 2 + 0.6 / 6
    absolute = relative + 1.0 / 3 + 2.0 / 2 + 0.3 / 6
    assert found["g"].of(COMPONENTS) == pytest.approx(8 / (8 + relative))
    assert found["phi"].of(COMPONENTS) == pytest.approx(8 / (8 + absolute))


def test_a_fixed_facet_is_part_of_what_is_measured():
    """Brennan, chapter 4.4: the score is the mean over the levels of a fixed facet."""
    design = FacetDesign((Facet("reader"), Facet("acquisition", fixed=True)))
    assert design.names == (
        "subject",
        "reader",
        "subject:reader",
        "subject:acquisition",
        "reader:acquisition",
        "residual",
    )
    components = np.array([8.0, 1.0, 0.5, 0.4, 0.3, 0.6])
    found = generalizability(design, {"reader": 3, "acquisition": 2}, {})
    scores = 8 + 0.4 / 2
    relative = 0.5 + 0.6 / 2
    assert found["g"].of(components) == pytest.approx(scores / (scores + relative))
    assert found["phi"].of(components) == pytest.approx(scores / (scores + relative + 1.0 + 0.3 / 2))


def test_agreement_over_a_facet_holds_the_others():
    assert agreement(RANDOM, "reader").of(COMPONENTS) == pytest.approx((8 + 0.4) / (8 + 0.4 + 1 + 0.5 + 0.3 + 0.6))


def test_nothing_over_nothing_is_no_number():
    assert np.isnan(agreement(RANDOM, "reader").of(np.zeros(7)))
