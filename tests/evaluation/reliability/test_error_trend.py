import numpy as np
import pytest
from scipy.stats import kendalltau

from evaluation.reliability.error_trend import error_trend
from tests.evaluation.reliability.test_repeatability import PEAK_FLOW


def test_peak_flow_of_schoolchildren():
    # Bland and Altman 1996: Kendall's tau .16, P = .3.
    found, p = error_trend(PEAK_FLOW)

    assert found.estimate == pytest.approx(0.16, abs=0.005)
    assert p == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n", [4, 6, 17, 33, 40])
def test_kendalls_tau_and_p_are_those_of_scipy(n, ties):
    values = np.random.default_rng(n).lognormal(3, 0.6, (60, n, 3))
    values = np.round(values / 10) if ties else values
    found, p = error_trend(values)

    for index, one in enumerate(values):
        expected = kendalltau(np.round(one.mean(axis=1), 9), np.round(one.std(axis=1), 9))
        assert found.estimate[index] == pytest.approx(expected.statistic, abs=1e-12, nan_ok=True)
        assert p[index] == pytest.approx(expected.pvalue, rel=1e-9, nan_ok=True)


def test_it_does_not_change_with_unit_missing_subjects_or_sign():
    values = np.random.default_rng(1).lognormal(0, 1, (5, 12, 2))
    found, p = error_trend(values)
    holed = np.concatenate([np.full((5, 2, 2), np.nan), values], axis=1)

    for other in (1e-9 * values, -7.0 * values, holed):
        again, q = error_trend(other)
        np.testing.assert_allclose(again.estimate, found.estimate, atol=1e-12)
        np.testing.assert_allclose(q, p)
    assert (again.n == 12).all()


def test_statuses():
    assert error_trend(np.full((6, 2), 3.0))[0].status == "constant"
    assert error_trend([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])[0].status == "too_few"
    shifted = error_trend(np.arange(6.0)[:, None] + [0.0, 1.0])
    assert (shifted[0].status, bool(np.isnan(shifted[1]))) == ("undefined", True)
