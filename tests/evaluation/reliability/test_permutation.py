import numpy as np
import pytest

from evaluation.reliability.icc import icc
from evaluation.reliability.permutation import permutation_null
from harmonize.errors import ConfigurationError


def estimate(values):
    return icc(values, level=None).estimate


def made_up(seed, lead=(), n=17, k=2, noise=0.4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(*lead, n, 1)) + noise * rng.normal(size=(*lead, n, k))


def test_unrelated_conditions_are_within_their_null_and_related_ones_are_not():
    rng = np.random.default_rng(8)
    unrelated = permutation_null(estimate, rng.normal(size=(300, 17, 2)), n_permutations=200)
    related = permutation_null(estimate, made_up(9, (3,)), n_permutations=200)

    assert np.mean(unrelated.p <= 0.1) == pytest.approx(0.1, abs=0.05)
    assert related.p == pytest.approx([1 / 201] * 3)
    assert (related.upper < related.estimate).all()
    assert (np.abs(related.median) < 0.2).all()


def test_permuted_conditions_tell_a_shift():
    values = made_up(10, (2,), n=17, noise=0.1)
    values[1, :, 1] += 1

    def shift(v):
        return np.abs((v[..., 1] - v[..., 0]).mean(axis=-1))

    result = permutation_null(shift, values, exchange="conditions", n_permutations=500)

    assert result.p[0] > 0.05
    assert result.p[1] == pytest.approx(1 / 501)


def test_unknown_options_are_refused():
    with pytest.raises(ConfigurationError, match="unknown exchange 'rows'"):
        permutation_null(estimate, made_up(1), exchange="rows")
    with pytest.raises(ConfigurationError, match="n_permutations is 5, expected at least 100"):
        permutation_null(estimate, made_up(1), n_permutations=5)
