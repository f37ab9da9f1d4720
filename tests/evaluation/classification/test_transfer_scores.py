from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.classification.comparison import compare_scores
from evaluation.classification.held_out import HeldOut
from evaluation.classification.metrics import auc, brier
from evaluation.classification.pairs import Pairs
from evaluation.classification.scores import score_table
from evaluation.classification.transfer import Transferred, TransferResult
from evaluation.classification.transfer_scores import flips, gain_table, mean_error, training_prevalence, transfer_table


def expit(x):
    return 1.0 / (1.0 + np.exp(-x))


def predictions(n, reliability, shift=0.0, effect=1.0, seed=0):
    """Scores of the same subjects in two conditions, whose correlation within a class is known."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    true = effect * (y - 0.5) + np.sqrt(reliability) * rng.standard_normal(n)
    scores = [true + np.sqrt(1 - reliability) * rng.standard_normal(n) + by for by in (0.0, shift, 0.0)]
    # Five folds, four times over, as if all models had learned the same; pairs of both classes stay together.
    fold = np.stack([np.repeat(rng.permutation(n // 2) % 5, 2) for _ in range(4)])
    once = [HeldOut.of(y, expit(score)) for score in scores]
    return Transferred(*(replace(one, probability=np.repeat(one.probability, 4, axis=0), fold=fold) for one in once))


def result_of(**variants):
    one = next(iter(variants.values()))
    n = len(one.within.truth)
    empty = pd.DataFrame(index=range(n))
    return TransferResult("REF", "ACC", Pairs(empty, empty, one.within.truth, np.arange(n), 0), variants)


@pytest.mark.parametrize("reliability", [0.0, 0.5, 0.9])
def test_flips_of_normal_scores_are_as_many_as_their_correlation_says(reliability):
    # Sheppard 1899: two standard normals of correlation r differ in sign with probability arccos(r) / pi.
    found = flips(predictions(200_000, reliability, effect=0.0))
    assert found == pytest.approx(np.arccos(reliability) / np.pi, abs=0.005)


def test_flips_at_the_prevalence_use_the_training_rows_of_each_fold():
    y = np.array([0, 0, 1, 0, 0, 1, 1, 1])
    fold = np.array([[0, 0, 0, 0, 1, 1, 1, 1]])
    first = replace(HeldOut.of(y, [0.1, 0.3, 0.8, 0.4, 0.3, 0.2, 0.7, 0.9]), fold=fold)
    second = replace(HeldOut.of(y, [0.1, 0.8, 0.7, 0.4, 0.2, 0.3, 0.7, 0.9]), fold=fold)
    assert training_prevalence(first)[0].tolist() == [0.75] * 4 + [0.25] * 4
    both = Transferred(first, second, second)
    assert flips(both, threshold="prevalence") == pytest.approx(4 / 8)  # rows 1, 2, 4 and 5
    assert flips(both) == pytest.approx(1 / 8)


def test_weights_stand_for_repeated_rows():
    one = predictions(30, 0.5)
    weights = np.random.default_rng(1).integers(0, 4, 30)
    rows = np.repeat(np.arange(30), weights)
    parts = [HeldOut.of(p.truth[rows], p.probability[0, rows, 1]) for p in (one.within, one.across, one.native)]
    assert flips(one, weights) == pytest.approx(flips(Transferred(*parts)))
    assert mean_error(one.within, weights) == pytest.approx(mean_error(parts[0]))
    assert flips(one, np.stack([weights, np.ones(30)])).shape == (2,)


def test_more_than_two_classes_flip_by_their_most_probable_one():
    p = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]])
    q = np.array([[0.4, 0.3, 0.3], [0.6, 0.2, 0.2], [0.3, 0.4, 0.3]])
    one = Transferred(*(HeldOut.of([0, 1, 2], values) for values in (p, q, q)))
    assert flips(one) == pytest.approx(1 / 3)


def test_the_table_holds_the_scores_and_their_differences():
    one = predictions(300, 0.8, shift=1.0)
    table = transfer_table(result_of(raw=one), n_resamples=300).set_index(["score", "tested"])
    assert (table["status"] == "ok").all()
    assert table.loc[("auc", "within"), "estimate"] == pytest.approx(float(auc(one.within)))
    for score, compute in (("auc", auc), ("brier", brier), ("mean_error", mean_error)):
        wanted = float(compute(one.across) - compute(one.within))
        assert table.loc[(score, "across - within"), "estimate"] == pytest.approx(wanted)
    assert table.loc[("auc", "across - native"), "estimate"] == pytest.approx(float(auc(one.across) - auc(one.native)))
    slope = score_table(one.across).set_index("score").loc["calibration_slope", "estimate"]
    assert table.loc[("calibration_slope", "across"), "estimate"] == pytest.approx(slope)
    # A shift of 1 in the logit is what the intercept must take back.
    assert table.loc[("calibration_intercept", "across - within"), "estimate"] == pytest.approx(-1.0, abs=0.15)
    assert table.loc[("calibration_intercept", "across - within"), "upper"] < 0.0
    limits = table[["lower", "estimate", "upper"]].to_numpy()
    assert (np.diff(limits, axis=1) >= 0.0).all()


def test_limits_of_a_difference_are_paired():
    table = transfer_table(result_of(raw=predictions(200, 0.95)), n_resamples=300).set_index(["score", "tested"])
    width = table["upper"] - table["lower"]
    assert width["auc", "across - within"] < 0.6 * width["auc", "within"]


def test_limits_of_the_difference_hold_what_they_promise():
    hits = 0
    for seed in range(40):
        one = predictions(80, 0.7, seed=seed)
        row = compare_scores(one.across, one.within, ["auc"]).iloc[0]  # as in the table, see below
        hits += row["lower"] <= 0.0 <= row["upper"]  # both conditions are exchangeable
    assert 34 <= hits <= 40


def test_limits_of_an_auc_are_those_of_a_cross_validation():
    """Regression: `diagnose` gave Nadeau and Bengio's limits of a held-out AUC, `transfer` percentiles of the same."""
    one = predictions(120, 0.8)
    table = transfer_table(result_of(raw=one), n_resamples=100).set_index(["score", "tested"])
    for tested in ("within", "across", "native"):
        own = score_table(getattr(one, tested), interval="nadeau_bengio", n_resamples=100).set_index("score")
        for score in ("auc", "brier", "calibration_slope", "calibration_intercept"):
            columns = ["estimate", "lower", "upper", "interval"]
            assert table.loc[(score, tested), columns].tolist() == own.loc[score, columns].tolist()
    paired = compare_scores(one.across, one.within, ["auc", "brier"]).set_index("score")
    for score in ("auc", "brier"):
        found = table.loc[(score, "across - within"), ["estimate", "lower", "upper"]].tolist()
        assert found == pytest.approx(paired.loc[score, ["difference", "lower", "upper"]].tolist())
    assert table["interval"].groupby("score").unique().map(list).to_dict() == {
        **{score: ["nadeau_bengio"] for score in ("auc", "brier", "mean_error")},
        **{score: ["bootstrap"] for score in ("calibration_slope", "calibration_intercept")},
        **{score: ["bootstrap"] for score in ("flips_at_half", "flips_at_prevalence")},
    }


