import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from evaluation.batch_effects.logistic import ClassFit, _minima, _of_intercept, _stack, _task, told_classes


def made(n_classes, apart, n, n_features):
    rng = np.random.default_rng(n_classes + n_features)
    codes = np.arange(n) % n_classes
    towards = rng.choice([-1, 1], n_features)
    seen = rng.normal(size=(n, n_features)) + apart * codes[:, None] * towards
    unseen = rng.normal(size=(300, n_features)) + apart * rng.integers(n_classes, size=(300, 1)) * towards
    return ClassFit(seen, codes, unseen)


FITS = [
    made(n_classes, apart, n, n_features)
    for n_classes in (2, 3, 4)
    for apart in (0.0, 0.5, 8.0)
    for n, n_features in ((54, 20), (52, 93), (56, 93))
]


def test_weights_are_where_scikit_learn_ends_when_it_takes_its_time():
    for fit in FITS:
        expected = LogisticRegression(max_iter=100_000, tol=1e-10).fit(fit.seen, fit.codes)
        task = _task(fit)
        (weights,) = _minima(_stack([task]))
        found = task.back @ weights[:-1]
        intercept = weights[-1] * _of_intercept(len(fit.seen)) - task.mean @ found
        np.testing.assert_allclose(found.T, expected.coef_, atol=1e-4)
        np.testing.assert_allclose(intercept, expected.intercept_, rtol=1e-3, atol=1e-3)


def test_many_fits_at_once_tell_what_each_tells_by_itself_and_what_scikit_learn_tells():
    together = told_classes(FITS)
    for fit, told in zip(FITS, together, strict=True):
        assert told_classes([fit])[0].tolist() == told.tolist()
        expected = LogisticRegression(max_iter=10_000, tol=1e-8).fit(fit.seen, fit.codes).predict(fit.unseen)
        assert told.tolist() == expected.tolist()


def test_more_than_memory_has_room_for_goes_by_parts(monkeypatch):
    expected = told_classes(FITS)
    monkeypatch.setattr("evaluation.batch_effects.logistic._AT_ONCE", 5000)
    assert [told.tolist() for told in told_classes(iter(FITS))] == [told.tolist() for told in expected]


@pytest.mark.parametrize("codes", [[0, 0, 1, 1], [0, 1, 2, 2]])
def test_large_scores_do_not_overflow(codes):
    seen = np.array([[-1e4], [-2e4], [1e4], [3e4]])
    (told,) = told_classes([ClassFit(seen, np.array(codes), seen)])
    assert told[2:].tolist() == codes[2:]


def test_of_a_single_class_there_is_nothing_to_learn():
    rows = np.ones((3, 2))
    assert told_classes([ClassFit(rows, np.zeros(3, dtype=np.intp), rows)])[0].tolist() == [0, 0, 0]
