import numpy as np
import pytest

from experiments.simulate.receive import draw_reception

SHAPE = (3, 96, 80)


def rng(seed):
    return np.random.default_rng(seed)


def test_bias_has_its_amplitude_on_average():
    draws = [np.log(np.abs(draw_reception(SHAPE, 0.12, 0.1, rng(i), rng(1000 + i)).field)).std() for i in range(200)]
    assert np.sqrt(np.mean(np.square(draws))) == pytest.approx(0.12, rel=0.1)


def test_acquisitions_share_most_of_the_field():
    first, second = (np.log(np.abs(draw_reception(SHAPE, 0.2, 0.1, rng(0), rng(i)).field)) for i in (1, 2))
    assert not np.allclose(first, second)
    pairs = []
    for i in range(100):
        a, b = (draw_reception(SHAPE, 0.2, 0.0, rng(i), rng((i, j))).field for j in (1, 2))
        pairs.append(np.mean(np.log(np.abs(a)) * np.log(np.abs(b))) / 0.2**2)
    assert np.mean(pairs) == pytest.approx(0.64, abs=0.1)


def test_no_bias_and_no_gain():
    reception = draw_reception(SHAPE, 0.0, 0.0, rng(0), rng(1))
    np.testing.assert_allclose(np.abs(reception.field), 1.0)
    assert reception.gain == 1.0


def test_gain_has_its_spread():
    gains = [np.log(draw_reception((1, 4, 4), 0.0, 0.1, rng(0), rng(i)).gain) for i in range(500)]
    assert np.std(gains) == pytest.approx(0.1, rel=0.1)
