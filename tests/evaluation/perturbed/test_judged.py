import numpy as np
import pytest

from evaluation.comparison.margins import moves
from evaluation.perturbed.judged import SideRule, half_weights, judge_both
from evaluation.perturbed.sides import sides
from evaluation.reliability import icc
from evaluation.reliability.criteria import criteria_of
from evaluation.reliability.statistic import Settings

RULES = (
    SideRule(criteria_of({"icc": 0.9}), Settings("REF")),
    SideRule(criteria_of({"icc": 0.9}), Settings(None, "1")),
)


def groups_of(table):
    """Give both sides of the only place of a table."""
    (one,) = sides(table)
    return one.groups[0]


def test_verdicts_are_those_of_the_icc(cohort):
    real, perturbed = groups_of(cohort())
    found = judge_both(real, perturbed, RULES, moves(17, 0))

    _, pairs = real.against("REF")
    assert found.stable[0].tolist() == (icc(pairs[0], "A,1").estimate > 0.9).tolist()
    assert found.kept[0].tolist() == (icc(perturbed.values, "1").estimate > 0.9).tolist()
    assert found.stable.shape == found.kept.shape == (801, 20)
    assert (found.left_out, found.n_subjects) == (0, 17)
    np.testing.assert_allclose(found.order[0][0], -np.log(1 - icc(pairs[0], "A,1").estimate) + np.log(0.1))


def test_halves_are_judged_by_their_own_subjects(cohort):
    real, perturbed = groups_of(cohort(10))
    found = judge_both(real, perturbed, RULES, moves(10, 0), seed=3, halves=2)
    weights = half_weights(np.ones(10, dtype=bool), 3, 2)
    for half, own in zip(weights, found.halves[1], strict=True):
        assert own.tolist() == (icc(perturbed.values[:, half > 0], "1").estimate > 0.9).tolist()


def test_what_one_side_cannot_judge_counts_nowhere(cohort):
    table = cohort()
    table.loc[table["perturbation"] != "unperturbed", "original_glcm_F1"] = np.nan  # of no perturbed scan
    table.loc[table["perturbation"] == "unperturbed", "original_glcm_F2"] = 7.0
    found = judge_both(*groups_of(table), RULES, moves(17, 0))
    assert found.left_out == 2
    assert len(found.features) == 18


def test_too_few_subjects_have_no_halves(cohort):
    found = judge_both(*groups_of(cohort(5)), RULES, moves(5, 0))
    assert found.halves[0].shape == (0, 20)


@pytest.mark.parametrize("n", [6, 7, 17])
def test_halves_do_not_overlap(n):
    measured = np.ones(n + 2, dtype=bool)
    measured[[0, 4]] = False
    weights = half_weights(measured, 1, 5)
    assert (weights.sum(axis=1) == n // 2).all()
    assert not (weights[:5] * weights[5:]).any()
    assert not weights[:, ~measured].any()
