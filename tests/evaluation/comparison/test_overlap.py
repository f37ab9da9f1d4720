import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.comparison.overlap import overlap, whitelist_overlap
from harmonize.errors import ConfigurationError


def chosen(n, positions):
    mask = np.zeros(n, dtype=bool)
    mask[list(positions)] = True
    return mask


def test_equal_sizes_give_kunchevas_index():
    # n = 10, k = 4, r = 2: (2 * 10 - 16) / (4 * 6).
    result = overlap(chosen(10, [0, 1, 2, 3]), chosen(10, [2, 3, 4, 5]))

    assert result.kuncheva == pytest.approx(4 / 24)
    assert result.jaccard == pytest.approx(2 / 6)
    assert (result.n_first, result.n_second, result.n_both, result.status) == (4, 4, 2, "ok")


@given(
    st.integers(2, 30).flatmap(
        lambda n: st.tuples(*[st.lists(st.booleans(), min_size=n, max_size=n) for _ in range(2)])
    )
)
def test_the_generalization_is_the_correlation_of_the_indicators(masks):
    first, second = (np.array(mask) for mask in masks)
    result, swapped = overlap(first, second), overlap(second, first)

    np.testing.assert_equal([result.jaccard, result.kuncheva], [swapped.jaccard, swapped.kuncheva])
    if first.std() > 0 and second.std() > 0:
        assert result.kuncheva == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-12)
        assert result.kuncheva <= 1 + 1e-12
        assert (result.kuncheva > 1 - 1e-9) == (first == second).all()
    else:
        assert np.isnan(result.kuncheva)
        assert result.status == "undefined"


def test_random_selections_agree_by_chance_only():
    rng = np.random.default_rng(0)
    first, second = (np.argsort(rng.random((4000, 93)), axis=-1) < size for size in (20, 55))
    result = overlap(first, second)

    assert result.kuncheva.mean() == pytest.approx(0, abs=0.01)
    assert result.jaccard.mean() > 0.15


def test_empty_selections():
    none, some = chosen(5, []), chosen(5, [1])

    assert np.isnan(overlap(none, none).jaccard)
    assert overlap(none, some).jaccard == 0
    assert overlap(none, some).status == overlap(~none, some).status == "undefined"


def test_other_features_are_refused(golden):
    with golden.error(ConfigurationError):
        overlap([True, False], [True, False, True])


def test_whitelists_are_compared_on_the_features_that_both_strategies_have():
    rng = np.random.default_rng(0)
    keys = pd.MultiIndex.from_product(
        [["none", "n4", "combat"], ["T1", "T2"], ["liver", "spleen"], list("abcdefgh")],
        names=["strategy", "sequence", "roi", "feature"],
    )
    joint = pd.DataFrame({"reproducible": rng.random(len(keys)) < 0.5}, index=keys).reset_index()
    joint = joint[~((joint["strategy"] == "n4") & (joint["feature"] == "h"))].sample(frac=1, random_state=0)
    result = whitelist_overlap(joint).set_index(["first", "second", "by", "level"])

    assert len(result) == 3 * (1 + 2 + 2)
    mask = joint.set_index(["strategy", "sequence", "roi", "feature"])["reproducible"]
    for (first, second, by, level), row in result.iterrows():
        both = mask.unstack("strategy").dropna(subset=[first, second])
        both = both if by == "overall" else both.xs(level, level=by)
        one, two = both[first].to_numpy(dtype=bool), both[second].to_numpy(dtype=bool)
        assert row["n_total"] == len(both)
        assert row["jaccard"] == pytest.approx((one & two).sum() / (one | two).sum())
        assert row["kuncheva"] == pytest.approx(np.corrcoef(one, two)[0, 1])
    totals = result.xs("overall", level="by")["n_total"].droplevel("level")
    assert sorted(totals) == [28, 28, 32]


def test_one_strategy_is_refused(golden):
    joint = pd.DataFrame({"strategy": ["none"], "sequence": "T2", "roi": "liver", "feature": "a", "reproducible": True})
    with golden.error(ConfigurationError):
        whitelist_overlap(joint)
