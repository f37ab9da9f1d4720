import numpy as np
import pandas as pd
import pytest

from evaluation.comparison import margins as module
from evaluation.comparison.margins import (
    DOUBLED,
    DRAWS,
    count_passing,
    left_out,
    margins,
    margins_of,
    moves,
)
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import Criterion
from evaluation.reliability.icc import icc
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.statistic import Settings
from evaluation.reliability.table import reliability_table


def group(n=9, k=3, features=5, seed=0):
    rng = np.random.default_rng(seed)
    values = 10 + rng.lognormal(size=(features, n, 1)) + 0.3 * rng.normal(size=(features, n, k))
    names = tuple(f"original_glcm_F{i}" for i in range(features))
    return Group("none", "T2", "liver", names, ("REF", "A", "B")[:k], values)


def only(found):
    (one,) = found
    return one


def table_without(measured, left):
    """Compute the reliability table of a group without a subject, the long way round."""
    rows = [
        {"strategy": "none", "subject": s, "sequence": "T2", "condition": c, "roi": "liver"}
        | dict(zip(measured.features, measured.values[:, s, j], strict=True))
        for s in range(measured.values.shape[1])
        if s != left
        for j, c in enumerate(measured.conditions)
    ]
    table = reliability_table(pd.DataFrame(rows), "REF", statistics=["icc", "ccc", "cv", "spearman", "rms_wcv"])
    return table.set_index(["statistic", "condition", "feature"]).sort_index()


@pytest.mark.parametrize(
    ("threshold", "condition"),
    [
        (Criterion("icc", limit=0.9), "A"),
        (Criterion("ccc", column="lower", limit=0.9), "B"),
        (Criterion("cv", below=True, limit=0.1), "all"),
        (Criterion("spearman", limit=0.7), "B"),
        (Criterion("rms_wcv", below=True, limit=0.1), "all"),
    ],
)
def test_margins_and_pulls_are_those_of_tables_without_each_subject(threshold, condition):
    measured = group()
    found = only(margins(measured, [threshold], Settings("REF")))
    place = 0 if condition == "all" else found.conditions.index(condition)

    def scaled(left):
        rows = table_without(measured, left).loc[(threshold.statistic, condition)]
        values = rows.loc[list(measured.features), threshold.column].to_numpy(dtype=float)
        if threshold.below:
            return np.log(threshold.limit / values)
        return np.log((1 - threshold.limit) / (1 - values))

    of_all, without = scaled(None), np.stack([scaled(subject) for subject in range(9)])
    np.testing.assert_allclose(found.margin[place], of_all, rtol=1e-8)
    np.testing.assert_array_equal(found.passes[place], of_all > 0)
    result = jackknife(of_all, without)
    error = (result.upper - result.lower) / 2 / 2.306004135
    np.testing.assert_allclose(np.sqrt((found.pulls[:, place] ** 2).sum(axis=0)), error, rtol=1e-6)


def test_without_a_reference_the_icc_is_of_all_conditions():
    measured = group()
    found = only(margins(measured, [Criterion("icc", limit=0.9)], Settings(None)))
    expected = icc(measured.values).estimate
    assert found.conditions == ("",)
    np.testing.assert_allclose(found.margin[0], np.log(0.1 / (1 - expected)))


def test_what_cannot_be_computed_never_passes_and_what_agrees_always_does():
    measured = group(k=2)
    measured.values[0] = 7.0
    measured.values[1, :, 1] = measured.values[1, :, 0]
    found = only(margins(measured, [Criterion("icc", limit=0.9)], Settings("REF")))
    drawn = found.drawn(moves(9, 0))
    assert not drawn[:, 0, 0].any()
    assert drawn[:, 0, 1].all()


def test_a_group_of_one_condition_has_nothing_to_compare():
    found = only(margins(group(k=1), [Criterion("icc", limit=0.9)], Settings("REF")))
    assert found.passes.shape == (0, 5)
    assert found.drawn(moves(9, 0)).shape == (1 + DRAWS + DOUBLED, 0, 5)


def test_one_scan_from_which_all_disagreement_comes_moves_by_no_more_than_n_can():
    values = np.repeat(np.arange(12.0)[None, :, None], 2, axis=2)
    values[0, 5, 1] += 0.5
    one = Group("none", "T2", "liver", ("original_glcm_F",), ("REF", "A"), values)
    found = only(margins(one, [Criterion("icc", limit=0.5)], Settings("REF")))
    assert np.abs(found.pulls).max() <= np.log(12)
    assert found.drawn(moves(12, 0)).mean() > 0.95


def test_a_feature_moves_by_student_s_t():
    moved = moves(7, 1)[:DRAWS] @ np.array([0.6, 0.8, 0, 0, 0, 0, 0])
    assert np.quantile(moved, 0.9) == pytest.approx(1.44, rel=0.12)  # Student's t on 6 degrees of freedom
    np.testing.assert_allclose(moved.mean(), 0, atol=1e-12)


def test_many_subjects_are_left_out_in_groups():
    np.testing.assert_array_equal(left_out(12), 1 - np.eye(12))
    weights = left_out(75)
    assert weights.shape == (30, 75)
    np.testing.assert_array_equal(np.flatnonzero(weights[0] == 0), [0, 30, 60])
    assert (weights.sum(axis=0) == 29).all()


def test_groups_judged_together_are_judged_as_each_by_itself(monkeypatch):
    """Of different features, subjects missing in one, and more than are put together at once."""
    members = [group(seed=seed) for seed in range(4)]
    members[1] = members[1].only(members[1].features[:2])
    members[2].values[:, 1] = np.nan
    monkeypatch.setattr(module, "TOGETHER", 2 * members[0].values.size)
    wanted, settings = [Criterion("icc", limit=0.5), Criterion("cv", below=True, limit=0.1)], Settings("REF")
    found = list(margins_of(members, wanted, settings))
    assert [one.features for one, _ in found] == [one.features for one in members]
    for (_, judged), one in zip(found, members, strict=True):
        for part, alone in zip(judged, margins(one, wanted, settings), strict=True):
            assert part.conditions == alone.conditions
            for name in ("passes", "margin", "pulls", "untold"):
                np.testing.assert_allclose(getattr(part, name), getattr(alone, name), rtol=1e-9, atol=1e-12)


def test_passing_features_are_counted_draw_by_draw():
    passes = np.random.default_rng(0).random((5, 3, 400)) > 0.3
    assert count_passing(passes).tolist() == passes.sum(axis=(1, 2)).tolist()
    assert count_passing(passes[:, :0]).tolist() == [0.0] * 5
