import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reliability.by_facet import MEAN, PHI, G, coefficient_name, facet_of, of_facets
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import STATISTICS, about


@given(st.text(min_size=1).filter(str.isprintable))
def test_a_facet_is_read_from_the_name_of_its_agreement(facet):
    assert facet_of(coefficient_name(facet)) == facet


def test_only_coefficients_of_facets_are_known_as_such():
    assert [name for name in STATISTICS if of_facets(name)] == []
    assert of_facets("icc[]") is of_facets("ccc[reader]") is of_facets("my own") is None
    for name in (G, PHI, G + MEAN, PHI + MEAN, "icc[reader]"):
        assert about(name) == of_facets(name)
        assert about(name).direction == "above"
        assert about(name).limits


def test_they_are_not_computed_of_plain_conditions():
    with pytest.raises(NotImplementedError, match="facet_components"):
        about("icc[reader]").compute(np.zeros((1, 3, 2)), Settings())
