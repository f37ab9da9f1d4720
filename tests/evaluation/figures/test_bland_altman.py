import numpy as np
import pytest

from evaluation.figures import Paired, bland_altman


def test_lines_are_the_published_bias_and_limits(peak_flow: Paired) -> None:
    axes = bland_altman(peak_flow).axes[0]
    lower, bias, upper, zero, points = (line.get_ydata() for line in axes.lines)
    # Bland and Altman 1986: Wright - mini has a mean of -2.1 and a SD of 38.8 l/min
    assert bias[0] == pytest.approx(2.1, abs=0.05)
    assert (upper[0] - lower[0]) / (2 * 1.96) == pytest.approx(38.8, abs=0.05)
    assert zero[0] == 0
    np.testing.assert_allclose(points, peak_flow.y - peak_flow.x)
    assert axes.get_xlabel() == "mean of Wright and mini"


def test_bands_widen_with_the_level(peak_flow: Paired) -> None:
    narrow, wide = (bland_altman(peak_flow, level).axes[0].patches[0].get_extents().height for level in (0.5, 0.95))
    assert 0 < narrow < wide
