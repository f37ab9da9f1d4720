import numpy as np
import pytest

from evaluation.reliability.bland_altman import limits_of_agreement

WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_the_limits_that_bland_and_altman_printed_in_1986():
    # Large minus mini flow meter: mean difference -2.1 l/min, SD 38.8.
    result = limits_of_agreement(MINI, WRIGHT)

    assert result.bias == pytest.approx(-2.1, abs=0.05)
    assert result.sd == pytest.approx(38.8, abs=0.05)
    # The confidence interval of the bias: -22.0 to 17.8 l/min.
    assert (result.bias_lower, result.bias_upper) == pytest.approx((-22.0, 17.8), abs=0.1)


def test_limits_of_agreement_by_hand():
    result = limits_of_agreement([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 3.0, 6.0])
    sd = np.std([0, 1, 0, 2], ddof=1)
    half = 3.182446305284263 * sd * np.sqrt(1 / 4 + 1.959963984540054**2 / 6)

    assert result.bias == pytest.approx(0.75)
    assert (result.lower, result.upper) == pytest.approx((0.75 - 1.959963984540054 * sd, 0.75 + 1.959963984540054 * sd))
    assert result.lower_interval == pytest.approx([result.lower - half, result.lower + half])
    assert result.upper_interval == pytest.approx([result.upper - half, result.upper + half])


def test_limits_of_agreement_contain_95_percent_of_differences():
    rng = np.random.default_rng(0)
    x = rng.normal(size=20000)
    result = limits_of_agreement(x, x + rng.normal(3, 2, 20000))

    assert (result.lower, result.upper) == pytest.approx((3 - 3.92, 3 + 3.92), abs=0.1)


def test_statuses():
    assert limits_of_agreement([1.0, np.nan], [2.0, 3.0]).status == "too_few"
    assert np.isnan(limits_of_agreement([1.0, np.nan], [2.0, 3.0]).upper)
    assert limits_of_agreement([7.0, 7.0], [7.0, 7.0]).status == "constant"
