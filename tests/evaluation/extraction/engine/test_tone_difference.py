import numpy as np
import pytest

from evaluation.extraction.engine.tone_difference import NGTDM, tone_difference


def test_the_example_of_the_definition():
    """Amadasun and King's formulas on the image of PyRadiomics' documentation."""
    i, n, s = np.array([1.0, 2, 3, 5]), np.array([6.0, 2, 4, 4]), np.array([13.35, 2.0, 2.63, 10.075])
    p = n / 16
    found = tone_difference(i, n, s)
    assert found["Coarseness"] == pytest.approx(1 / (p * s).sum())
    contrast = sum(a * b * (x - y) ** 2 for a, x in zip(p, i, strict=True) for b, y in zip(p, i, strict=True))
    assert found["Contrast"] == pytest.approx(contrast / 12 * s.sum() / 16)
    assert tuple(sorted(found)) == tuple(sorted(NGTDM))


def test_a_single_level_gives_pyradiomics_numbers():
    found = tone_difference(np.array([1.0]), np.array([9.0]), np.array([0.0]))
    assert found == {"Busyness": 0.0, "Coarseness": 1e6, "Complexity": 0.0, "Contrast": 0.0, "Strength": 0.0}
