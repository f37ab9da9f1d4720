import warnings

import numpy as np
import pytest

from evaluation.classification.fold_runs import assemble, run_folds
from evaluation.classification.splits import Fold, repeated_folds
from harmonize.errors import ConfigurationError

Y, WHO = np.array(["no", "yes"] * 10), np.arange(20) // 2
FOLDS = repeated_folds(Y, WHO, folds=2, repeats=3)


def numbers(fold: Fold) -> tuple[int, int]:
    return fold.repeat, fold.fold


def warn(fold: Fold) -> None:
    for _ in range(3):
        warnings.warn("did not converge\nsee the manual", UserWarning, stacklevel=1)
    if fold.repeat == 1:
        warnings.warn("and something else", UserWarning, stacklevel=1)


def fail(fold: Fold) -> None:
    if numbers(fold) == (2, 1):
        raise ValueError("X has NaN\nsee the manual")


def refuse(fold: Fold) -> None:
    if numbers(fold) == (1, 0):
        raise ConfigurationError("two things:\n- one\n- two")


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_stand_in_the_order_of_the_folds(jobs: int) -> None:
    runs = run_folds(numbers, FOLDS, jobs)
    assert runs.results == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert runs.notes == ()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_warning_counts_once_a_fold(jobs: int) -> None:
    notes = run_folds(warn, FOLDS, jobs).notes
    assert notes == ("in 6 of 6 folds: did not converge", "in 2 of 6 folds: and something else")


def few(fold: Fold) -> None:
    """As ComBat warns of what it learned from the rows of a fold and of its inner folds."""
    for rows in (11, 12) if fold.fold else (7, 11):
        warnings.warn(f"fewer than 20 rows: '2' ({rows}), 'b 3' (9)", UserWarning, stacklevel=1)


def other(fold: Fold) -> None:
    warnings.warn(f"batch '{fold.fold}'", UserWarning, stacklevel=1)
    warnings.warn(f"width 0.{fold.fold}, T{fold.fold}", UserWarning, stacklevel=1)


def test_a_remark_with_other_counts_in_inner_folds_is_one_remark_with_their_range():
    # It was printed once for each count, and each line named the folds that had this one.
    assert run_folds(few, FOLDS).notes == ("in 6 of 6 folds: fewer than 20 rows: '2' (7 to 12), 'b 3' (9)",)


def test_what_is_no_count_is_no_range():
    notes = run_folds(other, FOLDS).notes
    assert notes == tuple(
        f"in 3 of 6 folds: {said}" for said in ("batch '0'", "width 0.0, T0", "batch '1'", "width 0.1, T1")
    )


@pytest.mark.parametrize(("task", "jobs"), [(fail, 1), (refuse, 1), (refuse, 2)])
def test_an_error_names_its_fold(task, jobs: int, golden) -> None:
    with golden.error(ConfigurationError):
        run_folds(task, FOLDS, jobs)


def test_predictions_stand_in_the_rows_that_were_tested() -> None:
    parts = [np.stack([fold.test / 100, 1 - fold.test / 100], axis=1) for fold in FOLDS]
    held_out = assemble(Y, WHO, FOLDS, parts)
    assert held_out.classes == ("no", "yes")
    np.testing.assert_array_equal(held_out.truth, np.arange(20) % 2)
    np.testing.assert_array_equal(held_out.subjects, WHO)
    np.testing.assert_array_equal(held_out.probability[:, :, 0], np.tile(np.arange(20) / 100, (3, 1)))
    for fold in FOLDS:
        assert set(held_out.fold[fold.repeat, fold.test]) == {fold.fold}
