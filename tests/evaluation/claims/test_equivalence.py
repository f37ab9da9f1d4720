import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from evaluation.claims.equivalence import equivalence
from evaluation.claims.margin import EquivalenceMargin
from harmonize.errors import ConfigurationError


def pairs(seed=0, features=6, n=14):
    rng = np.random.default_rng(seed)
    x = rng.lognormal(3, 0.4, (features, n))
    return x, x * np.exp(rng.normal(0.03, 0.08, (features, n)))


def test_it_is_statsmodels_test_on_both_scales():
    x, y = pairs()
    raw = equivalence(x, y, EquivalenceMargin.parse("2.5"))
    log = equivalence(x, y, EquivalenceMargin.parse("10%", log=True))

    for index in range(len(x)):
        peer, _, _ = ttost_paired(y[index], x[index], -2.5, 2.5)
        assert raw.p[index] == pytest.approx(peer, rel=1e-9)
        peer, _, _ = ttost_paired(np.log(y[index]), np.log(x[index]), -np.log(1.1), np.log(1.1))
        assert log.p[index] == pytest.approx(peer, rel=1e-9)
        low, high = stats.ttest_rel(y[index], x[index]).confidence_interval(0.9)
        assert (raw.lower[index], raw.upper[index]) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize("margin", ["3%", "8%", "20%"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_share_of_the_mean_is_tested_by_contrasts_and_limits_agree_with_the_test(margin, sign):
    x, y = pairs(1, 40)
    x, y = sign * x, sign * y
    found, share = equivalence(x, y, EquivalenceMargin.parse(margin)), float(margin[:-1]) / 100

    for index in range(len(x)):
        low = stats.ttest_1samp(sign * (y[index] - (1 - share) * x[index]), 0, alternative="greater").pvalue
        high = stats.ttest_1samp(sign * (y[index] - (1 + share) * x[index]), 0, alternative="less").pvalue
        assert found.p[index] == pytest.approx(max(low, high), rel=1e-8, abs=1e-14)
    np.testing.assert_array_equal(found.p < 0.05, (found.lower > -share) & (found.upper < share))
    np.testing.assert_array_equal(found.p_beyond < 0.1, (found.lower > share) | (found.upper < -share))


def test_units_do_not_matter_and_missing_subjects_drop_out():
    x, y = pairs(2)
    found = equivalence(x, y, EquivalenceMargin.parse("10%"))
    again = equivalence(1e-7 * x, 1e-7 * y, EquivalenceMargin.parse("10%"))
    np.testing.assert_allclose(again.p, found.p)
    multiple = equivalence(x, y, EquivalenceMargin.parse("2wsd"), error=np.full(6, 1.25))
    np.testing.assert_allclose(multiple.p, equivalence(x, y, EquivalenceMargin.parse("2.5")).p)
    holed = np.concatenate([x, np.full((6, 1), np.nan)], axis=1), np.concatenate([y, np.ones((6, 1))], axis=1)
    np.testing.assert_allclose(equivalence(*holed, EquivalenceMargin.parse("10%")).p, found.p)


def test_statuses():
    x, y = pairs(3, 5)
    x[0, 2:] = np.nan
    y[1] = x[1] + 1
    x[2, 0] = -x[2, 0]
    x[3] -= x[3].mean()
    found = equivalence(x, y, EquivalenceMargin.parse("10%"))
    log = equivalence(x, y, EquivalenceMargin.parse("10%", log=True))
    unknown = equivalence(x, y, EquivalenceMargin.parse("1rc"), error=np.array([1, 1, 1, 1, np.nan]))

    assert found.status.tolist() == ["too_few", "ok", "ok", "near_zero_mean", "ok"]
    assert equivalence(x[1] * 0 + 0.1, y[1] * 0 + 0.2, EquivalenceMargin.parse("3")).status == "constant"
    assert log.status.tolist() == ["too_few", "ok", "no_logarithm", "no_logarithm", "ok"]
    assert unknown.status[4] == "undefined"
    assert np.isnan(found.p[[0, 3]]).all()
    with pytest.raises(ConfigurationError):
        equivalence(x, y, EquivalenceMargin.parse("3"), alpha=0.5)


@pytest.mark.parametrize(("shift", "p", "p_beyond"), [(0, 0, 1), (2, 0, 1), (5, 0.5, 1), (7, 1, 0), (-7, 1, 0)])
def test_differences_that_are_all_equal_are_equivalent_or_not(shift, p, p_beyond):
    """Shapes under one mask were not shown to be equal: their differences have no SD."""
    x = np.random.default_rng(0).normal(50, 9, 12)
    found = equivalence(x, x + shift, EquivalenceMargin.parse("5"))
    assert (found.status, found.p, found.p_beyond) == ("ok", p, p_beyond)
    np.testing.assert_allclose([found.difference, found.lower, found.upper], shift, atol=1e-12)


@pytest.mark.parametrize("unit", [1e-300, 1e200, 1e300])
@pytest.mark.parametrize("margin", ["10%", "2"])
def test_no_unit_changes_the_answer(unit, margin):
    x, y = (one[0] for one in pairs(1, 12))
    scaled = EquivalenceMargin.parse(margin if "%" in margin else repr(2 * unit))
    one, other = equivalence(x, y, EquivalenceMargin.parse(margin)), equivalence(x * unit, y * unit, scaled)
    np.testing.assert_allclose([other.p, other.p_beyond], [one.p, one.p_beyond], rtol=1e-9)
    np.testing.assert_allclose(other.upper / (1 if "%" in margin else unit), one.upper, rtol=1e-9)
