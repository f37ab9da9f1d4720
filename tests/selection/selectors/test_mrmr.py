from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import f_classif, mutual_info_classif
from sklearn.utils.estimator_checks import check_estimator

from harmonize.errors import ConfigurationError
from selection.selectors.mrmr import MRMR, mrmr_ranking


@pytest.mark.parametrize(
    "estimator", [MRMR(), MRMR(2, relevance="mutual_information", scheme="difference", random_state=0)]
)
def test_the_contract_of_scikit_learn(estimator):
    check_estimator(estimator, on_skip=None)


def by_the_book(values, relevance, n_features, scheme):
    """The definition of Ding & Peng, each step from scratch."""
    correlation = np.abs(np.corrcoef(values, rowvar=False))
    chosen = [int(np.argmax(relevance))]
    while len(chosen) < n_features:
        best, best_score = -1, -np.inf
        for j in range(values.shape[1]):
            if j not in chosen:
                redundancy = np.mean([correlation[j, i] for i in chosen])
                score = relevance[j] / redundancy if scheme == "quotient" else relevance[j] - redundancy
                if score > best_score:
                    best, best_score = j, score
        chosen.append(best)
    return chosen


@pytest.mark.parametrize("scheme", ["quotient", "difference"])
@pytest.mark.parametrize("seed", range(3))
def test_it_follows_the_definition(scheme, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 15)) + rng.normal(size=(60, 15))
    y = rng.integers(0, 3, 60)
    relevance = f_classif(values, y)[0]
    selector = MRMR(8, scheme=scheme).fit(values, y)
    assert selector.relevance_ == pytest.approx(relevance)
    assert selector.ranking_.tolist() == by_the_book(values, relevance, 8, scheme)


def test_mutual_information_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    values, y = rng.normal(size=(80, 6)), np.repeat([0, 1], 40)
    values[:, 2] += y
    selector = MRMR(3, relevance="mutual_information", random_state=1).fit(values, y)
    relevance = mutual_info_classif(values, y, random_state=1)
    assert selector.relevance_ == pytest.approx(relevance)
    assert selector.ranking_.tolist() == by_the_book(values, relevance, 3, "quotient")


def test_a_hand_worked_example():
    # columns 0 and 1 correlate perfectly, 2 is orthogonal to both: 2.9 / 1 against 1 / ~0
    values = np.array([[-1.0, -2, 1], [-1, -2, -1], [1, 2, 1], [1, 2, -1]])
    assert mrmr_ranking(values, np.array([3.0, 2.9, 1.0]), 3).tolist() == [0, 2, 1]
    # difference: 2.9 - 1 = 1.9 against 1 - 0 = 1
    assert mrmr_ranking(values, np.array([3.0, 2.9, 1.0]), 3, "difference").tolist() == [0, 1, 2]


def test_the_first_n_are_the_same_whatever_n_is():
    rng = np.random.default_rng(5)
    values, y = rng.normal(size=(50, 10)), rng.integers(0, 2, 50)
    longest = MRMR(10).fit(values, y).ranking_.tolist()
    assert sorted(longest) == list(range(10))
    assert MRMR(4).fit(values, y).ranking_.tolist() == longest[:4]
    assert MRMR(99).fit(values, y).ranking_.tolist() == longest


def test_a_constant_column_comes_last_and_perfect_separation_first():
    rng = np.random.default_rng(6)
    y = np.repeat([0, 1], 20)
    values = np.column_stack([np.ones(40), rng.normal(size=40), y])
    selector = MRMR(3).fit(values, y)
    assert selector.ranking_.tolist() == [2, 1, 0]
    assert selector.relevance_[0] == 0


@pytest.mark.parametrize(
    "options",
    [{"n_features": 0}, {"relevance": "chi2"}, {"scheme": "ratio"}],
)
def test_bad_options_are_refused(options, golden):
    with golden.error(ConfigurationError):
        MRMR(**options).fit(np.eye(4), [0, 0, 1, 1])


@pytest.mark.data
def test_it_repeats_itself_less_than_the_univariate_choice(data_root: Path) -> None:
    table = pd.read_csv(data_root / "outcome_tables" / "Ahn2021.csv.gz")
    X = table[[name for name in table.columns if name.startswith("original_")]].to_numpy()
    y = table["Target"].to_numpy()
    selector = MRMR(8).fit(X, y)
    best = np.argsort(-selector.relevance_)[:8]

    def mean_correlation(columns):
        found = np.abs(np.corrcoef(X[:, columns], rowvar=False))
        return found[np.triu_indices(8, 1)].mean()

    assert selector.ranking_[0] == best[0]
    assert mean_correlation(selector.ranking_) < mean_correlation(best) - 0.2
