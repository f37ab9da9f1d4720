import numpy as np
import pytest

from evaluation.extraction.engine.counted import Entries
from evaluation.extraction.engine.maximal_correlation import maximal_correlation


def found(*tables, symmetrical=False):
    stacked = np.stack(tables)
    group, i, j = np.nonzero(stacked)
    p = stacked[group, i, j]
    rows, columns = (np.array([table.sum(axis=axis) for table in tables]) for axis in (1, 0))
    if symmetrical:
        kept = i <= j
        group, i, j, p = group[kept], i[kept], j[kept], p[kept]
    entries = Entries.of(group, i, j, np.zeros(len(p)), len(tables))
    return maximal_correlation(entries, 1, symmetrical, p, rows, columns)


def by_definition(p):
    """Give the square root of the second eigenvalue of Q, with what PyRadiomics adds to its divisors."""
    x, y = p.sum(axis=1), p.sum(axis=0)
    kept = (x > 0) & (y > 0)
    p, x, y = p[np.ix_(kept, kept)], x[kept], y[kept]
    q = np.einsum("ik,jk,ik->ij", p, p, 1 / (x[:, None] * y + np.spacing(1)))
    return np.sqrt(np.sort(np.linalg.eigvals(q).real)[-2])


@pytest.mark.parametrize("symmetrical", [True, False])
@pytest.mark.parametrize("rare", [1.0, 1e-6, 1e-174, 1e-310])
def test_the_definition(symmetrical, rare):
    """What is added to the divisors shows where a level is rare, and is followed."""
    tables = []
    for seed in range(5):
        table = np.random.default_rng(seed).random((6, 6)) ** 3
        table[2, 2] += 1
        table[4] *= rare
        table[:, 4] *= rare
        table[5, :5] = table[:5, 5] = 0.0
        table[5, 5] = rare * 1e-2  # a level that is a neighbour of itself only: another eigenvalue of 1
        table = table + table.T if symmetrical else table
        tables.append(table / table.sum())
    expected = [by_definition(table) for table in tables]
    np.testing.assert_allclose(found(*tables, symmetrical=symmetrical), expected, rtol=1e-9)
    if rare < 1:
        assert max(expected) < 1 - 1e-9


def test_many_levels_without_other_neighbours():
    """Of more eigenvalues of 1 than vectors are taken, the second was 3e-8 too small."""
    # Neighbours at 3 mm count exp(-9): so rare that what is added to the divisors shows, and more for some than others.
    tables = [np.diag(np.exp(-9.0 * np.arange(1, 13) / seed)) for seed in (4, 8, 12)]
    for table in tables:
        table[:3, :3] += 1e-3
    tables = [table / table.sum() for table in tables]
    expected = [by_definition(table) for table in tables]
    np.testing.assert_allclose(found(*tables, symmetrical=True), expected, rtol=1e-12)


@pytest.mark.parametrize("rare", [1e-9, 1e-174, 1e-310])
def test_rare_levels_do_not_crowd_the_others_out(rare):
    """Levels that are neighbours at 6 mm only, exp(-36), took all leading vectors: an MCC of 0.957 was 1."""
    second = 0.4
    table = np.zeros((10, 10))
    table[:2, :2] = np.array([[1 + second, 1 - second], [1 - second, 1 + second]]) / 4
    chain = np.diag(np.full(8, 2.0)) + np.diag(np.ones(7), 1) + np.diag(np.ones(7), -1)
    table[2:, 2:] = chain * rare
    table /= table.sum()
    assert by_definition(table) == pytest.approx(second)
    np.testing.assert_allclose(found(table, symmetrical=True), by_definition(table), rtol=1e-9)


def test_independent_levels_have_none():
    assert found(np.outer([0.2, 0.8], [0.5, 0.5])).tolist() == [0.0]
    assert found(np.array([[1.0, 0.0], [0.0, 0.0]])).tolist() == [0.0]


def test_a_permutation_has_all():
    assert found(np.eye(3)[[2, 0, 1]] / 3).tolist() == [pytest.approx(1.0, rel=1e-12)]
