import numpy as np
import pytest

from harmonize.kspace.sampling import line_numbers, sampled_lines


@pytest.mark.parametrize("lines", [64, 65])
@pytest.mark.parametrize("kind", ["equispaced", "random"])
@pytest.mark.parametrize("acceleration", [1, 2, 3, 4.5])
def test_how_many_lines_and_which(lines, kind, acceleration):
    rng = np.random.default_rng(0)
    for _ in range(20):
        chosen = np.fft.fftshift(sampled_lines(lines, acceleration, 0.1, kind, rng))
        numbers = np.flatnonzero(chosen) - lines // 2
        assert set(range(-3, 3)) <= set(numbers)
        if kind == "random":
            assert chosen.sum() == round(lines / acceleration)
        else:
            outside = numbers[(numbers < -4) | (numbers > 4)]
            gaps = np.diff(outside)
            assert set(gaps[gaps < 9]) <= {int(acceleration), int(acceleration) + acceleration % 1 * 2}


def test_line_numbers_are_those_of_numpy():
    for lines in (7, 8):
        np.testing.assert_array_equal(line_numbers(lines), np.fft.fftfreq(lines, 1 / lines))


def test_equispaced_lines_begin_anywhere():
    starts = {
        int(np.flatnonzero(np.fft.fftshift(sampled_lines(60, 4, 0.0, "equispaced", np.random.default_rng(seed))))[0])
        for seed in range(50)
    }
    assert starts == {0, 1, 2, 3}
