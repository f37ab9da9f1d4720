import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects.measures import MEASURES, ToCompare, agreement, measure_of, measured, score_of
from evaluation.batch_effects.scored import Unseen, scored_rows
from evaluation.reliability import icc
from evaluation.reliability.ccc import ccc
from evaluation.reliability.spearman import spearman

ASKED = ToCompare("A", {}, None, "roi", np.zeros(45, dtype=int), 0.9)


@pytest.fixture
def group():
    rng = np.random.default_rng(0)
    values = (
        rng.normal(size=(15, 4)).repeat(3, axis=0)
        + 0.4 * rng.normal(size=(45, 4))
        + np.tile([[0], [0.5], [1]], (15, 1))
    )
    table = pd.DataFrame(values, columns=list("wxyz")).assign(
        subject=np.repeat(np.arange(15), 3), scan=list("ABC") * 15
    )
    return scored_rows(table, list("wxyz"), batch="scan", subject="subject", by=())[0][0]


def test_agreement_is_that_of_the_statistics_by_themselves(group):
    found = agreement(group, group.values, ASKED, np.ones((1, 15)))
    cube = group.values.reshape(15, 3, 4).transpose(2, 0, 1)
    for at, other in enumerate((1, 2)):
        pairs, part = cube[:, :, [0, other]], slice(4 * at, 4 * at + 4)
        np.testing.assert_allclose(found["icc_a1"][0, part], icc(pairs, form="A,1").estimate)
        np.testing.assert_allclose(found["icc_c1"][0, part], icc(pairs, form="C,1").estimate)
        np.testing.assert_allclose(found["ccc"][0, part], ccc(pairs[..., 0], pairs[..., 1]).estimate)
        np.testing.assert_allclose(found["spearman"][0, part], spearman(pairs[..., 0], pairs[..., 1]).estimate)


def test_several_rows_of_a_subject_in_a_batch_or_few_pairs_give_no_agreement(group):
    from dataclasses import replace

    assert agreement(replace(group, batches=np.tile([0, 0, 1], 15)), group.values, ASKED, np.ones((1, 15))) == {}
    assert agreement(replace(group, owners=np.arange(45)), group.values, ASKED, np.ones((1, 45))) == {}


def test_draws_are_what_their_subjects_are_by_themselves(group):
    weights = np.ones((2, 15))
    weights[1, 10:] = 0
    found = measured([group], [Unseen(group.values, group.batches, None)], ASKED, weights)
    rows = np.repeat(np.arange(15), 3) < 10
    table = pd.DataFrame(group.values[rows], columns=list("wxyz")).assign(
        subject=group.owners[rows], scan=list("ABC") * 10
    )
    few = scored_rows(table, list("wxyz"), batch="scan", subject="subject", by=())[0][0]
    alone = measured([few], [Unseen(few.values, few.batches, None)], ASKED, np.ones((1, 10)))
    for name in ("icc_a1", "ccc", "icc_c1", "batch_share", "batch_told"):
        np.testing.assert_allclose(found[name][1], alone[name][0], err_msg=name)
    assert found["batch_told"][0] == 1.0


def test_what_is_kept_and_organs_are_measured(group):
    age = np.repeat(np.linspace(-1, 1, 15), 3)[:, None]
    asked = ToCompare("A", {"age": age}, np.arange(45) % 2, "organ", np.zeros(45, dtype=int), 0.9)
    values = group.values + 5 * age
    found = measured([group], [Unseen(values, group.batches, None)], asked, np.ones((1, 15)))
    assert found["kept:age"][0] > 0.8 > found["kept:organ"][0]


def test_the_score_is_a_mean_of_families_and_each_of_its_measures():
    one = {name: np.array([value]) for name, value in (("icc_a1", 0.7), ("batch_share", -0.1), ("batch_told", 0.5))}
    np.testing.assert_allclose(score_of(one), (0.7 + (1 + 0.5) / 2) / 2)
    more = {**one, "kept:age": np.array([0.2]), "auc": np.array([0.8]), "ccc": np.array([0.1])}
    np.testing.assert_allclose(score_of(more), (0.7 + 0.75 + (0.2 + 0.6) / 2) / 3)


def test_every_measure_has_words():
    assert all(one.label and one.words for one in MEASURES.values())
    assert measure_of("kept:sex").label == "Kept: sex"
