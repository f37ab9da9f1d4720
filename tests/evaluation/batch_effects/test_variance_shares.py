import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from evaluation.batch_effects.variance_shares import indicators, share_explained, within


def adjusted(x, y, base):
    """One minus the ratio of residual mean squares, by least squares of scikit-learn."""
    squares = []
    for columns in (base, np.hstack([base, x])):
        rest = y - LinearRegression(fit_intercept=False).fit(columns, y).predict(columns)
        squares.append((rest**2).sum() / (len(y) - np.linalg.matrix_rank(columns)))
    return 1 - squares[1] / squares[0]


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    codes, age = rng.integers(0, 3, 60), rng.normal(size=(60, 1))
    values = rng.normal(size=(60, 4)) ** 3 + codes[:, None] * [0, 0.5, 1, 3] + age * [0, 1, 2, 3]
    return values, codes, np.hstack([np.ones((60, 1)), age])


def test_equals_least_squares_with_and_without_the_batch(rows):
    values, codes, base = rows
    found = share_explained(values, indicators(codes), base, np.ones((1, 60)))[0]
    np.testing.assert_allclose(found, [adjusted(indicators(codes), one, base) for one in values.T])


def test_a_draw_is_what_its_rows_written_below_one_another_are(rows):
    values, codes, base = rows
    counts = np.random.default_rng(1).multinomial(60, np.full(60, 1 / 60), 3)
    found = share_explained(values, indicators(codes), base, counts.astype(float))
    for share, of_draw in zip(found, counts, strict=True):
        at = np.repeat(np.arange(60), of_draw)
        np.testing.assert_allclose(
            share, share_explained(values[at], indicators(codes)[at], base[at], np.ones((1, 60)))[0]
        )


def test_a_batch_that_a_draw_lacks_costs_no_degree_of_freedom(rows):
    values, codes, base = rows
    there = codes != 2
    found = share_explained(values, indicators(codes), base, there[None].astype(float))
    few = share_explained(values[there], indicators(codes)[there][:, :1], base[there], np.ones((1, there.sum())))
    np.testing.assert_allclose(found, few)


def test_is_zero_on_average_where_there_is_no_effect():
    values, codes = np.random.default_rng(2).normal(size=(20, 4000)), np.arange(20) % 4
    found = share_explained(values, indicators(codes), np.ones((20, 1)), np.ones((1, 20)))
    assert abs(found.mean()) < 0.01


def test_within_subjects_it_is_the_share_beside_the_error():
    # Two rows of each subject: what subjects differ by is in neither, however large it is.
    rng = np.random.default_rng(3)
    owners, codes = np.repeat(np.arange(200), 2), np.tile([0, 1], 200)
    values = 1000 * rng.normal(size=(200, 5))[owners] + rng.normal(size=(400, 5)) + 2 * codes[:, None]
    parts = within(values, owners), within(indicators(codes), owners)
    found = share_explained(*parts, np.empty((400, 0)), np.ones((1, 400)), np.array([200.0]))
    np.testing.assert_allclose(found, 2 / 3, atol=0.06)  # 2**2 / 4 * 2 between, 1 within


def test_a_feature_that_does_not_vary_has_none(rows):
    _, codes, base = rows
    assert np.isnan(share_explained(np.full((60, 1), 0.1), indicators(codes), base, np.ones((1, 60)))).all()
