import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from evaluation.trends.slopes import relative_slope, slope, unpaired_slope
from harmonize.errors import ConfigurationError

LEVELS = np.array([2.0, 4.0, 6.0, 11.0])


def test_it_is_the_mean_of_the_slopes_of_subjects_with_limits_of_t():
    values = np.random.default_rng(0).normal(size=(17, 4)) + 0.1 * LEVELS
    own = [stats.linregress(LEVELS, row).slope for row in values]
    expected = stats.ttest_1samp(own, 0)
    found = slope(values, LEVELS, 0.9)
    assert found.estimate == pytest.approx(np.mean(own))
    assert (found.lower, found.upper) == pytest.approx(tuple(expected.confidence_interval(0.9)))
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.n, found.cells, found.status) == (17, 68, "ok")


def test_with_two_levels_it_is_the_paired_t_test():
    x, y = np.random.default_rng(0).normal(size=(2, 12))
    expected = stats.ttest_rel(y, x)
    found = slope(np.stack([x, y], axis=1), [1.5, 3.0])
    limits = expected.confidence_interval(0.95)
    assert found.p == pytest.approx(expected.pvalue)
    assert (1.5 * found.lower, 1.5 * found.upper) == pytest.approx((limits.low, limits.high))


def test_missing_cells_leave_each_subject_the_slope_of_its_values():
    values = np.random.default_rng(0).normal(size=(6, 4))
    values[0, 1] = values[1, 3] = values[2, :3] = np.nan
    own = []
    for row in values:
        used = np.isfinite(row)
        if used.sum() > 1:
            own.append(stats.linregress(LEVELS[used], row[used]).slope)
    found = slope(values, LEVELS)
    assert found.estimate == pytest.approx(np.mean(own))
    assert found.p == pytest.approx(stats.ttest_1samp(own, 0).pvalue)
    assert (found.n, found.cells) == (5, 18)


@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1.0, 1e8, 1e300])
def test_units_of_features_and_levels_cancel(scale):
    values = np.random.default_rng(0).normal(10, 1, size=(5, 9, 4))
    found, scaled = slope(values, LEVELS), slope(scale * values, LEVELS)
    assert scaled.estimate == pytest.approx(scale * found.estimate)
    assert scaled.p == pytest.approx(found.p)
    other = slope(values, 1e-3 * LEVELS + 5)
    assert other.lower == pytest.approx(1e3 * found.lower)
    assert slope(values + 1e8 * np.arange(9)[:, None], LEVELS).p == pytest.approx(found.p, rel=1e-4)


def test_what_cannot_be_computed_has_a_status():
    values = np.random.default_rng(0).normal(size=(6, 8, 4))
    values[0] = np.nan
    values[1, 1:] = np.nan
    values[2] = 0.1 + 0.2
    values[3] = np.arange(8.0)[:, None]
    values[4] = values[4][:, :1] + 0.1 * LEVELS
    found = slope(values, LEVELS)
    assert found.status.tolist() == ["too_few", "too_few", "constant", "constant", "no_interval", "ok"]
    assert found.n.tolist() == [0, 1, 8, 8, 8, 8]
    assert np.isnan(found.estimate[:2]).all()
    assert found.estimate[2:5] == pytest.approx([0, 0, 0.1])
    assert np.isnan(found.p[:5]).all()
    assert np.isnan(found.lower[:5]).all()


def test_unpaired_slopes_are_those_of_statsmodels_with_hc3():
    rng = np.random.default_rng(0)
    levels = np.repeat([1.0, 2.0, 5.0], [6, 9, 4])
    values = rng.normal(size=19) * levels + 0.3 * levels
    fitted = sm.OLS(values, sm.add_constant(levels)).fit(cov_type="HC3", use_t=True)
    found = unpaired_slope(values, levels)
    assert found.estimate == pytest.approx(fitted.params[1])
    assert (found.lower, found.upper) == pytest.approx(tuple(fitted.conf_int()[1]))
    assert found.p == pytest.approx(fitted.pvalues[1])
    missing = np.append(values, np.nan)
    assert unpaired_slope(missing, [*levels, 2.0]).p == pytest.approx(found.p)


def test_unpaired_slopes_that_cannot_be_computed_have_a_status():
    values = np.random.default_rng(0).normal(size=(5, 6))
    levels = [1, 1, 1, 2, 2, 2]
    values[0, 2:] = np.nan
    values[1] = 4.0
    values[2, 3:5] = np.nan  # one subject alone at the other level
    values[3] = 2.0 * np.array(levels)
    found = unpaired_slope(values, levels)
    assert found.status.tolist() == ["too_few", "constant", "too_few", "no_interval", "ok"]
    assert found.estimate[[1, 3]] == pytest.approx([0, 2])


