import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluation.reliability.repeatability import (
    RC_INTERVALS,
    cv_of_log,
    log_repeatability,
    logarithms,
    repeatability,
)
from evaluation.reliability.within_subject import REPEATABILITY, within_subject
from harmonize.errors import ConfigurationError

PEAK_FLOW = np.array(
    [
        [190, 220, 200, 200], [220, 200, 240, 230], [260, 260, 240, 280], [210, 300, 280, 265], [270, 265, 280, 270],
        [280, 280, 270, 275], [260, 280, 280, 300], [275, 275, 275, 305], [280, 290, 300, 290], [320, 290, 300, 290],
        [300, 300, 310, 300], [270, 250, 330, 370], [320, 330, 330, 330], [335, 320, 335, 375], [350, 320, 340, 365],
        [360, 320, 350, 345], [330, 340, 380, 390], [335, 385, 360, 370], [400, 420, 425, 420], [430, 460, 480, 470],
    ],
    dtype=np.float64,
)  # fmt: skip
"""Four peak expiratory flow rates of 20 schoolchildren, Bland and Altman, BMJ 1996;313:744."""

WRIGHT = np.array(
    [
        *([494, 490], [395, 397], [516, 512], [434, 401], [476, 470], [557, 611], [413, 415], [442, 431], [650, 638]),
        *([433, 429], [417, 420], [656, 633], [267, 275], [478, 492], [178, 165], [423, 372], [427, 421]),
    ]
)
"""Two readings of 17 people with a Wright peak flow meter, Bland and Altman, SMMR 1999;8:135-160."""

STRENGTH = np.array([[146, 140], [148, 152], [170, 152], [90, 99], [157, 145], [156, 153], [176, 167], [205, 218]])
"""Two trials of eight people, Weir 2005: a residual mean square of 57."""


def test_published_within_subject_sds():
    children, meter = repeatability(PEAK_FLOW).repeated, repeatability(WRIGHT).repeated

    assert children.estimate == pytest.approx(21.5, abs=0.05)
    assert children.coefficient[0] == pytest.approx(2.77 * 21.46, abs=0.05)
    assert meter.estimate == pytest.approx(15.3, abs=0.05)


def test_the_minimal_detectable_change_of_weir():
    found = repeatability(STRENGTH).detectable

    assert found.estimate**2 == pytest.approx(57, abs=0.5)
    assert found.coefficient[0] == pytest.approx(1.96 * np.sqrt(2 * 57), abs=0.05)
    # Of two conditions it is half the width between the limits of agreement.
    assert found.coefficient[0] == pytest.approx(REPEATABILITY / np.sqrt(2) * np.diff(STRENGTH).std(ddof=1))


@pytest.mark.parametrize(("level", "high", "low"), [(0.95, 83.298, 40.482), (0.90, 79.082, 43.188)])
def test_chi_square_limits_by_a_printed_table(level, high, low):
    # Quantiles of 60 degrees of freedom, as tables of the chi-square distribution print them.
    found = repeatability(PEAK_FLOW, level).repeated
    squares = 60 * PEAK_FLOW.var(axis=1, ddof=1).mean()

    assert found.lower**2 == pytest.approx(squares / high, rel=1e-4)
    assert found.upper**2 == pytest.approx(squares / low, rel=1e-4)


def test_limits_of_the_reproducibility_coefficient_by_hand():
    # Graybill and Wang for MS_C / n + (1 - 1/n) MS_E, from an analysis of variance written out.
    n, k = PEAK_FLOW.shape
    overall = PEAK_FLOW.mean()
    conditions = n * ((PEAK_FLOW.mean(axis=0) - overall) ** 2).sum() / (k - 1)
    residual = PEAK_FLOW - PEAK_FLOW.mean(axis=0) - PEAK_FLOW.mean(axis=1, keepdims=True) + overall
    error = (residual**2).sum() / ((n - 1) * (k - 1))
    parts, degrees = np.array([conditions / n, error * (n - 1) / n]), np.array([k - 1, (n - 1) * (k - 1)])
    below = parts * (1 - degrees / stats.chi2.ppf(0.975, degrees))
    above = parts * (degrees / stats.chi2.ppf(0.025, degrees) - 1)
    found = repeatability(PEAK_FLOW).reproduced

    assert found.estimate**2 == pytest.approx(parts.sum())
    assert found.lower**2 == pytest.approx(parts.sum() - np.sqrt((below**2).sum()))
    assert found.upper**2 == pytest.approx(parts.sum() + np.sqrt((above**2).sum()))


