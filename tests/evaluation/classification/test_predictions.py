import numpy as np

from evaluation.classification import HeldOut, HeldOutNumbers
from evaluation.classification.predictions import arranged
from evaluation.classification.splits import repeated_folds


def test_rows_of_a_model_are_subjects_numbered_anew() -> None:
    found = HeldOutNumbers.of([1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 2.0, 2.0], ["b", "a", "c", "c"])
    part = found.of_rows(0, np.array([True, False, True, True]))
    assert (part.n_rows, part.n_subjects, part.subjects.tolist()) == (3, 2, [0, 1, 1])
    assert part.predicted.tolist() == [[1.0, 2.0, 2.0]]


def test_predictions_of_another_kind_or_other_rows_are_not_the_same() -> None:
    found = HeldOutNumbers.of([1.0, 0.0], [1.0, 1.0])
    assert found.same_rows(HeldOutNumbers.of([1.0, 0.0], [5.0, 6.0]))
    assert not found.same_rows(HeldOutNumbers.of([1.0, 0.5], [1.0, 1.0]))
    assert not found.same_rows(HeldOut.of([1, 0], [0.5, 0.5]))


def test_every_row_gets_the_prediction_of_its_fold() -> None:
    folds = repeated_folds(np.arange(20) % 2, np.arange(20), folds=4, repeats=3)
    parts = [np.column_stack([fold.test, np.full(len(fold.test), fold.repeat)]) for fold in folds]
    values, number = arranged(folds, parts, 20)
    assert values[..., 0].tolist() == [list(range(20))] * 3
    assert values[..., 1].tolist() == [[repeat] * 20 for repeat in range(3)]
    assert all((number[fold.repeat, fold.test] == fold.fold).all() for fold in folds)