def test_what_cannot_be_computed_says_why():
    few = transfer_table(result_of(raw=predictions(16, 0.8)), n_resamples=100).set_index(["score", "tested"])
    for tested in ("within", "across", "across - within"):
        assert few.loc[("calibration_slope", tested), "status"] == "too_few"
        assert np.isnan(few.loc[("calibration_slope", tested), "estimate"])
    same = predictions(60, 0.8)
    same = replace(same, across=same.within)
    none = transfer_table(result_of(raw=same), n_resamples=100).set_index(["score", "tested"])
    assert none.loc[("auc", "across - within"), ["estimate", "status"]].tolist() == [0.0, "no_interval"]
    assert none.loc[("flips_at_half", "both"), "estimate"] == 0.0
    assert not few[few["status"] == "ok"]["estimate"].isna().any()


def test_three_classes_have_an_auc_but_no_calibration():
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    values = rng.dirichlet([1, 1, 1], (3, 90))
    one = Transferred(*(replace(HeldOut.of(y, part), fold=np.arange(90)[None] // 3 % 2) for part in values))
    table = transfer_table(result_of(raw=one), n_resamples=100).set_index(["score", "tested"])
    assert table.loc[("auc", "across - within"), "status"] == "ok"
    assert table.loc[("mean_error", "within"), "status"] == "not_binary"
    assert table.loc[("flips_at_prevalence", "both"), "status"] == "not_binary"
    assert table.loc[("calibration_slope", "across - within"), "status"] == "not_binary"


def test_rows_come_by_variant_score_and_condition():
    table = transfer_table(result_of(raw=predictions(60, 0.5), robust=predictions(60, 0.9)), n_resamples=100)
    assert table["variant"].drop_duplicates().tolist() == ["raw", "robust"]
    of_raw = table[table["variant"] == "raw"]
    assert of_raw["score"].drop_duplicates().tolist() == [
        "auc", "brier", "calibration_slope", "calibration_intercept", "mean_error", "flips_at_half",
        "flips_at_prevalence",
    ]  # fmt: skip
    tested = of_raw[of_raw["score"] == "auc"]["tested"].tolist()
    assert tested == ["within", "across", "native", "across - within", "across - native"]


def test_gains_compare_with_the_first_variant_on_the_same_subjects():
    raw, robust = predictions(400, 0.4, seed=1), predictions(400, 0.95, seed=1)
    gains = gain_table(result_of(raw=raw, robust=robust), n_resamples=200).set_index("score")
    assert gains["tested"].tolist() == ["across - raw"] * 2
    assert gains.loc["auc", "estimate"] == pytest.approx(float(auc(robust.across) - auc(raw.across)))
    assert gains.loc["flips_at_half", "upper"] < 0.0
    assert gain_table(result_of(raw=raw), n_resamples=100).empty
