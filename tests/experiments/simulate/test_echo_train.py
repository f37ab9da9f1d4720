import numpy as np
import pytest

from experiments.simulate.echo_train import EchoTrain


def test_centre_is_read_at_the_echo_time():
    for acceleration in (1, 2, 4):
        train = EchoTrain(128, 60.0, 3.0, acceleration)
        assert train.decay(40.0)[0] == pytest.approx(np.exp(-60.0 / 40.0))


def test_one_echo_serves_as_many_lines_as_the_acceleration():
    line = np.fft.fftfreq(128, 1 / 128)
    for acceleration in (1, 2, 3):
        decay = EchoTrain(128, 60.0, 3.0, acceleration).decay(50.0)
        step = decay[line == 12] / decay[line == 0]
        assert step == pytest.approx(np.exp(-12 * 3.0 / acceleration / 50.0))


def test_lines_before_the_first_echo_are_not_covered():
    line = np.fft.fftfreq(128, 1 / 128)
    # 20 echoes up to the centre: 19 R lines before it.
    np.testing.assert_array_equal(EchoTrain(128, 60.0, 3.0, 1).measured, line >= -19)
    np.testing.assert_array_equal(EchoTrain(128, 60.0, 3.0, 2).measured, line >= -38)
    assert EchoTrain(128, 60.0, 3.0, 4).measured.all()


def test_acceleration_shortens_the_train():
    echoes = [EchoTrain(128, 60.0, 3.0, acceleration).echoes for acceleration in (1, 2, 4)]
    assert echoes == [83, 51, 32]


def test_decay_is_never_larger_than_at_the_first_echo():
    assert EchoTrain(128, 60.0, 3.0, 1).decay(30.0).max() == pytest.approx(np.exp(-3.0 / 30.0))