@given(seed=st.integers(0, 10**6), n=st.integers(2, 20), k=st.integers(2, 5))
@settings(max_examples=50, deadline=None)
def test_laws(seed, n, k):
    rng = np.random.default_rng(seed)
    values = rng.lognormal(1, 0.5, (n, 1)) + 0.3 * rng.normal(size=(n, k)) + rng.normal(size=k)
    for interval in RC_INTERVALS:
        found = repeatability(values, interval=interval)
        again = repeatability(5 - 1e6 * values, interval=interval)
        for name in ("repeated", "reproduced", "detectable"):
            one, other = getattr(found, name), getattr(again, name)
            assert one.lower <= one.estimate <= one.upper
            np.testing.assert_allclose(
                [other.estimate, other.lower, other.upper],
                1e6 * np.array([one.estimate, one.lower, one.upper]),
                rtol=1e-5,
            )
    assert found.repeated.estimate == pytest.approx(within_subject(values).wsd)
    assert found.reproduced.estimate == pytest.approx(found.repeated.estimate)
    shifted = repeatability(values + 10 * rng.normal(size=k))
    assert shifted.detectable.estimate == pytest.approx(found.detectable.estimate, rel=1e-6)
    plain, adjusted = repeatability(values).repeated, found.repeated
    assert adjusted.upper >= plain.upper * (1 - 1e-12)
    assert adjusted.lower <= plain.lower * (1 + 1e-12)


def test_the_log_scale_is_that_of_ratios():
    rng = np.random.default_rng(2)
    values = rng.lognormal(3, 1, (200_000, 1)) * rng.lognormal(0, 0.25, (200_000, 2))
    found = log_repeatability(values).repeated

    assert cv_of_log(found.estimate) == pytest.approx(np.sqrt(np.expm1(0.25**2)), rel=0.01)
    assert found.estimate == pytest.approx(log_repeatability(-1e-7 * values).repeated.estimate)
    ratios = values[:, 1] / values[:, 0]
    c = found.coefficient[0]
    assert np.mean((ratios < np.exp(-c)) | (ratios > np.exp(c))) == pytest.approx(0.05, abs=0.002)


def test_statuses():
    signed, with_zero = [[-1.0, 1.5], [2.0, 2.5]], [[0.0, 1.5], [2.0, 2.5]]

    assert log_repeatability([signed, with_zero]).repeated.status.tolist() == ["no_logarithm"] * 2
    assert np.isnan(log_repeatability([signed, with_zero]).repeated.upper).all()
    assert logarithms([[1.0, np.nan], [2.0, 3.0]])[1].tolist() is False
    constant = repeatability(np.full((4, 2), 7.0))
    assert (constant.repeated.estimate, constant.repeated.status) == (0.0, "constant")
    assert np.isnan(constant.repeated.upper)
    alone = repeatability([[1.0, 2.0], [np.nan, 3.0]])
    assert (alone.repeated.status, alone.reproduced.status, alone.detectable.status) == ("ok", "too_few", "too_few")
    assert repeatability(np.full((3, 2), np.nan)).repeated.status == "too_few"
    with pytest.raises(ConfigurationError):
        repeatability(signed, interval="jackknife")


@pytest.mark.parametrize("interval", RC_INTERVALS)
@pytest.mark.parametrize("compute", [repeatability, log_repeatability])
def test_an_error_of_zero_has_no_limits_and_says_why(compute, interval):
    rng = np.random.default_rng(0)
    level = rng.lognormal(3, 0.5, (6, 1))
    shift = np.array([1.0, 1.3]) if compute is log_repeatability else np.array([0.0, 4.0])
    moved = level * shift if compute is log_repeatability else level + shift
    found = compute([np.repeat(level, 2, axis=1), moved, level * rng.lognormal(0, 0.1, (6, 2))], interval=interval)

    of_all = (found.repeated, found.reproduced, found.detectable)
    assert [one.status.tolist() for one in of_all] == [
        ["no_error_variance", "ok", "ok"],
        ["no_error_variance", "ok", "ok"],
        ["no_error_variance", "no_error_variance", "ok"],
    ]
    for one in of_all:
        none = one.status == "no_error_variance"
        assert (one.estimate[none] == 0).all()
        assert np.isnan([one.lower, one.upper]).tolist() == [none.tolist()] * 2
