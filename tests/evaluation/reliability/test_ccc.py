import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reliability.ccc import ccc, overall_ccc

WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def made_up(seed, n=17, correlation=0.8, shift=0.5, scale=1.2):
    x, noise = np.random.default_rng(seed).normal(size=(2, n))
    return x, shift + scale * (correlation * x + np.sqrt(1 - correlation**2) * noise)


def test_the_peak_flow_readings_of_bland_and_altman_1986():
    result = ccc(WRIGHT, MINI)

    assert result.estimate == pytest.approx(0.9427424314, abs=1e-10)
    assert (result.lower, result.upper) == pytest.approx((0.8504919, 0.9787263), abs=1e-7)


def test_two_judges_of_shrout_and_fleiss_1979():
    result = ccc([2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4])

    assert result.estimate == pytest.approx(0.5106382979, abs=1e-10)
    assert (result.lower, result.upper) == pytest.approx((0.0151174, 0.8047919), abs=1e-7)


@pytest.mark.parametrize(("column", "condition"), [(1, "REF_DLR"), (2, "ACC_STD"), (3, "ACC_DLR")])
def test_difficult_features_agree_with_r_epir(difficult, reference_root, column, condition):
    expected = pd.read_csv(reference_root / "ccc_epir.csv").set_index(["condition", "feature"]).loc[condition]
    expected = expected.loc[list(difficult)]
    values = np.stack(list(difficult.values()))
    result = ccc(values[..., 0], values[..., column])

    for name, of_r in [
        ("estimate", "ccc"),
        ("precision", "pearson"),
        ("accuracy", "bias_correction"),
        ("scale_shift", "scale_shift"),
        ("location_shift", "location_shift"),
    ]:
        np.testing.assert_allclose(getattr(result, name), expected[of_r], rtol=1e-9)
    np.testing.assert_allclose(result.lower, expected["lower"], atol=1e-6)
    np.testing.assert_allclose(result.upper, expected["upper"], atol=1e-6)
    assert (result.status == "ok").all()


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(3, 30),
    correlation=st.floats(-0.99, 0.99),
    shift=st.floats(-3, 3),
    scale=st.floats(0.1, 5),
)
@settings(max_examples=100, deadline=None)
def test_laws(seed, n, correlation, shift, scale):
    x, y = made_up(seed, n, correlation, shift, scale)
    result = ccc(x, y)

    assert abs(result.estimate) <= abs(result.precision) + 1e-12
    assert 0 < result.accuracy <= 1
    assert result.estimate == pytest.approx(result.precision * result.accuracy, rel=1e-9, abs=1e-12)
    assert result.precision == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-9, abs=1e-12)
    assert -1 <= result.lower <= result.estimate <= result.upper <= 1
    assert overall_ccc(np.stack([x, y], -1)).estimate == pytest.approx(result.estimate, rel=1e-12, abs=1e-14)

    order = np.random.default_rng(seed).permutation(n)
    for other in (ccc(x[order], y[order]), ccc(y, x), ccc(4 - 2 * x, 4 - 2 * y), ccc(1e-8 * x, 1e-8 * y)):
        for name in ("estimate", "lower", "upper"):
            assert getattr(other, name) == pytest.approx(getattr(result, name), rel=1e-7, abs=1e-10)
    assert ccc(y, x).scale_shift == pytest.approx(1 / result.scale_shift)
    assert ccc(y, x).location_shift == pytest.approx(-result.location_shift)


def test_the_overall_coefficient_is_the_weighted_mean_of_the_pairs():
    values = np.random.default_rng(2).normal(size=(17, 1)) + 0.4 * np.random.default_rng(3).normal(size=(17, 4))
    values += np.array([0.0, 0.5, -0.2, 1.0])
    pairs = [(i, j) for i in range(4) for j in range(i)]
    weights = [values[:, i].var() + values[:, j].var() + (values[:, i] - values[:, j]).mean() ** 2 for i, j in pairs]
    coefficients = [float(ccc(values[:, i], values[:, j]).estimate) for i, j in pairs]
    result = overall_ccc(values)

    assert result.estimate == pytest.approx(np.average(coefficients, weights=weights), rel=1e-12)
    assert result.estimate == pytest.approx(result.precision * result.accuracy, rel=1e-12)
    assert overall_ccc(values[:, [2, 0, 3, 1]]).estimate == pytest.approx(result.estimate, rel=1e-12)


def test_leading_axes_broadcast_and_missing_subjects_drop_out():
    x, y = made_up(4)
    several = np.stack([y, 2 * y, y - 1])
    several[1, 3] = np.nan
    together = ccc(x, several)

    assert together.n.tolist() == [17, 16, 17]
    for index in range(3):
        kept = np.isfinite(several[index])
        alone = ccc(x[kept], several[index][kept])
        assert together.lower[index] == pytest.approx(alone.lower, rel=1e-10)


def test_equal_conditions_agree_perfectly_and_opposite_ones_perfectly_not():
    x, _ = made_up(5)
    same, opposite = ccc(x, x), ccc(x, 2 * x.mean() - x)

    assert (same.estimate, same.lower, same.upper) == pytest.approx((1, 1, 1), abs=1e-12)
    assert (opposite.estimate, opposite.lower, opposite.upper) == pytest.approx((-1, -1, -1), abs=1e-12)


def test_uncorrelated_conditions_still_have_limits():
    result = ccc([1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0])

    assert (result.estimate, result.precision, result.status) == (0.0, 0.0, "ok")
    assert result.lower == pytest.approx(-result.upper)
    assert result.upper == pytest.approx(np.tanh(1.959963984540054 / np.sqrt(2)))


@pytest.mark.parametrize(
    ("x", "y", "status", "estimate"),
    [
        ([3.0, 3.0, 3.0], [3.0, 3.0, 3.0], "constant", np.nan),
        ([3.0, 3.0, 3.0], [1.0, 2.0, 3.0], "no_subject_variance", 0.0),
        ([3.0, 3.0, 3.0], [4.0, 4.0, 4.0], "no_subject_variance", 0.0),
        ([1.0, 2.0], [1.0, 2.0], "too_few", np.nan),
        ([1.0, 2.0, np.nan, 4.0], [1.0, 2.0, 3.0, np.inf], "too_few", np.nan),
    ],
)
def test_statuses(x, y, status, estimate):
    result, overall = ccc(x, y), overall_ccc(np.stack([x, y], -1))

    assert (result.status, overall.status) == (status, status)
    np.testing.assert_equal((float(result.estimate), float(overall.estimate)), (estimate, estimate))
    parts = (result.lower, result.upper, result.precision, result.accuracy, result.scale_shift, overall.precision)
    assert np.isnan(parts).all()


def test_limits_cover_the_true_value_in_95_percent():
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(2, 4000, 50))
    y = 0.3 + 1.2 * (0.85 * x + np.sqrt(1 - 0.85**2) * noise)
    truth = 2 * 0.85 * 1.2 / (1 + 1.2**2 + 0.3**2)
    result = ccc(x, y)

    assert 0.93 <= np.mean((result.lower <= truth) & (truth <= result.upper)) <= 0.97
