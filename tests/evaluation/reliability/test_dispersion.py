import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reliability.dispersion import QUARTILE_RULES, cv, qcd
from harmonize.errors import ConfigurationError


def positive(seed, shape=(17, 4)):
    return np.random.default_rng(seed).lognormal(1, 0.3, shape)


def test_difficult_features_agree_with_r_subject_by_subject(difficult, reference_root):
    expected = pd.read_csv(reference_root / "cv_qcd.csv").pivot(index="feature", columns="subject")
    expected = expected.loc[list(difficult)]
    values = np.stack(list(difficult.values()))

    np.testing.assert_allclose(cv(values).per_subject, expected["cv"], rtol=1e-9)
    np.testing.assert_allclose(qcd(values).per_subject, expected["qcd"], rtol=1e-9)


def test_the_estimate_is_the_mean_of_the_magnitudes():
    values = positive(0)
    spread = values.std(axis=1, ddof=1) / values.mean(axis=1)

    assert cv(values).estimate == pytest.approx(spread.mean(), rel=1e-12)
    assert cv(-values).estimate == pytest.approx(spread.mean(), rel=1e-12)
    assert cv(-values).status == "ok"


def test_the_quartile_rule_matters_for_four_values():
    values = [[10, 12, 9, 14]]

    assert qcd(values).estimate == pytest.approx(0.12359550561797752)
    assert qcd(values, "weibull").estimate == pytest.approx(0.1868131868131868)
    assert len({round(float(qcd(values, rule).estimate), 6) for rule in QUARTILE_RULES}) >= 5


@given(
    seed=st.integers(0, 10**6), n=st.integers(1, 20), k=st.integers(2, 6), factor=st.sampled_from([-3.0, 1e-200, 1e200])
)
@settings(max_examples=50, deadline=None)
def test_order_and_unit_do_not_matter_but_the_place_of_zero_does(seed, n, k, factor):
    values = positive(seed, (n, k))
    rng = np.random.default_rng(seed)
    for statistic in (cv, qcd):
        expected = statistic(values)
        assert expected.status == "ok"
        for other in (values[rng.permutation(n)], values[:, rng.permutation(k)], factor * values):
            assert statistic(other).estimate == pytest.approx(expected.estimate, rel=1e-9)
        assert statistic(values + 10).estimate < expected.estimate


@given(seed=st.integers(0, 10**6), factor=st.floats(1e-6, 1e6))
@settings(max_examples=50, deadline=None)
def test_the_status_does_not_change_with_the_unit(seed, factor):
    values = np.random.default_rng(seed).normal(1.0, 0.5, (6, 3))
    for statistic in (cv, qcd):
        assert statistic(values).status == statistic(factor * values).status == statistic(-factor * values).status


@pytest.mark.parametrize("statistic", [cv, qcd])
@pytest.mark.parametrize(
    ("values", "status"),
    [
        # One subject of another sign, each far from zero: the scale has no natural zero.
        ([[10.0, 11.0, 10.5], [-5.0, -5.2, -5.1]], "sign_change"),
        ([[10.0, 11.0, 10.5], [-0.5, 0.6, 0.1]], "near_zero_mean"),
        ([[10.0, 11.0, 10.5], [-1.0, 0.0, 1.0]], "near_zero_mean"),
        ([[10.0, 11.0, 10.5], [0.0, 0.0, 0.0]], "near_zero_mean"),
    ],
)
def test_a_ratio_without_meaning_is_refused_with_its_reason(statistic, values, status):
    result = statistic(values)

    assert np.isnan(result.estimate)
    assert (result.status, result.n) == (status, 2)


@pytest.mark.parametrize("statistic", [cv, qcd])
def test_the_paper_compatible_mode_computes_it_all_the_same_and_says_so(statistic):
    values = np.array([[10.0, 11.0, 10.5], [-5.0, -5.2, -5.1]])
    result = statistic(values, signed="absolute")

    assert result.estimate == pytest.approx(np.abs(result.per_subject).mean())
    assert result.status == "sign_change"
    ordinary = positive(1)
    assert statistic(ordinary, signed="absolute").estimate == statistic(ordinary).estimate


@pytest.mark.parametrize("statistic", [cv, qcd])
def test_a_mean_of_exactly_zero_has_no_ratio_in_any_mode(statistic):
    result = statistic([[-1.0, 0.0, 1.0], [1.0, 2.0, 3.0]], signed="absolute")

    assert np.isnan(result.estimate)
    assert result.status == "near_zero_mean"
    assert np.isnan(result.per_subject).tolist() == [True, False]


def test_a_large_ratio_of_positive_values_is_no_reason_to_refuse():
    result = cv([[0.01, 0.01, 0.01, 5.0]])

    assert result.status == "ok"
    assert result.estimate > 1.9


def test_rounding_around_zero_is_not_a_change_of_sign():
    assert cv([[0.1, 0.2, 0.3], [0.5, 0.4, -1e-18]]).status == "ok"


@pytest.mark.parametrize("statistic", [cv, qcd])
def test_constant_values_have_no_dispersion(statistic):
    result = statistic(np.full((5, 3), 1 / 3))

    assert (result.estimate, result.status) == (0.0, "constant")


def test_missing_subjects_drop_out_and_nobody_is_too_few():
    values = positive(2, (3, 5, 4))
    values[0, 2, 1] = np.nan
    values[1] = np.nan
    result = cv(values)

    assert result.n.tolist() == [4, 0, 5]
    assert result.status.tolist() == ["ok", "too_few", "ok"]
    assert result.estimate[0] == pytest.approx(cv(values[0, [0, 1, 3, 4]]).estimate)
    assert np.isnan(result.estimate[1])
    assert np.isnan(result.per_subject[0]).tolist() == [False, False, True, False, False]
    assert cv(np.empty((0, 3))).status == "too_few"


def test_unknown_options_are_refused(golden):
    with golden.error(ConfigurationError):
        qcd([[1.0, 2.0]], quartiles="lineal")
    with golden.error(ConfigurationError):
        cv([[1.0, 2.0]], signed="yes")
