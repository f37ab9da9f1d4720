import numpy as np
import pytest

from evaluation.comparison.margins import margins_at, moves
from evaluation.comparison.shares import share_limits
from evaluation.reliability.criteria import Criterion
from evaluation.reliability.icc import icc
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.weighted import WeightedPairs, WithoutEach


def test_a_share_that_no_draw_moves_has_no_limits():
    lower, upper = share_limits(np.full((801, 3), [0.0, 0.5, 1.0]), 0.95, np.array([[0.0] * 3, [1.0] * 3]))
    assert lower.tolist() == pytest.approx([0, np.nan, 1], nan_ok=True)
    assert upper.tolist() == pytest.approx([0, np.nan, 1], nan_ok=True)


def correlated(rng, number, n, noise):
    """Make skewed studies (number, features, subjects, 2) of three dimensions, as radiomic features have."""
    loading = np.random.default_rng(9).normal(size=(len(noise), 3))
    loading *= 0.95 / np.linalg.norm(loading, axis=1, keepdims=True)
    truth = np.einsum("fd,rnd->rfn", loading, rng.normal(size=(number, n, 3)))
    truth = truth + 0.3 * rng.normal(size=truth.shape)
    truth[:, ::3] = np.exp(0.8 * truth[:, ::3])
    error = np.einsum("fd,rnkd->rfnk", loading, rng.normal(size=(number, n, 2, 3)))
    return truth[..., None] + noise[:, None, None] * (error + 0.3 * rng.normal(size=error.shape))


@pytest.mark.parametrize(("n", "worst"), [(8, 0.6), (17, 0.6), (8, 0.25)])
def test_the_expected_share_is_covered(n, worst):
    noise, rng = np.linspace(0.1, worst, 40), np.random.default_rng(10)
    expected = np.mean(icc(correlated(rng, 1500, n, noise), level=None).estimate > 0.9)
    weights = WithoutEach(n)
    drawn, threshold = moves(n, 0), Criterion("icc", limit=0.9)
    covered, widths, of_count = [], [], []
    for study in correlated(rng, 150, n, noise):
        estimates = WeightedPairs.of(study[None], weights).icc()
        found = margins_at(threshold, ("ACC+STD",), estimates)
        lower, upper = share_limits(found.drawn(drawn).mean(axis=2), 0.95, found.told.mean(axis=2))
        covered.append(lower.item() <= expected <= upper.item())
        widths.append(upper.item() - lower.item())
        count = (estimates[:, 0] > 0.9).mean(axis=-1)
        limits = jackknife(count[0], count[1:])
        of_count.append(float(np.clip(limits.upper, 0, 1) - np.clip(limits.lower, 0, 1)))

    assert np.mean(covered) >= 0.92
    assert np.mean(widths) < np.mean(of_count) or worst < 0.5
