import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from evaluation.classification import HeldOut, auc, balanced_accuracy, brier, log_loss


def example(n_classes: int = 2, repeats: int = 3, n: int = 60, seed: int = 0, digits: int = 6) -> HeldOut:
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % n_classes
    logits = rng.normal(size=(repeats, n, n_classes)) + 1.5 * (truth[:, None] == np.arange(n_classes))
    probability = np.exp(logits)
    probability = np.round(probability / probability.sum(axis=-1, keepdims=True), digits)
    probability[..., -1] = 1 - probability[..., :-1].sum(axis=-1)
    fold = np.stack([rng.permutation(n) // (n // 4) for _ in range(repeats)])
    return HeldOut(tuple(range(n_classes)), truth, np.arange(n), probability, fold)


def single(held_out: HeldOut) -> HeldOut:
    return HeldOut.of(held_out.truth, held_out.probability[0])


@pytest.mark.parametrize("digits", [6, 1])  # 1: many ties
def test_auc_of_one_model_is_that_of_scikit_learn(digits: int) -> None:
    one = single(example(digits=digits))
    wanted = reference.roc_auc_score(one.truth, one.probability[0, :, 1])
    assert auc(one) == pytest.approx(wanted, abs=1e-12)
    assert auc(one, np.ones(60)) == pytest.approx(wanted, abs=1e-12)


def test_auc_of_folds_is_their_mean_weighted_by_pairs() -> None:
    held_out = example()
    areas, pairs = [], []
    for score, models in zip(held_out.probability[:, :, 1], held_out.fold, strict=True):
        for model in np.unique(models):
            here = models == model
            areas.append(reference.roc_auc_score(held_out.truth[here], score[here]))
            pairs.append(held_out.truth[here].sum() * (1 - held_out.truth[here]).sum())
    assert auc(held_out) == pytest.approx(np.average(areas, weights=pairs), abs=1e-12)


def test_auc_of_three_classes_is_the_mean_of_each_against_the_rest() -> None:
    one = single(example(3))
    wanted = reference.roc_auc_score(one.truth, one.probability[0], multi_class="ovr", average="macro")
    assert auc(one) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_others_are_those_of_scikit_learn_averaged_over_repeats(n_classes: int) -> None:
    held_out = example(n_classes)
    truth, members = held_out.truth, held_out.truth[:, None] == np.arange(n_classes)
    losses, accuracies, squares = [], [], []
    for probability in held_out.probability:
        losses.append(reference.log_loss(truth, probability))
        accuracies.append(reference.balanced_accuracy_score(truth, probability.argmax(axis=1)))
        if n_classes == 2:
            squares.append(reference.brier_score_loss(truth, probability[:, 1]))
        else:
            squares.append(((probability - members) ** 2).sum(axis=1).mean())
    assert log_loss(held_out) == pytest.approx(np.mean(losses), abs=1e-12)
    assert balanced_accuracy(held_out) == pytest.approx(np.mean(accuracies), abs=1e-12)
    assert brier(held_out) == pytest.approx(np.mean(squares), abs=1e-12)


@pytest.mark.parametrize("metric", [auc, balanced_accuracy, brier, log_loss])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_weight_counts_a_row_so_often(metric, n_classes: int) -> None:
    held_out = example(n_classes)
    weights = np.random.default_rng(1).integers(0, 3, size=(4, 60))
    found = metric(held_out, weights)
    assert found.shape == (4,)
    for weight, value in zip(weights, found, strict=True):
        rows = np.repeat(np.arange(60), weight)
        drawn = HeldOut(
            held_out.classes,
            held_out.truth[rows],
            np.arange(len(rows)),
            held_out.probability[:, rows],
            held_out.fold[:, rows],
        )
        assert value == pytest.approx(metric(drawn), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_auc_depends_on_ranks_within_a_model_only(seed: int) -> None:
    held_out = example(seed=seed)
    score = held_out.probability[:, :, 1] ** 3 * 0.5
    score = np.where(held_out.fold == 1, score / 7, score)  # another scale for one model
    moved = HeldOut(
        held_out.classes, held_out.truth, held_out.subjects, np.stack([1 - score, score], -1), held_out.fold
    )
    assert auc(moved) == pytest.approx(auc(held_out), abs=1e-12)


def test_pooled_scores_would_depend_on_the_scale_of_each_model() -> None:
    """Regression: chance models of other scale must give chance, whatever the share of cases in their folds."""
    truth = np.array([1, 1, 1, 0, 1, 0, 0, 0])
    score = np.array([[0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9]])
    fold = np.array([[0, 0, 0, 0, 1, 1, 1, 1]])
    assert auc(HeldOut((0, 1), truth, np.arange(8), np.stack([1 - score, score], -1), fold)) == 0.5
    assert reference.roc_auc_score(truth, score[0]) == 0.25


def test_what_cannot_be_computed_is_nan() -> None:
    assert np.isnan(auc(HeldOut.of([1, 1], [0.4, 0.6], classes=(0, 1))))
    assert np.isnan(balanced_accuracy(HeldOut.of([1, 1], [0.4, 0.6], classes=(0, 1))))
    assert np.isnan(log_loss(HeldOut.of([0, 1], [0.4, 0.0])))


def test_hanley_mcneil_1982() -> None:
    """Ratings of 109 CT images, table I of Hanley & McNeil 1982: the area by Wilcoxon is 0.893."""
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    rating = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9] * 2, [*normal, *abnormal])
    truth = np.repeat([0, 1], [58, 51])
    assert float(auc(HeldOut.of(truth, rating))) == pytest.approx(0.893, abs=5e-4)
