import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reliability.icc import ICC_FORMS, icc
from harmonize.errors import ConfigurationError

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
PSYCH = {"ICC1": "1", "ICC2": "A,1", "ICC3": "C,1", "ICC1k": "1,k", "ICC2k": "A,k", "ICC3k": "C,k"}
COLUMNS = {"all": [0, 1, 2, 3], "REF_DLR": [0, 1], "ACC_STD": [0, 2], "ACC_DLR": [0, 3]}


def made_up(seed, shape=(17, 4), signal=1.0, noise=0.5, shift=0.3):
    """Draw subject effects, condition effects and noise."""
    rng = np.random.default_rng(seed)
    *lead, n, k = shape
    return (
        signal * rng.normal(size=(*lead, n, 1))
        + shift * rng.normal(size=(*lead, 1, k))
        + noise * rng.normal(size=(*lead, n, k))
    )


@pytest.mark.parametrize(
    ("form", "estimate"),
    [
        ("1", 0.16574177),
        ("A,1", 0.28976378),
        ("C,1", 0.71484071),
        ("1,k", 0.44279713),
        ("A,k", 0.62005055),
        ("C,k", 0.90931554),
    ],
)
def test_the_example_of_shrout_and_fleiss_1979(form, estimate):
    assert icc(SHROUT_FLEISS, form).estimate == pytest.approx(estimate, abs=1e-8)


def test_the_limits_of_the_example_of_shrout_and_fleiss():
    agreement, consistency = icc(SHROUT_FLEISS, "A,1"), icc(SHROUT_FLEISS, "C,1")

    assert (agreement.lower, agreement.upper) == pytest.approx((0.018786513, 0.76108437), abs=1e-8)
    assert (consistency.lower, consistency.upper) == pytest.approx((0.342464765, 0.94585826), abs=1e-8)
    assert (agreement.f, agreement.df1, agreement.df2) == pytest.approx((11.02725, 5, 15), abs=1e-5)


def test_the_peak_flow_readings_of_bland_and_altman_1986():
    wright = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]

    assert icc(np.stack([wright, mini], axis=-1)).estimate == pytest.approx(0.94592841, abs=1e-8)


@pytest.mark.parametrize("conditions", COLUMNS)
@pytest.mark.parametrize("name", PSYCH)
def test_difficult_features_agree_with_r_psych(difficult, reference_root, name, conditions):
    expected = pd.read_csv(reference_root / "icc_psych.csv")
    expected = expected[(expected["conditions"] == conditions) & (expected["form"] == name)]
    expected = expected.set_index("feature").loc[list(difficult)]
    result = icc(np.stack(list(difficult.values()))[..., COLUMNS[conditions]], PSYCH[name])

    # psych prints averages of k beyond the pole of their formula: "reliabilities" of 113 or -3e29.
    known = expected["icc"].abs().to_numpy() < 1e6
    if name == "ICC2k":
        known &= expected["icc"].to_numpy() <= 1
    assert known.sum() >= 10
    assert np.isnan(result.estimate[~known]).all()
    assert (result.status[~known] != "ok").all()
    np.testing.assert_allclose(result.estimate[known], expected["icc"][known], rtol=1e-9)
    np.testing.assert_allclose(result.f, expected["F"], rtol=1e-9, atol=1e-25)
    np.testing.assert_allclose(result.p, expected["p"], rtol=1e-6, atol=1e-300)
    np.testing.assert_array_equal(result.df1, expected["df1"])
    np.testing.assert_array_equal(result.df2, expected["df2"])
    # psych gives NaN where the approximate degrees of freedom vanish; the limit of the formula exists.
    has_lower = known & expected["lower"].notna().to_numpy()
    np.testing.assert_allclose(result.lower[has_lower], expected["lower"][has_lower], atol=1e-6)
    np.testing.assert_allclose(result.upper[known], expected["upper"][known], atol=1e-6)


def test_the_definition_by_an_explicit_analysis_of_variance():
    values = made_up(3, (9, 3))
    n, k = values.shape
    subjects, conditions = values.mean(1), values.mean(0)
    between = k * subjects.var(ddof=1)
    shift = n * conditions.var(ddof=1)
    within = values.var(axis=1, ddof=1).mean()
    error = ((values - subjects[:, None] - conditions + values.mean()) ** 2).sum() / ((n - 1) * (k - 1))

    assert icc(values, "1").estimate == pytest.approx((between - within) / (between + (k - 1) * within))
    assert icc(values, "C,1").estimate == pytest.approx((between - error) / (between + (k - 1) * error))
    assert icc(values, "A,1").estimate == pytest.approx(
        (between - error) / (between + (k - 1) * error + k * (shift - error) / n)
    )


