import numpy as np
from numpy.testing import assert_array_equal

from evaluation.extraction.engine.counted import DENSE, Entries, counted, summed


def test_dense_and_sparse_counts_are_the_same():
    keys = np.random.default_rng(0).integers(0, 50, 400)
    for dense, sparse in zip(counted(keys, 50), counted(keys, 100 * DENSE), strict=True):
        assert_array_equal(dense, sparse)


def entries(i, j, n, group=(0, 0, 2), n_groups=3):
    return Entries.of(*(np.array(part) for part in (group, i, j, n)), n_groups)


def test_margins_are_sums_by_index_dense_or_not():
    for far in (7, DENSE):
        found = entries([1, far, far], [1, 1, 1], [2, 3, 4])
        margin = found.margin(found.i, found.n)
        assert margin.group.tolist() == [0, 0, 2]
        assert margin.at.tolist() == [1, far, far]
        assert margin.mass.tolist() == [2, 3, 4]
        assert margin.squares().tolist() == [13, 0, 16]
        assert margin.counts().tolist() == [2, 0, 1]
        assert margin.mean(margin.at).tolist() == [2 + 3 * far, 0, 4 * far]
    assert found.margin(np.array([0.0, 1, 1]), found.n).table(2).tolist() == [[2, 3], [0, 0], [0, 4]]


def test_directions_are_merged_by_their_weights():
    found = Entries.of(*(np.array(part) for part in ([0, 1, 2, 3], [1, 1, 1, 2], [1, 1, 1, 1], [1, 2, 4, 8])), 4)
    merged = found.merged(np.array([1.0, 0.5]))  # two directions of two ROIs
    assert merged.n_groups == 2
    assert merged.group.tolist() == [0, 1, 1]
    assert merged.i.tolist() == [1, 1, 2]
    assert merged.n.tolist() == [3, 2, 4]


def test_nothing_is_a_sum_of_floats():
    none = np.zeros(0)
    assert summed(none.astype(int), none, 2).dtype == np.float64
    assert Entries(none.astype(int), none, none, none, 2).margin(none, none).entropy().tolist() == [0, 0]
