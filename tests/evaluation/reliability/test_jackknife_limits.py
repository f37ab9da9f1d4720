import numpy as np
import pytest
from scipy import stats

from evaluation.reliability.ccc import ccc, overall_ccc
from evaluation.reliability.icc import ICC_FORMS, icc
from evaluation.reliability.jackknife_limits import CCC_FORM, jackknife_limits
from evaluation.reliability.sample import Sample
from harmonize.errors import ConfigurationError

FORMS = ("A,1", "C,1", "1", CCC_FORM)


def features(seed, shape=(20, 9, 2), noise=0.5):
    rng = np.random.default_rng(seed)
    return rng.lognormal(size=(*shape[:-1], 1)) + noise * rng.normal(size=shape)


def estimate(values, form):
    return overall_ccc(values).estimate if form == CCC_FORM else icc(values, form, None).estimate


def limits(values, form, level=0.95):
    return jackknife_limits(Sample.of(values), form, level)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("k", [2, 4])
def test_the_lower_limit_is_the_jackknife_of_the_coefficients_themselves(form, k):
    # The definition with the public coefficients: subjects deleted one by one, z of each, Student's t. Errors are so
    # skewed that the jackknife's standard error exceeds that of normal features in most.
    rng = np.random.default_rng(1)
    values = rng.lognormal(0, 1, size=(200, 12, 1)) + rng.lognormal(-2, 1.2, size=(200, 12, k))

    def z(x):
        coefficient = estimate(x, form)
        return np.log((1 + (k - 1) * coefficient) / (1 - coefficient)) / 2

    without = np.stack([z(np.delete(values, index, axis=1)) for index in range(12)])
    pseudovalues = 12 * z(values) - 11 * without
    end = pseudovalues.mean(axis=0) - stats.t.ppf(0.975, 11) * stats.sem(pseudovalues, axis=0)
    expected = (np.exp(2 * end) - 1) / (np.exp(2 * end) + k - 1)
    lower, upper = limits(values, form)

    same = np.isclose(lower, expected, rtol=1e-9, atol=1e-9)
    assert same.mean() > 0.6
    assert (lower <= expected + 1e-9).all()
    assert (upper > lower).all()


@pytest.mark.parametrize("form", FORMS)
def test_units_and_missing_subjects_do_not_matter(form):
    values = features(2)
    lower, upper = limits(values, form)
    np.testing.assert_allclose(limits(1e6 * values - 3e5, form), (lower, upper), rtol=1e-6)
    np.testing.assert_allclose(limits(-1e-9 * values, form), (lower, upper), rtol=1e-6)
    more = np.concatenate([values, np.full((20, 3, 2), np.nan)], axis=1)[:, ::-1]
    np.testing.assert_allclose(limits(more, form), (lower, upper), rtol=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_limits_are_ordered_nested_and_within_the_range(form):
    values = features(3, (300, 7, 3))
    inner, outer = limits(values, form, 0.8), limits(values, form, 0.99)
    assert (outer[0] < inner[0]).all()
    assert (inner[1] <= outer[1]).all()
    assert (inner[0] < inner[1]).all()
    assert outer[0].min() >= -1 / 2
    assert outer[1].max() <= 1


def test_averages_follow_spearman_and_brown():
    values = features(4, (30, 10, 3))
    for single in ("A,1", "C,1", "1"):
        of_single, of_mean = (
            icc(values, form, interval="jackknife") for form in (single, single.replace(",1", "") + ",k")
        )
        np.testing.assert_allclose(of_mean.lower, 3 * of_single.lower / (1 + 2 * of_single.lower))


def test_without_disagreement_the_limits_are_one():
    column = np.arange(6.0)
    for form in ICC_FORMS:
        result = icc(np.stack([column, column], -1), form, interval="jackknife")
        assert (result.estimate, result.lower, result.upper) == (1, 1, 1)
    result = ccc(column, column, interval="jackknife")
    assert (result.lower, result.upper) == (1, 1)


def test_disagreement_of_one_subject_alone_leaves_finite_limits():
    # Without that subject z is infinite: no limits of -1 to 1 for features that agree but for one scan.
    column = np.arange(8.0)
    other = column.copy()
    other[5] += 0.5
    for result in (icc(np.stack([column, other], -1), interval="jackknife"), ccc(column, other, interval="jackknife")):
        assert 0.8 < result.lower < result.estimate < result.upper < 1


@pytest.mark.parametrize("seed", range(5))
def test_values_on_a_straight_line_are_not_taken_for_skewed(seed):
    # As of a batch that was rescaled as a whole: F is the same without whomever, and of differences by rounding a
    # skewness was computed that moved the upper limit.
    x = np.round(np.random.default_rng(seed).normal(20, 3, 17))
    values = np.stack([x, 1.03 * x - 0.1], axis=-1)
    middle, (lower, upper) = estimate(values, "C,1"), limits(values, "C,1")
    assert np.arctanh(upper) + np.arctanh(lower) == pytest.approx(2 * np.arctanh(middle), rel=1e-9)


def test_two_subjects_tell_nothing():
    result = icc([[0.0, 1.0], [1.0, 2.5]], interval="jackknife")
    assert (result.lower, result.upper) == pytest.approx((-1, 1), abs=1e-3)


def coverage(skewed, n=17, number=3000):
    """Give how often the limits of ICC(A,1) and CCC miss below and above, by method; the true value is .8."""
    rng = np.random.default_rng(5)
    subjects = rng.normal(size=(number, n, 1))
    if skewed:  # lognormal with a skewness of 2.3
        sd = 0.6118
        subjects = (np.exp(sd * subjects) - np.exp(sd**2 / 2)) / np.sqrt(np.expm1(sd**2) * np.exp(sd**2))
    x = subjects + 0.5 * rng.normal(size=(number, n, 2))
    for textbook, interval in ((True, ""), (False, "jackknife")):
        for result in (
            icc(x, interval=interval or "mcgraw-wong"),
            ccc(x[..., 0], x[..., 1], interval=interval or "lin"),
        ):
            yield textbook, np.mean(result.lower > 0.8), np.mean(result.upper < 0.8)


def test_lower_limits_hold_for_skewed_features_where_those_of_the_textbooks_do_not():
    for textbook, above, below in coverage(skewed=True):
        if textbook:
            assert above > 0.04
            assert above + below > 0.14
        else:
            assert above < 0.025
            assert above + below < 0.09


@pytest.mark.parametrize("n", [6, 17])
def test_limits_hold_for_normal_features(n):
    for textbook, above, below in coverage(skewed=False, n=n):
        if not textbook:
            assert above < 0.025
            assert above + below < 0.05


def test_unknown_intervals_are_refused_with_the_nearest_name(golden):
    with golden.error(ConfigurationError):
        icc(np.eye(3), interval="jacknife")
    with golden.error(ConfigurationError):
        ccc([1, 2, 3], [1, 2, 4], interval="linn")
