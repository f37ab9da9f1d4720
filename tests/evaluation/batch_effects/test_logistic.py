import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from evaluation.batch_effects.logistic import _weights, told_classes


@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize("apart", [0.0, 0.5, 8.0])
def test_equals_scikit_learn(n_classes, apart):
    rng = np.random.default_rng(n_classes)
    codes = np.arange(54) % n_classes
    seen = rng.normal(size=(54, 20)) + apart * codes[:, None] * rng.choice([-1, 1], 20)
    unseen = rng.normal(size=(300, 20)) + apart * rng.integers(n_classes, size=(300, 1))
    expected = LogisticRegression(max_iter=1000).fit(seen, codes)
    told = codes[:, None].astype(float) if n_classes == 2 else np.eye(n_classes)[codes]
    found = _weights(seen, told)
    if apart < 1:  # beyond, rounding tells at which step the optimizer stops
        np.testing.assert_allclose(found[:-1].T, expected.coef_, atol=1e-7)
        np.testing.assert_allclose(found[-1], expected.intercept_, atol=1e-7)
    assert told_classes(seen, codes, unseen).tolist() == expected.predict(unseen).tolist()


def test_large_scores_do_not_overflow():
    seen = np.array([[-1e4], [-2e4], [1e4], [3e4]])
    assert told_classes(seen, np.array([0, 0, 1, 1]), seen).tolist() == [0, 0, 1, 1]
    assert told_classes(seen, np.array([0, 1, 2, 2]), seen)[2:].tolist() == [2, 2]