@pytest.mark.parametrize("form", ICC_FORMS)
@given(seed=st.integers(0, 10**6), n=st.integers(3, 20), k=st.integers(2, 5), noise=st.floats(0.01, 10))
@settings(max_examples=30, deadline=None)
def test_order_of_subjects_and_conditions_and_unit_do_not_matter(form, seed, n, k, noise):
    values = made_up(seed, (n, k), noise=noise)
    rng = np.random.default_rng(seed)
    expected = icc(values, form)

    for other in (values[rng.permutation(n)], values[:, rng.permutation(k)], 7 - 3 * values, 1e-8 * values):
        result = icc(other, form)
        assert result.status == expected.status
        for name in ("estimate", "lower", "upper", "f", "p"):
            np.testing.assert_allclose(getattr(result, name), getattr(expected, name), rtol=1e-6, atol=1e-9)


@given(seed=st.integers(0, 10**6), n=st.integers(3, 20), k=st.integers(2, 5), shift=st.floats(0, 10))
@settings(max_examples=50, deadline=None)
def test_laws_between_the_forms(seed, n, k, shift):
    values = made_up(seed, (n, k), shift=shift)
    forms = {form: icc(values, form) for form in ICC_FORMS}
    agreement, consistency = forms["A,1"].estimate, forms["C,1"].estimate

    # A shift between conditions costs agreement; where conditions differ less than the error, it cannot.
    condition_variance = values.mean(0).var(ddof=1) * n
    error = (values - values.mean(1, keepdims=True) - values.mean(0) + values.mean()).var() * n * k
    error /= (n - 1) * (k - 1)
    if condition_variance >= error and consistency > 0:
        assert agreement <= consistency + 1e-12
    for single, average in (("1", "1,k"), ("A,1", "A,k"), ("C,1", "C,k")):
        of_single = forms[single].estimate
        if 1 + (k - 1) * of_single > 1e-6:
            assert forms[average].estimate == pytest.approx(k * of_single / (1 + (k - 1) * of_single), rel=1e-6)
        # The approximate limits of A,1 can miss a negative estimate, as R's do; the exact ones never.
        if single == "A,1" and of_single < 0:
            continue
        assert forms[single].lower <= of_single + 1e-9
        assert forms[single].upper >= of_single - 1e-9


def test_leading_axes_give_what_single_features_give_and_missing_subjects_drop_out():
    values = made_up(5, (2, 3, 12, 3))
    values[0, 1, 4, 2] = np.nan
    values[1, 2, [0, 7], 0] = np.nan
    together = icc(values, "A,1", 0.9)

    for index in np.ndindex(2, 3):
        kept = values[index][np.isfinite(values[index]).all(axis=1)]
        alone = icc(kept, "A,1", 0.9)
        assert together.n[index] == len(kept)
        for name in ("estimate", "lower", "upper", "f", "df2", "p"):
            np.testing.assert_allclose(getattr(together, name)[index], getattr(alone, name), rtol=1e-10)


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e150])
def test_values_around_any_magnitude_keep_their_digits(scale):
    values = made_up(6)

    np.testing.assert_allclose(icc(values * scale).estimate, icc(values).estimate, rtol=1e-12)
    np.testing.assert_allclose(icc(values + 1e8).estimate, icc(values).estimate, rtol=1e-6)


def test_no_residual_is_perfect_consistency_and_a_shift_costs_agreement():
    shifted = made_up(7, (10, 1)) + np.array([[0.0, 5.0, 1.0]])
    consistency, agreement = icc(shifted, "C,1"), icc(shifted, "A,1")

    np.testing.assert_allclose([consistency.estimate, consistency.lower, consistency.upper], 1.0, rtol=1e-15)
    assert (consistency.f, consistency.p, consistency.status) == (np.inf, 0.0, "ok")
    assert 0 < agreement.lower < agreement.estimate < agreement.upper < 1
    same = icc(np.repeat(made_up(7, (10, 1)), 3, axis=1), "A,1")
    np.testing.assert_allclose([same.estimate, same.lower, same.upper], 1.0, rtol=1e-15)
    assert same.status == "ok"


def test_the_limits_without_residual_are_those_of_a_vanishing_residual():
    shifted = made_up(7, (10, 1)) + np.array([[0.0, 5.0, 1.0]])
    nearly = icc(shifted + 1e-7 * made_up(8, (10, 3)), "A,1")
    exact = icc(shifted, "A,1")

    np.testing.assert_allclose([exact.lower, exact.upper], [nearly.lower, nearly.upper], rtol=1e-5)


