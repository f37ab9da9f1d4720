import numpy as np

from evaluation.classification.models import make_model
from evaluation.classification.splits import repeated_folds
from selection.sweep.feature_reliability import KnownReliability
from selection.sweep.folds import Data, run_fold
from selection.sweep.training import Recipe


def test_ties_of_the_inner_auc_are_broken_by_log_loss():
    """One feature has the same AUC under every penalty; the largest one gave everybody the prevalence."""
    y = np.arange(120) % 2
    values = np.random.default_rng(0).normal(size=(120, 1)) + 2.0 * y[:, None]
    data = Data(values, y, np.arange(120), KnownReliability(np.array([0.9])))
    fold = repeated_folds(y, np.arange(120), repeats=1)[0]
    found = run_fold(data, (0.5,), Recipe(make_model("logistic"), prune=None), 5, 0, fold)
    brier = np.mean((found.predicted[0, :, 1] - y[fold.test]) ** 2)
    assert brier < 0.18
