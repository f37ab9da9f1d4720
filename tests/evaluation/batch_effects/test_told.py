import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from evaluation.batch_effects.logistic import told_classes
from evaluation.batch_effects.told import area_under_curve, component_fit, told_beyond_chance


@pytest.mark.parametrize("classes", [2, 4])
def test_beyond_chance_equals_scikit_learn(classes):
    rng = np.random.default_rng(0)
    truth = rng.permutation(np.arange(80) % classes)
    told = np.where(rng.random(80) < 0.5, truth, rng.integers(0, classes, 80))
    weights = rng.integers(0, 3, (3, 80)).astype(float)
    found = told_beyond_chance(told == truth, truth, weights)
    wanted = [balanced_accuracy_score(truth, told, sample_weight=one, adjusted=True) for one in weights]
    np.testing.assert_allclose(found, wanted)


def test_area_equals_scikit_learn_with_ties_and_several_classes():
    rng = np.random.default_rng(1)
    truth = np.arange(60) % 3
    scores = np.round(rng.normal(size=(60, 3)) + np.eye(3)[truth], 1)
    weights = rng.integers(0, 3, (4, 60)).astype(float)
    two = area_under_curve(scores[:, 1:2], (truth == 1).astype(int), weights)
    wanted = [roc_auc_score(truth == 1, scores[:, 1], sample_weight=one) for one in weights]
    np.testing.assert_allclose(two, wanted)
    several = area_under_curve(scores, truth, weights)
    each = [[roc_auc_score(truth == k, scores[:, k], sample_weight=one) for k in range(3)] for one in weights]
    np.testing.assert_allclose(several, np.mean(each, axis=1))


def told(values, codes, owners=None):
    learned, judged = np.flatnonzero(np.arange(len(codes)) % 4), np.flatnonzero(np.arange(len(codes)) % 4 == 0)
    found = told_classes([component_fit(values, codes, learned, judged, owners)])[0]
    return float((found == codes[judged]).mean())


def test_sees_scales_and_correlations_that_differ_and_nothing_where_nothing_does():
    rng = np.random.default_rng(2)
    codes = np.repeat([0, 1], 200)[rng.permutation(400)]
    noise = rng.normal(size=(400, 20))
    common = 2 * rng.normal(size=(400, 1))
    signs = np.where(np.arange(20) % 2, 1.0, np.where(codes[:, None] == 1, -1.0, 1.0))
    assert 0.35 < told(noise, codes) < 0.65
    assert told(noise * np.where(codes == 1, 2.0, 1.0)[:, None], codes) > 0.85
    assert told(noise + common * signs, codes) > 0.7


def test_sees_a_shift_within_subjects_who_differ_much_more():
    rng = np.random.default_rng(3)
    owners, codes = np.repeat(np.arange(100), 2), np.tile([0, 1], 100)
    values = 30 * rng.normal(size=(100, 20))[owners] + rng.normal(size=(200, 20)) + codes[:, None]
    learned, judged = np.flatnonzero(owners % 4), np.flatnonzero(owners % 4 == 0)
    found = told_classes([component_fit(values, codes, learned, judged, owners)])[0]
    assert (found == codes[judged]).mean() > 0.9
