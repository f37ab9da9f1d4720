import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr
from sklearn.metrics import roc_auc_score

from evaluation.reliability import icc
from evaluation.tables import check_feature_table, feature_columns
from experiments.simulate.feature_table import CONDITIONS, DIAGNOSIS, FeatureGroup, simulate_cohort
from harmonize.errors import ConfigurationError

THRESHOLDS = (0.0, 0.3, 0.5, 0.7, 0.75, 0.85, 0.9, 0.95)


def best_threshold(cohort, number):
    return max(THRESHOLDS, key=lambda threshold: cohort.expected_auc(threshold, number, number))


def values_of(cohort, condition):
    rows = cohort.table[cohort.table["condition"] == condition]
    return rows[list(cohort.features)].to_numpy(), rows[DIAGNOSIS].to_numpy()


@pytest.fixture(scope="module")
def large():
    """So many subjects that what is measured is what is true."""
    return simulate_cohort(40_000, conditions=("REF+STD", "ACC+DLR"), prevalence=0.3, seed=2)


def test_it_is_a_feature_table_with_a_diagnosis():
    cohort = simulate_cohort(20, prevalence=0.25)
    assert check_feature_table(cohort.table) is cohort.table
    assert tuple(feature_columns(cohort.table)) == cohort.features
    assert tuple(cohort.table["condition"].unique()) == CONDITIONS
    assert (cohort.table.groupby("subject")[DIAGNOSIS].nunique() == 1).all()
    assert cohort.table.groupby("condition")[DIAGNOSIS].sum().tolist() == [5] * 4
    assert (cohort.table[list(cohort.features)] > 0.0).all(axis=None)


def test_the_reliability_of_the_truth_is_that_of_the_table(large):
    pair = np.stack([values_of(large, name)[0].T for name in ("REF+STD", "ACC+DLR")], axis=-1)
    assert icc(pair, form="C,1").estimate == pytest.approx(large.truth["reliability"].to_numpy(), abs=0.02)


def test_the_effect_of_the_truth_is_that_of_the_table(large):
    values, diagnosis = values_of(large, "ACC+DLR")
    healthy, diseased = values[diagnosis == 0], values[diagnosis == 1]
    pooled = np.sqrt(0.7 * healthy.var(axis=0) + 0.3 * diseased.var(axis=0))
    found = (diseased.mean(axis=0) - healthy.mean(axis=0)) / pooled
    assert found == pytest.approx(large.truth["measured_effect"].to_numpy(), abs=0.04)


@pytest.mark.parametrize("threshold", [0.0, 0.75, 0.9])
def test_the_classifier_that_knows_the_truth_reaches_the_optimal_auc_and_reliability(large, threshold):
    kept, scores = large.selected(threshold), []
    for condition in ("REF+STD", "ACC+DLR"):
        values, diagnosis = values_of(large, condition)
        within = np.sqrt(0.7 * values[diagnosis == 0].var(axis=0) + 0.3 * values[diagnosis == 1].var(axis=0))
        scores.append((values / within)[:, kept.index] @ kept["measured_effect"].to_numpy())
        assert roc_auc_score(diagnosis, scores[-1]) == pytest.approx(large.optimal_auc(threshold), abs=0.006)
    found = icc(np.stack(scores, axis=-1), form="C,1").estimate
    assert found == pytest.approx(large.score_reliability(threshold), abs=0.01)


def test_the_optimal_auc_of_one_feature_is_that_of_two_normal_distributions():
    cohort = simulate_cohort(10, groups=[FeatureGroup("One", 1, 1.5, (1.0, 1.0))])
    assert cohort.optimal_auc(0.0) == pytest.approx(ndtr(1.5 / np.sqrt(2)))
    assert cohort.score_reliability(0.0) == pytest.approx(1.0)
    assert cohort.truth["measured_effect"].abs().item() == pytest.approx(1.5)


def test_no_threshold_raises_the_optimal_auc_but_training_has_a_best_one():
    cohort = simulate_cohort()
    optimal = [cohort.optimal_auc(threshold) for threshold in THRESHOLDS]
    assert optimal == sorted(optimal, reverse=True)
    assert best_threshold(cohort, 48) == 0.75
    assert best_threshold(cohort, 10**7) == 0.0  # with endless subjects noise costs nothing
    assert cohort.expected_auc(1.1, 48, 48) == 0.5
    assert np.isnan(cohort.score_reliability(1.1))


def test_the_independence_rule_reaches_the_expected_auc_and_its_best_threshold():
    found = {threshold: [] for threshold in THRESHOLDS}
    for seed in range(40):
        cohort = simulate_cohort(1_000, conditions=("REF+STD",), seed=seed)
        values, diagnosis = values_of(cohort, "REF+STD")
        scaled = values / values[diagnosis == 0].std(axis=0)
        training = np.concatenate([np.flatnonzero(diagnosis == label)[:48] for label in (0, 1)])
        test = np.setdiff1d(np.arange(1_000), training)
        for threshold, aucs in found.items():
            columns = cohort.selected(threshold).index
            learned, labels = scaled[np.ix_(training, columns)], diagnosis[training]
            weights = learned[labels == 1].mean(axis=0) - learned[labels == 0].mean(axis=0)
            aucs.append(roc_auc_score(diagnosis[test], scaled[np.ix_(test, columns)] @ weights))
    means = {threshold: np.mean(aucs) for threshold, aucs in found.items()}
    assert max(means, key=means.get) == best_threshold(cohort, 48)
    for threshold, mean in means.items():
        assert mean == pytest.approx(cohort.expected_auc(threshold, 48, 48), abs=0.02)


def test_only_shifted_groups_shift_and_never_in_the_first_condition():
    groups = [FeatureGroup("Still", 1, 0.0, (0.9, 0.9)), FeatureGroup("Shifted", 1, 0.0, (0.9, 0.9), shift=5.0)]
    one, other = (
        simulate_cohort(50, groups=chosen, seed=3)
        for chosen in (groups, [groups[0], FeatureGroup("Shifted", 1, 0.0, (0.9, 0.9))])
    )
    still, shifted = one.features
    change = one.table[[still, shifted]] - other.table[[still, shifted]]
    assert (change[still] == 0.0).all()
    by_condition = change[shifted].groupby(one.table["condition"])
    assert by_condition.std().max() < 1e-9
    assert by_condition.mean()["REF+STD"] == 0.0
    assert (by_condition.mean().drop("REF+STD").abs() > 1.0).all()


def test_same_seed_same_table():
    pd.testing.assert_frame_equal(simulate_cohort(10, seed=4).table, simulate_cohort(10, seed=4).table)
    assert not simulate_cohort(10, seed=4).table.equals(simulate_cohort(10, seed=5).table)


@pytest.mark.parametrize(
    "arguments",
    [
        {"subjects": 3},
        {"prevalence": 1.0},
        {"conditions": ("a", "a")},
        {"conditions": ()},
    ],
)
def test_refuses_what_cannot_be(arguments, golden):
    with golden.error(ConfigurationError):
        simulate_cohort(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("a b", 1, 0.0, (0.5, 0.5)),
        ("a", -1, 0.0, (0.5, 0.5)),
        ("a", 1, 0.0, (0.0, 0.5)),
    ],
)
def test_refuses_a_group_that_cannot_be(arguments, golden):
    with golden.error(ConfigurationError):
        FeatureGroup(*arguments)
