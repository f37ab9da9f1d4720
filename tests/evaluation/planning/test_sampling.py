"""How estimates and their limits vary, against draws of the distributions that they are said to have."""

import numpy as np
import pytest

from evaluation.planning.sampling import sampling_of
from evaluation.reliability import ccc, overall_ccc


def spread(n, k, value, shift=0.0):
    """Draw studies of normal features with a correlation, the first condition shifted."""
    rng = np.random.default_rng(n)
    subject = np.sqrt(value) * rng.normal(size=(6000, n, 1))
    values = subject + np.sqrt(1 - value) * rng.normal(size=(6000, n, k))
    values[..., 0] += shift
    return values


@pytest.mark.parametrize(("k", "accuracy"), [(2, 1.0), (2, 0.9), (3, 1.0), (5, 1.0)])
def test_the_ccc_varies_on_fishers_scale_as_planned(k, accuracy):
    n, precision = 60, 0.8
    values = spread(n, k, precision, np.sqrt(2 / accuracy - 2))
    found = ccc(values[..., 0], values[..., 1]) if k == 2 else overall_ccc(values)
    value = precision * accuracy
    assert found.estimate.mean() == pytest.approx(value, abs=0.015)
    sampling = sampling_of("ccc", [value], accuracy=accuracy)
    lower, upper = sampling.limits(np.array([float(n)]), np.array([float(k)]))
    z = np.arctanh(found.estimate)
    planned = float((np.arctanh(upper) - np.arctanh(lower))[0]) / (2 * 1.959964)
    assert z.std() == pytest.approx(planned, rel=0.06)


@pytest.mark.parametrize(("statistic", "value", "bound"), [("icc", 0.8, 0.6), ("ccc", 0.8, 0.6), ("wcv", 0.1, 0.14)])
def test_a_limit_is_reached_as_often_as_quantiles_of_the_estimate_say(statistic, value, bound):
    sampling = sampling_of(statistic, [value])
    n, k = np.array([25.0]), np.array([3.0])
    u = (np.arange(4000) + 0.5) / 4000
    lower, upper = sampling.limits(n[:, None], k[:, None], u)
    reached = (lower >= bound).mean() if sampling.side == "lower" else (upper <= bound).mean()
    assert float(sampling.reach(np.array([bound]), n, k)[0]) == pytest.approx(reached, abs=1e-3)
    assert (np.diff(lower[0]) > 0).all()
    assert (sampling.narrow(np.array([9.0]), n, k) == 1).all()
