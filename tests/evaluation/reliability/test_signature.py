"""I2C2 against the published formula written out, laws, and what cannot be computed."""

import numpy as np
import pytest

from evaluation.reliability import icc
from evaluation.reliability.signature import i2c2
from evaluation.reliability.status import Status
from harmonize.errors import ConfigurationError


def written_out(rows, subject, visit, twoway):
    """Shou et al. 2013, method of moments for unequal numbers, row by row as the R package has it."""
    rows, n = np.asarray(rows, dtype=float), len(rows)
    centred = rows - rows.mean(axis=0)
    if twoway:
        for one in set(visit):
            same = [i for i in range(n) if visit[i] == one]
            centred[same] = rows[same] - rows[same].mean(axis=0)
    within = squares = 0.0
    for one in set(subject):
        own = [i for i in range(n) if subject[i] == one]
        squares += len(own) ** 2
        within += ((centred[own] - centred[own].mean(axis=0)) ** 2).sum()
    error = within / (n - len(set(subject)))
    total = ((centred - centred.mean(axis=0)) ** 2).sum() / (n - 1)
    between = (total - error) / (1 + (1 - squares / n) / (n - 1))
    return between / (between + error)


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 9, 1)) + rng.normal(size=(5, 9, 3)) * 0.7 + np.array([0, 0.5, 1])


@pytest.mark.parametrize("demean", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
def test_it_is_the_published_formula(values, demean, gaps):
    if gaps:
        values[:, 0, 1] = values[:, 4, :2] = values[2, 3, 0] = np.nan
    cells = [(i, j) for i in range(9) for j in range(3) if np.isfinite(values[:, i, j]).all()]
    rows = [values[:, i, j] for i, j in cells]
    expected = written_out(rows, [i for i, _ in cells], [j for _, j in cells], demean)
    found = i2c2(values, scale="none", demean=demean, n_resamples=100)
    assert found.estimate == pytest.approx(expected, abs=1e-12)
    assert found.measurements == len(cells)


def test_of_one_feature_it_is_the_one_way_icc(values):
    assert i2c2(values[:1], n_resamples=100).estimate == pytest.approx(float(icc(values[0], "1").estimate), abs=1e-12)


def test_standardized_features_have_no_scale(values):
    scaled = values * np.array([1, 10, 1e6, 1e-6, 3])[:, None, None] + 1e3
    assert i2c2(scaled, n_resamples=100).estimate == pytest.approx(i2c2(values, n_resamples=100).estimate, abs=1e-6)
    assert i2c2(scaled, scale="none", n_resamples=100).estimate != pytest.approx(i2c2(values).estimate, abs=1e-3)


@pytest.mark.parametrize("unit", [1e-300, 1e-160, 1e155, 1e300])
def test_no_unit_of_a_feature_leaves_it_out(values, unit):
    """Squares beyond the numbers took a feature out, unsaid and with a warning of NumPy."""
    scaled = values * np.array([unit, 1, 1, 1, 1])[:, None, None]
    assert i2c2(scaled, n_resamples=100).estimate == pytest.approx(i2c2(values, n_resamples=100).estimate, abs=1e-12)
    common = i2c2(values * unit, scale="none", n_resamples=100)
    assert common.estimate == pytest.approx(i2c2(values, scale="none", n_resamples=100).estimate, abs=1e-12)


def test_a_constant_feature_is_neither_used_nor_counted(values):
    """The mean of .1 is not .1 in binary: what rounding left was taken for a feature that varies."""
    found = i2c2(np.concatenate([values, np.full_like(values[:1], 0.1)]), n_resamples=100)
    assert found == i2c2(values, n_resamples=100)
    assert found.features == len(values)


def test_limits_hold_the_estimate_and_subjects_are_told_apart(values):
    for interval in ("jackknife", "bootstrap"):
        found = i2c2(values, interval=interval, n_resamples=200)
        assert found.lower < found.estimate < found.upper < 1
    assert found.p == 1 / 201
    assert found == i2c2(values, interval="bootstrap", n_resamples=200)


def test_without_reliability_p_is_uniform():
    p = [i2c2(np.random.default_rng(s).normal(size=(4, 8, 2)), n_resamples=100).p for s in range(150)]
    assert 0.4 < np.mean(p) < 0.6
    assert np.mean(np.array(p) < 0.1) < 0.17


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (np.ones((3, 6, 2)), Status.CONSTANT),
        (np.arange(6.0).reshape(3, 1, 2), Status.TOO_FEW),
        (np.where(np.arange(2) == 0, np.ones((3, 6, 1)), np.nan), Status.TOO_FEW),
        (np.full((3, 6, 2), np.nan), Status.TOO_FEW),
    ],
)
def test_what_cannot_be_computed_has_a_reason(made, status):
    found = i2c2(made, n_resamples=100)
    assert np.isnan([found.estimate, found.lower, found.p]).all()
    assert found.status == status


def test_a_feature_that_most_measurements_lack_is_left_out(values):
    values[1, 3:] = np.nan
    found = i2c2(values, n_resamples=100)
    assert (found.features, found.n) == (4, 9)


@pytest.mark.parametrize("asked", [{"scale": "rank"}, {"interval": "bca"}, {"level": 95}, {"n_resamples": 5}])
def test_unknown_settings_are_refused(values, asked, golden):
    with golden.error(ConfigurationError):
        i2c2(values, **asked)
    with golden.error(ConfigurationError):
        i2c2(values[0])
