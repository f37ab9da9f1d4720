import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonize.combat.moments import batch_moments, without_rows


def table(seed=0, n=40, p=7, gaps=True):
    rng = np.random.default_rng(seed)
    values, codes = rng.normal(size=(n, p)), rng.integers(0, 3, n)
    if gaps:
        values[rng.random((n, p)) < 0.1] = np.nan
    return values, codes


def test_equals_numpy_per_batch():
    values, codes = table()
    moments = batch_moments(values, codes, 3)
    for batch in range(3):
        rows = values[codes == batch]
        np.testing.assert_array_equal(moments.count[batch], np.isfinite(rows).sum(axis=0))
        np.testing.assert_allclose(moments.mean[batch], np.nanmean(rows, axis=0), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(moments.squares[batch], np.nanvar(rows, axis=0) * moments.count[batch], rtol=1e-12)


def test_keeps_its_digits_far_from_zero():
    values, codes = table(gaps=False)
    far = np.round(values, 6) + 2.0**26
    moments, near = batch_moments(far, codes, 3), batch_moments(far - 2.0**26, codes, 3)
    np.testing.assert_allclose(moments.squares, near.squares, rtol=1e-12)


def test_constant_means_equal_but_for_rounding():
    """Regression: two values that differ in the last bit were a scale, by which others were blown up to -1.5e8."""
    rounded = np.nextafter(1e8, 2e8)
    values = np.array([[0.1, 1e8, 0.0, 1.0, 1.0], [0.1, rounded, 0.0, np.nan, 1 + 1e-12], [0.1, 1e8, 0.0, np.nan, 1.0]])
    moments = batch_moments(values, np.zeros(3, dtype=int), 1)
    assert moments.constant.tolist() == [[True, True, True, False, False]]
    assert moments.squares[0, 0] == 0.0


def test_an_empty_batch_has_no_mean():
    moments = batch_moments(np.ones((2, 1)), np.zeros(2, dtype=int), 2)
    assert moments.count[1, 0] == 0
    assert np.isnan(moments.mean[1, 0])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), offset=st.sampled_from([0.0, 1e6]))
def test_taking_rows_out_equals_never_having_had_them(seed, offset):
    values, codes = table(seed)
    values += offset
    values[codes == 1, 0] = 5.0
    values[3, 0] = 6.0
    removed = np.random.default_rng(seed).choice(len(values), 8, replace=False)
    removed[0] = 3
    found = without_rows(batch_moments(values, codes, 3), values, codes, removed)
    keep = np.setdiff1d(np.arange(len(values)), removed)
    expected = batch_moments(values[keep], codes[keep], 3)
    np.testing.assert_array_equal(found.count, expected.count)
    np.testing.assert_array_equal(found.constant, expected.constant)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.squares, expected.squares, rtol=1e-8, atol=1e-12 * max(offset, 1.0))


def test_taking_out_the_row_that_dwarfs_the_others_keeps_their_digits():
    values = np.array([[1e9], [1.0], [2.0], [4.0]])
    codes = np.zeros(4, dtype=int)
    found = without_rows(batch_moments(values, codes, 1), values, codes, np.array([0]))
    assert found.squares[0, 0] == pytest.approx(14.0 / 3.0, rel=1e-14)
