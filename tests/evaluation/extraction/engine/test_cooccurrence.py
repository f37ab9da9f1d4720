import numpy as np
import pytest

from evaluation.extraction.engine.cooccurrence import Distribution, cooccurrence
from evaluation.extraction.engine.counted import Entries


def features(table, symmetrical=False):
    i, j = np.nonzero(np.triu(table) if symmetrical else table)
    n = table[i, j] * np.where(symmetrical & (i != j), 2, 1)
    entries = Entries.of(np.zeros(len(i), int), i + 1, j + 1, n, 1)
    found = cooccurrence(Distribution.of(entries, symmetrical), np.array([len(table)]))
    return {name: value.item() for name, value in found.items()}


def test_half_of_a_symmetrical_matrix_says_all():
    table = np.array([[4, 2, 0], [2, 6, 1], [0, 1, 8]])
    half, whole = features(table, symmetrical=True), features(table)
    assert half == pytest.approx(whole, rel=1e-12)


def test_textbook_values():
    """Haralick's example: image 0011/0011/0222/2233, horizontal neighbours."""
    table = np.array([[4, 2, 1, 0], [2, 4, 0, 0], [1, 0, 6, 1], [0, 0, 1, 2]])
    found, p = features(table, symmetrical=True), table / 24
    i = np.arange(1, 5)
    assert found["JointEnergy"] == pytest.approx((p**2).sum())
    assert found["Contrast"] == pytest.approx((p * (i[:, None] - i) ** 2).sum())
    mean = (p.sum(axis=1) * i).sum()
    variance = (p.sum(axis=1) * (i - mean) ** 2).sum()
    assert found["Correlation"] == pytest.approx((p * np.outer(i - mean, i - mean)).sum() / variance)
    assert found["JointEntropy"] == pytest.approx(-(p[p > 0] * np.log2(p[p > 0])).sum())


def test_one_level_or_one_sided_matrices_are_told_from_rounding():
    """PyRadiomics says 1 and 0 of a single cell; of a single row it says what rounding makes of 0/0."""
    for table in (np.array([[5, 0], [0, 0]]), np.array([[5, 3], [0, 0]]), np.array([[5, 0], [3, 0]])):
        found = features(table)
        assert (found["Correlation"], found["Imc1"], found["Imc2"], found["MCC"]) == (1.0, 0.0, 0.0, 0.0)


def test_independent_levels_have_no_information():
    found = features(np.outer([1, 3, 5], [7, 2, 4]))
    assert (found["Imc2"], found["MCC"]) == (0.0, 0.0)
    assert found["Imc1"] == pytest.approx(0.0, abs=1e-12)


def test_an_empty_matrix_has_no_features():
    none = np.zeros(0)
    found = cooccurrence(Distribution.of(Entries(none.astype(int), none, none, none, 2), True), np.array([3, 2]))
    assert len(found) == 24
    assert all(np.isnan(value).all() and value.shape == (2,) for value in found.values())