def test_equal_subjects_have_an_icc_of_zero_with_a_flag_and_no_limits():
    values = np.tile([1.0, 2.0, 4.0], (8, 1))
    agreement, consistency = icc(values, "A,1"), icc(values, "C,1")

    assert (agreement.estimate, agreement.status) == (0.0, "no_subject_variance")
    assert np.isnan([agreement.lower, agreement.upper]).all()
    assert np.isnan(consistency.estimate)
    assert consistency.status == "no_subject_variance"


@pytest.mark.parametrize("form", ICC_FORMS)
def test_limits_can_be_left_out(form):
    values = made_up(10, (3, 9, 3))
    result, full = icc(values, form, level=None), icc(values, form)

    assert np.isnan([result.lower, result.upper]).all()
    np.testing.assert_array_equal(result.estimate, full.estimate)
    np.testing.assert_array_equal(result.p, full.p)


@pytest.mark.parametrize("form", ICC_FORMS)
def test_constant_values_have_no_icc(form):
    result = icc(np.full((2, 17, 4), 0.1 + 0.2), form)

    for name in ("estimate", "lower", "upper", "f", "df1", "p"):
        assert np.isnan(getattr(result, name)).all()
    assert (result.status == "constant").all()


def test_one_subject_is_too_few_and_two_are_enough():
    values = made_up(9, (3, 2))
    values[1:, 0] = np.nan
    assert (icc(values).status, icc(values).n) == ("too_few", 1)
    assert np.isnan(icc(values).estimate)
    assert icc(np.array([[1.0, 1.5], [3.0, 2.5]])).status == "ok"
    assert icc(np.full((5, 2), np.nan)).status == "too_few"


def test_a_negative_icc_is_reported_raw_with_a_flag(difficult):
    result = icc(difficult["anticorrelated"], "A,1")

    assert result.estimate == pytest.approx(-0.337313, abs=1e-6)
    assert result.status == "negative"
    pair = icc(difficult["anticorrelated"][:, :2], "A,1")
    assert pair.estimate < -1
    assert pair.lower == pytest.approx(pair.estimate)


def test_an_average_form_beyond_its_pole_is_undefined_not_113(difficult):
    result = icc(difficult["anticorrelated"], "A,k")

    assert np.isnan(result.estimate)
    assert result.status == "undefined"


def test_two_crossed_subjects_have_no_denominator():
    result = icc(np.array([[0.0, 1.0], [1.0, 0.0]]), "A,1")

    assert np.isnan([result.estimate, result.lower, result.upper]).all()
    assert result.status == "no_subject_variance"


@pytest.mark.parametrize(("form", "condition_sd"), [("1", 0.0), ("C,1", 0.7), ("A,1", 0.1)])
@pytest.mark.parametrize("n", [17, 50])
def test_limits_cover_the_true_value_in_95_percent(form, condition_sd, n):
    rng = np.random.default_rng(17)
    repeats, k = 4000, 4
    values = rng.normal(size=(repeats, n, 1)) + 0.5 * rng.normal(size=(repeats, n, k))
    values += condition_sd * rng.normal(size=(repeats, 1, k))
    truth = 1 / (1 + 0.25 + (condition_sd**2 if form == "A,1" else 0.0))
    result = icc(values, form)
    covered = np.mean((result.lower <= truth) & (truth <= result.upper))

    assert 0.93 <= covered <= 0.97


def test_limits_of_agreement_forms_are_too_wide_never_too_narrow_for_fixed_conditions():
    rng = np.random.default_rng(18)
    shift = np.array([-0.7, 0.7]) / np.sqrt(2)
    values = rng.normal(size=(4000, 17, 1)) + 0.5 * rng.normal(size=(4000, 17, 2)) + shift
    truth = 1 / (1 + 0.25 + 0.49)
    result = icc(values, "A,1")

    assert np.mean((result.lower <= truth) & (truth <= result.upper)) >= 0.95


def test_an_unknown_form_is_refused_with_the_nearest_name(golden):
    with golden.error(ConfigurationError):
        icc(SHROUT_FLEISS, "A1")


@pytest.mark.parametrize("form", ["1", "A,1", "C,1", "1,k", "A,k", "C,k"])
def test_limits_of_equal_conditions_are_not_beyond_one(form):
    """1.0000000000000002 was an upper limit."""
    for seed in range(20):
        values = np.repeat(np.random.default_rng(seed).normal(size=(9, 1)), 3, axis=1)
        found = icc(values, form=form)
        assert np.maximum(found.lower, found.upper) <= 1
