import numpy as np
import pytest
import radiomics

from evaluation.extraction.engine.counted import Entries
from evaluation.extraction.engine.emphases import GLDM, GLRLM, GLSZM, emphases


@pytest.mark.parametrize(("name", "names"), [("glrlm", GLRLM), ("glszm", GLSZM), ("gldm", GLDM)])
def test_the_names_are_pyradiomics(name, names):
    known = radiomics.getFeatureClasses()[name].getFeatureNames()
    assert set(names) == {feature for feature, deprecated in known.items() if not deprecated}


def test_the_formulas_on_a_small_matrix():
    entries = Entries.of(*(np.array(part) for part in ([1, 1, 1], [1, 1, 3], [1, 4, 2], [2, 1, 1])), 2)
    found = {name: value[1].item() for name, value in emphases(entries, GLRLM).items()}
    p = np.array([0.5, 0.25, 0.25])
    expected = {
        "ShortRunEmphasis": (2 + 1 / 16 + 1 / 4) / 4,
        "LongRunHighGrayLevelEmphasis": (2 + 16 + 36) / 4,
        "GrayLevelNonUniformity": (9 + 1) / 4,
        "RunLengthNonUniformityNormalized": (4 + 1 + 1) / 16,
        "RunPercentage": 4 / 8,
        "GrayLevelVariance": np.var([1, 1, 1, 3]),
        "RunVariance": np.var([1, 1, 4, 2]),
        "RunEntropy": -(p * np.log2(p)).sum(),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_an_empty_matrix_has_no_features():
    entries = Entries.of(*(np.array(part) for part in ([1], [1], [1], [2])), 2)
    assert all(np.isnan(value[0]) and np.isfinite(value[1]) for value in emphases(entries, GLSZM).values())
