import numpy as np
import pytest

from harmonize.combat.found_batches import Mixture, find_batches


def rows(rng, sizes, apart):
    return np.concatenate([rng.normal(size=(n, 2)) + apart * np.array([i, -i]) for i, n in enumerate(sizes)])


@pytest.mark.parametrize("sizes", [(60,), (40, 20), (30, 30, 30)])
def test_their_number_and_rows_are_found(sizes):
    scores = rows(np.random.default_rng(0), sizes, 6.0)
    found = find_batches(scores, most=5, least_share=0.1)
    np.testing.assert_array_equal(np.bincount(found.assign(scores)), sizes)


def test_rows_are_assigned_as_by_scikit_learn():
    from sklearn.mixture import GaussianMixture

    scores = rows(np.random.default_rng(1), (40, 40), 2.0)
    model = GaussianMixture(2, random_state=0).fit(scores)
    ours = Mixture(model.weights_, model.means_, model.covariances_)
    np.testing.assert_array_equal(ours.assign(scores), model.predict(scores))


def test_a_skewed_feature_is_no_two_batches():
    """BIC alone finds two in most such samples, as the benchmark says."""
    scores = np.exp(np.random.default_rng(2).normal(size=(200, 1)) * 0.7)
    assert len(find_batches(scores, most=4, least_share=0.1).weights) == 1


def test_separation_is_that_of_ashman():
    two = Mixture(np.array([0.5, 0.5]), np.array([[0.0], [3.0]]), np.array([[[1.0]], [[4.0]]]))
    assert two.separation() == pytest.approx(np.sqrt(2.0) * 3.0 / np.sqrt(1.0 + 4.0))


def test_few_rows_are_no_batch():
    scores = rows(np.random.default_rng(3), (60, 8), 9.0)
    assert len(find_batches(scores, most=2, least_share=0.1).weights) == 1
    assert len(find_batches(scores[:12], most=2, least_share=0.1).weights) == 1
