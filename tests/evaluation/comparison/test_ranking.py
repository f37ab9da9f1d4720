import numpy as np
import pandas as pd
import pytest

from evaluation.comparison import ranking
from evaluation.comparison.ranking import JOINT, draw_shares, judge, rank_strategies
from evaluation.reliability.contrasts import Group
from evaluation.reliability.statistic import Settings
from evaluation.reliability.weighted import WithoutEach, drawn


def test_what_a_draw_gives_no_estimate_of_does_not_pass():
    estimates = {"icc": np.array([[[0.95, np.nan, 0.8], [0.91, 0.99, 0.99]]]), "cv": np.array([[0.05, 0.05, np.nan]])}
    found = judge(estimates, {"icc": 0.9, "cv": 0.1})
    assert found["icc"].tolist() == [[[True, False, False], [True, True, True]]]
    assert found["cv"].tolist() == [[True, True, False]]  # of a CV less is better
    assert found[JOINT].tolist() == [[True, False, False]]  # under all conditions and by all statistics
    alone = judge({"cv": estimates["cv"]}, {"icc": 0.9, "cv": 0.1})
    assert alone["cv"].any()
    assert not alone[JOINT].any()  # as in a whitelist: an ICC that is not computed does not pass


def test_nothing_to_judge_passes_nothing():
    assert judge({}, {"icc": 0.9}) == {}


def test_shares_are_the_same_however_many_draws_are_computed_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    values = rng.normal(10, 1, (40, 7, 1)) + rng.normal(size=(40, 7, 3)) * np.linspace(0.05, 1, 40)[:, None, None]
    group = Group("none", "T2", "liver", tuple(f"f{i}" for i in range(40)), ("REF", "A", "B"), values)
    arguments = {"icc": 0.9, "cv": 0.05}, drawn(7, 50, seed=1), Settings("REF")
    _, shares, _ = draw_shares([group], *arguments)
    monkeypatch.setattr(ranking, "NEAR", 1)  # no more draws at once than there are subjects
    _, found, _ = draw_shares([group], *arguments)
    assert len(found) == 50
    assert 0 < shares.min() < shares.max() < 1
    np.testing.assert_array_equal(found, shares)


def test_shares_without_each_subject_are_those_of_the_others():
    values = np.random.default_rng(1).normal(10, 1, (40, 7, 1)) + np.random.default_rng(2).normal(0, 0.3, (40, 7, 2))
    group = Group("none", "T2", "liver", tuple(f"f{i}" for i in range(40)), ("REF", "A"), values)
    rule, settings = {"icc": 0.9, "cv": 0.02}, Settings("REF")
    _, found, _ = draw_shares([group], rule, WithoutEach(7), settings)
    weights = np.concatenate([np.ones((1, 7)), 1 - np.eye(7)])
    np.testing.assert_array_equal(found, draw_shares([group], rule, weights, settings)[1])


@pytest.fixture
def ranked():
    """Three strategies in all subjects and four draws: b leads twice alone and once with a, c leads once."""
    labels = pd.DataFrame({"statistic": ["icc", "icc"], "by": ["overall", "roi"]})
    overall = {"a": [0.5, 0.4, 0.4, 0.6, 0.1], "b": [0.6, 0.7, 0.8, 0.6, 0.2], "c": [0.5, 0.1, 0.1, 0.1, 0.9]}
    shares = {name: np.column_stack([values, np.zeros(5)]) for name, values in overall.items()}
    return rank_strategies(dict.fromkeys(overall, labels), shares, level=0.95).set_index("strategy")


def test_the_shares_and_ranks_are_those_of_all_subjects(ranked):
    assert ranked["share"].to_dict() == {"a": 0.5, "b": 0.6, "c": 0.5}
    assert ranked["rank"].to_dict() == {"a": 2.5, "b": 1.0, "c": 2.5}  # ties share the mean of their ranks


def test_first_counts_the_draws_and_ties_share_the_first_place(ranked):
    assert ranked["first"].to_dict() == {"a": 0.125, "b": 0.625, "c": 0.25}
    assert ranked["first"].sum() == 1


def test_limits_are_quantiles_of_the_ranks_of_the_draws(ranked):
    # of b: 1, 1, 1.5, 2
    expected = np.quantile([1, 1, 1.5, 2], [0.025, 0.975])
    assert ranked.loc["b", ["lower", "upper"]].tolist() == pytest.approx(expected.tolist())