def test_a_level_with_a_single_subject_leaves_the_slope_without_limits():
    """Its spread is not known: limits would not hold where it grows with the level."""
    values = np.random.default_rng(0).lognormal(size=(3, 9))
    levels = [1, 1, 1, 2, 2, 2, 4, 4, 6]
    values[1, 8] = np.nan
    values[2, 7] = values[2, 8] = np.nan
    for found in (unpaired_slope(values, levels), relative_slope(values, levels, unpaired=True)):
        assert found.status.tolist() == ["no_interval", "ok", "no_interval"]
        assert np.isfinite(found.estimate).all()
        for part in (found.lower, found.upper, found.p):
            assert np.isfinite(part).tolist() == [False, True, False]


def test_unpaired_limits_where_the_spread_grows_with_the_level():
    """As documented, 91 to 94 % for normal features from 2 subjects a level on."""
    rng = np.random.default_rng(0)
    for size, least in ((2, 0.90), (8, 0.92)):
        levels = np.repeat([1.0, 2.0, 4.0, 6.0], size)
        found = unpaired_slope(rng.normal(0, 1, size=(4000, 4 * size)) * levels, levels)
        assert least < np.mean((found.lower <= 0) & (found.upper >= 0)) < 0.96


def test_relative_slopes_are_per_cent_per_unit():
    truth = np.random.default_rng(0).uniform(5, 50, size=(9, 1))
    values = truth * 1.1**LEVELS * np.exp(np.random.default_rng(1).normal(0, 0.02, size=(9, 4)))
    found = relative_slope(values, LEVELS)
    assert found.lower < 10 < found.upper
    assert found.estimate == pytest.approx(100 * np.expm1(slope(np.log(values), LEVELS).estimate))
    assert relative_slope(-7 * values, LEVELS).estimate == pytest.approx(found.estimate)
    assert found.p == slope(np.log(values), LEVELS).p


def test_a_ratio_has_no_meaning_where_signs_change_or_a_value_is_zero():
    values = np.random.default_rng(0).uniform(1, 2, size=(3, 6, 4))
    values[0, 0, 0] = -1.0
    values[1, 0, 0] = 0.0
    found = relative_slope(values, LEVELS)
    assert found.status.tolist() == ["sign_change", "near_zero_mean", "ok"]
    assert np.isnan(found.estimate[:2]).all()
    unpaired = relative_slope(values[:, :, 0], [1, 1, 2, 2, 3, 3], unpaired=True)
    assert unpaired.status.tolist() == ["sign_change", "near_zero_mean", "ok"]


def test_what_is_larger_than_a_number_can_be_has_a_status():
    """Levels that are nearly one: a unit of theirs multiplies by more than there are numbers for."""
    values = np.stack([1.1**LEVELS * np.exp(np.random.default_rng(i).normal(0, 0.02, size=(9, 4))) for i in range(3)])
    values[2] = 5.0
    for found in (
        relative_slope(values, 1e-9 * LEVELS),
        slope(1e300 * values, 1e-12 * LEVELS),
        relative_slope(values[:, :, 0], 1e-9 * np.repeat(LEVELS[:3], 3), unpaired=True),
    ):
        assert not np.isinf([found.estimate, found.lower, found.upper]).any()
        assert (
            np.isfinite(found.estimate).tolist() == (~np.isin(found.status, ["not_representable", "too_few"])).tolist()
        )
        assert np.isnan(found.p[found.status != "ok"]).all()
    assert relative_slope(values, 1e-9 * LEVELS).status.tolist() == [
        "not_representable",
        "not_representable",
        "constant",
    ]
    assert slope(1e300 * values, 1e-12 * LEVELS).status.tolist() == [
        "not_representable",
        "not_representable",
        "constant",
    ]
    wide = np.exp([[0.0, 300.0], [0.0, -250.0], [0.0, 90.0]])
    assert relative_slope(wide, [0, 1]).status == "no_interval"


def test_limits_cover_and_p_is_uniform_where_slopes_differ_between_subjects():
    """Subjects with slopes of their own and errors in common: an ordinary regression would reject far too often."""
    rng = np.random.default_rng(7)
    own = rng.normal(0, 1, size=(4000, 6, 1))
    values = rng.normal(0, 5, size=(4000, 6, 1)) + own * LEVELS + rng.normal(0, 0.3, size=(4000, 6, 4))
    p = slope(values, LEVELS).p
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.012)
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_levels_that_do_not_fit_are_refused(golden):
    with golden.error(ConfigurationError):
        slope(np.ones((5, 3)), [1, 2])
    with golden.error(ConfigurationError):
        slope(np.ones((5, 3)), [1, 2, 2])
