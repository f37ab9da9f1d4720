import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reliability.dispersion import cv
from evaluation.reliability.icc import icc
from evaluation.reliability.within_subject import REPEATABILITY, relative_within_subject, within_subject


def test_within_subject_sd_by_hand():
    values = np.array([[10.0, 12.0, 11.0], [20.0, 19.0, 24.0]])
    result = within_subject(values)

    assert result.wsd == pytest.approx(np.sqrt(values.var(axis=1, ddof=1).mean()))
    assert result.rc == pytest.approx(2.7718 * result.wsd, rel=1e-4)


@given(seed=st.integers(0, 10**6), n=st.integers(2, 20), k=st.integers(2, 5))
@settings(max_examples=50, deadline=None)
def test_the_ratio_is_a_function_of_the_one_way_icc_and_free_of_unit_and_zero(seed, n, k):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 1)) + 0.5 * rng.normal(size=(n, k))
    result, reliability = within_subject(values), float(icc(values, "1").estimate)

    if reliability > 1e-6:
        assert result.rc_ratio == pytest.approx(REPEATABILITY * np.sqrt((1 - reliability) / reliability), rel=1e-6)
        assert result.rc_ratio == pytest.approx(result.rc / result.between_sd)
        assert within_subject(50 - 3 * values).rc_ratio == pytest.approx(result.rc_ratio, rel=1e-6)
    if reliability < -1e-6:
        assert np.isnan([result.rc_ratio, result.between_sd]).all()
        assert (result.rc_ratio_status, result.status) == ("no_subject_variance", "ok")


def test_the_root_mean_square_is_not_the_mean_of_the_ratios():
    values = [[9.0, 11.0], [20.0, 20.0], [30.0, 27.0]]
    result = relative_within_subject(values)

    assert result.wcv == pytest.approx(np.sqrt(np.mean(cv(values).per_subject ** 2)))
    assert result.wcv > cv(values).estimate
    assert result.rc_percent == pytest.approx(100 * REPEATABILITY * result.wcv)


def test_statuses():
    signed = [[-1.0, 1.5], [2.0, 2.5]]
    constant = np.full((4, 2), 7.0)
    alone = [[1.0, 2.0], [np.nan, 3.0]]

    assert relative_within_subject(signed).status == "near_zero_mean"
    assert np.isnan(relative_within_subject(signed).wcv)
    assert relative_within_subject(signed, signed="absolute").wcv > 1
    assert within_subject(signed).status == "ok"
    assert (within_subject(constant).wsd, within_subject(constant).status) == (0.0, "constant")
    assert within_subject(constant).rc_ratio_status == "constant"
    assert within_subject(alone).wsd == pytest.approx(np.sqrt(0.5))
    assert (within_subject(alone).status, within_subject(alone).rc_ratio_status) == ("ok", "too_few")
    assert within_subject(np.full((3, 2), np.nan)).status == "too_few"
    assert np.isnan(within_subject(np.full((3, 2), np.nan)).wsd)


def test_leading_axes_and_magnitudes():
    values = np.random.default_rng(1).normal(10, 1, (2, 3, 8, 3))
    result, scaled = within_subject(values), within_subject(1e150 * values)

    np.testing.assert_allclose(scaled.wsd, 1e150 * result.wsd)
    assert result.rc_ratio.shape == (2, 3)
    assert result.wsd[1, 2] == pytest.approx(within_subject(values[1, 2]).wsd)
