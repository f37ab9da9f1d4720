import numpy as np
import pandas as pd

from evaluation.batch_effects.split import check_unfitted, check_unseen, folds_of, parts_of
from harmonize.combat import BatchZScore
from harmonize.errors import ConfigurationError


def test_no_subject_is_split_and_batches_are_spread():
    subjects, batches = np.repeat(np.arange(50), 2), np.repeat(np.arange(50) < 20, 2)
    fold = folds_of(subjects, batches)
    assert len(np.unique(fold)) == 10
    assert all(len(np.unique(fold[subjects == one])) == 1 for one in range(50))
    assert {int(batches[fold == one].sum()) for one in range(10)} == {4}


def test_few_subjects_are_left_out_one_by_one():
    assert len(np.unique(folds_of(np.repeat(np.arange(17), 4), np.tile(list("abcd"), 17)))) == 17
    assert len(np.unique(folds_of(np.arange(30), ["a", "b"] * 15, 5))) == 5


def test_one_subject_is_refused(golden):
    with golden.error(ConfigurationError):
        folds_of(["A", "A"], ["x", "y"])


def test_subjects_that_were_learned_from_are_refused_by_name(golden):
    subjects = np.array(["S1", "S1", "S2", "S2", "S3"])
    with golden.error(ConfigurationError):
        check_unseen(subjects, np.array([0, 2, 4]), np.array([1]), "fold 1")
    with golden.error(ConfigurationError):
        check_unseen(subjects, np.array([0, 2, 4]), np.array([1, 3]), "fold 1")
    for learned, judged in parts_of(folds_of(subjects, list("xyxyx"))):
        check_unseen(subjects, learned, judged, "fold")


def test_a_fitted_harmonizer_is_refused(golden):
    model = BatchZScore("scan")
    check_unfitted(model, "mine")
    model.fit(pd.DataFrame({"scan": ["a"] * 20 + ["b"] * 20, "x": np.arange(40.0)}))
    with golden.error(ConfigurationError):
        check_unfitted(model, "mine")
