import numpy as np
import pytest

from evaluation.comparison.draws import weighted_agreement, weighted_estimates
from evaluation.reliability import STATISTICS, Settings
from evaluation.reliability.contrasts import Group
from evaluation.reliability.statistics import compared
from evaluation.reliability.weighted import WithoutEach

VALUES = np.random.default_rng(0).lognormal(1, 0.4, size=(5, 9, 3))
GROUP = Group("raw", "T2", "liver", tuple("abcde"), ("REF", "A", "B"), VALUES)


def by_draws():
    return [name for name, one in STATISTICS.items() if one.by_draws]


@pytest.mark.parametrize("name", by_draws())
def test_a_draw_of_all_subjects_is_the_statistic_of_the_entry(name):
    """Regression: a second table of statistics said how draws are computed, and could differ from the first."""
    found = weighted_estimates(GROUP, [name], np.ones((1, 9)), Settings("REF"))[name][0]
    entry = STATISTICS[name]
    values = GROUP.against("REF")[1] if entry.of_pairs("REF") else VALUES
    np.testing.assert_allclose(found, entry.compute(values, Settings("REF")).estimate, rtol=1e-12)


@pytest.mark.parametrize("name", by_draws())
def test_leaving_out_is_computing_without(name):
    found = weighted_estimates(GROUP, [name], WithoutEach(9), Settings("REF"))[name][5]
    entry = STATISTICS[name]
    values = GROUP.against("REF")[1] if entry.of_pairs("REF") else VALUES
    expected = entry.compute(np.delete(values, 4, axis=-2), Settings("REF")).estimate
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_what_has_no_such_way_or_no_reference_is_left_out():
    assert list(weighted_estimates(GROUP, ["spearman", "cv"], np.ones((1, 9)), Settings("REF"))) == ["cv"]
    assert list(weighted_estimates(GROUP, ["icc", "cv"], np.ones((1, 9)), Settings(None))) == ["cv"]
    assert weighted_agreement(GROUP.against("REF")[1], ["spearman"], np.ones((1, 9)), Settings("REF")) == {}


def test_strategies_are_compared_by_the_usual_statistics_without_their_twins():
    assert compared() == ("icc", "ccc", "cv", "qcd")
