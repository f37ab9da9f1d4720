import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from evaluation.classification import repeated_folds
from evaluation.classification.splits import check_inner_folds
from harmonize.errors import ConfigurationError


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(1, 3))
def test_subjects_stay_together_and_every_row_is_tested_once_a_repeat(seed: int, folds: int, repeats: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(40), rng.integers(1, 4, 40))
    y = (groups % 3 == 0).astype(int)
    found = repeated_folds(y, groups, folds=folds, repeats=repeats, seed=seed)
    assert [(one.repeat, one.fold) for one in found] == [(r, f) for r in range(repeats) for f in range(folds)]
    for one in found:
        assert not set(groups[one.train]) & set(groups[one.test])
        assert sorted([*one.train, *one.test]) == list(range(len(y)))
        assert set(y[one.train]) == {0, 1}
    for repeat in range(repeats):
        tested = np.concatenate([one.test for one in found if one.repeat == repeat])
        assert sorted(tested) == list(range(len(y)))


def test_classes_are_spread_evenly() -> None:
    y = np.repeat([0, 1], [70, 30])
    for fold in repeated_folds(y, np.arange(100), folds=5, repeats=3):
        assert y[fold.test].sum() == 6


def test_a_subject_may_have_rows_of_two_classes() -> None:
    groups = np.repeat(np.arange(20), 2)
    y = np.tile([0, 1], 20)
    for fold in repeated_folds(y, groups, folds=5, repeats=2):
        assert y[fold.test].mean() == 0.5


def test_the_seed_decides_and_repeats_differ() -> None:
    y, groups = np.repeat([0, 1], 20), np.arange(40)
    first, again, other = (repeated_folds(y, groups, repeats=2, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a.test, b.test) for a, b in zip(first, other, strict=True))
    assert not np.array_equal(first[0].test, first[5].test)


def test_a_repeat_is_a_split_of_scikit_learn() -> None:
    y, groups = np.repeat([0, 1], 20), np.arange(40)
    state = int(np.random.SeedSequence(7).generate_state(1)[0])
    wanted = StratifiedGroupKFold(4, shuffle=True, random_state=state).split(y, y, groups)
    for fold, (train, test) in zip(repeated_folds(y, groups, folds=4, repeats=1, seed=7), wanted, strict=True):
        assert np.array_equal(fold.train, train)
        assert np.array_equal(fold.test, test)


def test_too_few_subjects_of_a_class_are_refused_with_what_would_do(golden) -> None:
    y = np.repeat(["sick", "well"], [6, 20])
    groups = np.array([0, 0, 1, 1, 2, 2, *range(3, 23)])
    with golden.error(ConfigurationError):
        repeated_folds(y, groups)


def test_too_few_subjects_for_both_loops_are_refused_once(golden) -> None:
    """ "Use 3 folds or fewer" was followed, and refused again for the inner folds."""
    y, groups = np.repeat([0, 1], 3), np.arange(6)
    with golden.error(ConfigurationError):
        repeated_folds(y, groups, inner_folds=5)
    check_inner_folds(y, groups, repeated_folds(y, groups, folds=3, inner_folds=2), 2)
    with golden.error(ConfigurationError):
        repeated_folds(y[1:], groups[1:], inner_folds=5)


def test_a_class_of_one_subject_is_refused_with_other_advice(golden) -> None:
    with golden.error(ConfigurationError):
        repeated_folds([0, 0, 0, 1], [0, 1, 2, 3], folds=2)


@pytest.mark.parametrize("options", [{"folds": 1}, {"repeats": 0}])
def test_bad_numbers_are_refused(options: dict[str, int], golden) -> None:
    with golden.error(ConfigurationError):
        repeated_folds([0, 1] * 5, range(10), **options)
