import numpy as np

from harmonize.combat.drawn_moments import DrawnMoments, ScaledDraws

BATCH_OF = np.array([0, 1, 1])


def draws(missing=False):
    """Make two draws of three scans of six subjects with four features, far from 0."""
    values = 1e6 + np.random.default_rng(1).normal(size=(3, 6, 2, 4))
    if missing:
        values[1, 2, :, 3] = np.nan
    return values


def moments(raw):
    scaled = ScaledDraws.of(raw, BATCH_OF)
    return scaled, [DrawnMoments.of(*(part.sum(axis=0, keepdims=True) for part in own)) for own in scaled.of_each]


def test_moments_are_those_of_the_values_of_a_batch():
    for raw in (draws(), draws(missing=True)):
        scaled, found = moments(raw)
        for batch, one in enumerate(found):
            rows = raw[batch == BATCH_OF].reshape(-1, 2, 4)
            np.testing.assert_allclose(one.mean[0] * scaled.unit + scaled.centre, np.nanmean(rows, axis=0), rtol=1e-14)
            squares = np.nansum((rows - np.nanmean(rows, axis=0)) ** 2, axis=0)
            np.testing.assert_allclose(one.squares[0] * scaled.unit**2, squares, rtol=1e-8)
            np.testing.assert_array_equal(np.broadcast_to(one.count[0], squares.shape), np.isfinite(rows).sum(axis=0))
            assert not one.constant.any()


def test_values_come_back_from_their_scale():
    raw = draws()
    scaled = ScaledDraws.of(raw, BATCH_OF)
    assert scaled.known is None
    np.testing.assert_allclose(scaled.values * scaled.unit + scaled.centre, raw, rtol=1e-15)
    gaps = ScaledDraws.of(draws(missing=True), BATCH_OF)
    assert gaps.known is not None
    np.testing.assert_array_equal(gaps.values[~gaps.known], 0)


def test_equal_values_are_constant_whatever_rounding_left():
    raw = draws()
    raw[1:, :, :, 2] = 0.1
    found = moments(raw)[1]
    np.testing.assert_array_equal(found[1].constant[0].all(axis=0), np.arange(4) == 2)
    np.testing.assert_array_equal(found[1].squares[found[1].constant], 0)
    assert not found[0].constant.any()
