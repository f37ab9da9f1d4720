from functools import partial

import numpy as np
import pandas as pd
import pytest

from evaluation import tables
from evaluation.batch_effects import (
    agreement_table,
    chance_agreement,
    compare_with_chance,
    harmonize_values,
    summarize_agreement,
)
from evaluation.batch_effects import chance as module
from evaluation.batch_effects.permuted import Permutations
from evaluation.tables import feature_columns
from harmonize import ComBat
from harmonize.combat import BatchZScore, QuantileAlignment
from selection import Thresholds
from selection.drawn_shares import drawn_shares
from selection.verdicts import verdicts

REFERENCE = "REF+STD"
RULE = Thresholds({"icc": 0.75}).resolved
robust, robust_draws = partial(verdicts, rule=RULE), partial(drawn_shares, RULE)


def permuted_once(table, labels, rng):
    permutations = Permutations(table, labels)
    return permutations.relabelled(permutations.draw(rng))


def agreement(table):
    values = harmonize_values(table, ComBat("condition", reference=REFERENCE), feature_columns(table))
    return agreement_table(table, values, REFERENCE)


def one_by_one(table, model, judge, by, statistics, n_permutations):
    """Harmonize, measure and judge the table of each permutation by itself."""
    rng, found = np.random.default_rng(4), []
    for _ in range(n_permutations):
        permuted = permuted_once(table, ["condition", "site"], rng)
        values = harmonize_values(permuted, model, feature_columns(table), by=by)
        found.append(summarize_agreement(agreement_table(permuted, values, REFERENCE, statistics), judge))
    return found


def two_sequences(study, features=12, **options):
    """Two sequences; the first lacks a scan, rows of an ROI, and single values."""
    table = pd.concat(
        [study(features=features, seed=1, **options), study(features=features, seed=2).assign(sequence="T1")]
    )
    table = table.drop(index=[0, 3, 20]).reset_index(drop=True)
    table.loc[[5, 11], "original_glcm_f3"] = np.nan
    table["site"] = table["condition"].str[:3]
    return table


MODELS = {
    "combat": ComBat("condition", reference=REFERENCE),
    "to the mean": ComBat("condition"),
    "mean only": ComBat("condition", mean_only=True),
    "no priors": ComBat("condition", empirical_bayes=False, tolerance=1e-8),
    "of a factor": ComBat("site", reference="REF"),
    "z-score": BatchZScore("condition"),
    "quantiles": QuantileAlignment("condition", reference=REFERENCE),
    "nonparametric": ComBat("condition", parametric=False),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("by", [("sequence", "roi"), ("roi",), ()], ids=str)
def test_all_permutations_at_once_are_each_by_itself(study, model, by):
    """With scans, rows and values missing, and whatever is fitted together."""
    table, statistics = two_sequences(study, shift=0.5), ("icc", "ccc", "cv_paper")
    rule = Thresholds({"icc": 0.7, "cv_paper": 0.9}).resolved
    judge = partial(verdicts, rule=rule)
    found = chance_agreement(
        table, model, feature_columns(table), REFERENCE, partial(drawn_shares, rule), statistics=statistics, by=by,
        labels=("condition", "site"), n_permutations=3, seed=4, limits=False,
    )  # fmt: skip
    for one, other in zip(found, one_by_one(table, model, judge, by, statistics, 3), strict=True):
        pd.testing.assert_frame_equal(one, other.loc[one.index], rtol=1e-9, check_names=False)


def test_a_rule_of_limits_sees_limits(study):
    table = two_sequences(study)
    rule = Thresholds({"icc": 0.4}, compared="limit").resolved
    judge, shares = partial(verdicts, rule=rule), partial(drawn_shares, rule)
    options = {"statistics": ("icc",), "labels": ("condition", "site"), "n_permutations": 2, "seed": 4}
    found = chance_agreement(table, MODELS["combat"], feature_columns(table), REFERENCE, shares, **options)
    for one, other in zip(
        found, one_by_one(table, MODELS["combat"], judge, ("sequence", "roi"), ("icc",), 2), strict=True
    ):
        pd.testing.assert_frame_equal(one, other, rtol=1e-9, check_names=False)
    assert 0 < found[0].loc["robust_share", "raw"] < 1


def test_many_permutations_are_judged_in_parts(study, monkeypatch):
    table = two_sequences(study)
    options = {"labels": ("condition", "site"), "n_permutations": 5, "limits": False}
    whole = chance_agreement(table, MODELS["combat"], feature_columns(table), REFERENCE, robust_draws, **options)
    monkeypatch.setattr(module, "MOST_ROWS", 1500)
    parts = chance_agreement(table, MODELS["combat"], feature_columns(table), REFERENCE, robust_draws, **options)
    for one, other in zip(whole, parts, strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_a_gain_by_chance_is_told_from_a_real_one(study):
    model, options = ComBat("condition", reference=REFERENCE), {"n_permutations": 19, "seed": 3}
    results = {}
    for name, table in (("none", study(features=40, seed=5)), ("real", study(features=40, shift=1.5, seed=5))):
        chance = chance_agreement(table, model, feature_columns(table), REFERENCE, robust_draws, **options)
        results[name] = compare_with_chance(summarize_agreement(agreement(table), robust), chance).set_index("measure")
    none, real = results["none"].loc["icc_median"], results["real"].loc["icc_median"]
    # under permutation, the model of all subjects gains although nothing is there, the models without them do not
    assert none["null_in_sample"] > none["null_raw"] > none["null_held_out"]
    # held-out values lost against raw ones: there is no gain whose chance could be told
    assert none["held_out"] < none["raw"]
    assert np.isnan(none["p_held_out"])
    # a loss has the p of one as large; where something is gained there is none
    assert none["p_loss"] > 0.05
    assert np.isnan(real["p_loss"])
    assert none["p_in_sample"] > 0.05
    assert (real["p_held_out"], real["p_in_sample"]) == (0.05, 0.05)
    assert real["n_permutations"] == 19
    # what was not permuted has no p
    assert np.isnan(results["real"].loc["spearman_median", "p_held_out"])
    assert results["real"].loc["spearman_median", "n_permutations"] == 0


def test_chance_is_the_same_again_with_the_same_seed(study):
    table, model = study(features=5), ComBat("condition")
    a, b = (
        chance_agreement(table, model, feature_columns(table), REFERENCE, robust_draws, n_permutations=2) for _ in "ab"
    )
    for one, other in zip(a, b, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert not a[0].equals(a[1])


def test_permutation_moves_whole_scans_within_subjects(study):
    table = study(features=3).drop(index=[0, 20]).reset_index(drop=True)
    table["reconstruction"] = table["condition"].str[-3:]
    permuted = permuted_once(table, ["condition", "reconstruction"], np.random.default_rng(0))
    assert (permuted["reconstruction"] == permuted["condition"].str[-3:]).all()
    pd.testing.assert_frame_equal(permuted.drop(columns=["condition", "reconstruction"]),
                                  table.drop(columns=["condition", "reconstruction"]))  # fmt: skip
    moved = pd.DataFrame({"subject": table["subject"], "old": table["condition"], "new": permuted["condition"]})
    assert (moved.groupby(["subject", "old"])["new"].nunique() == 1).all()
    assert (moved.groupby("subject")["new"].apply(set) == moved.groupby("subject")["old"].apply(set)).all()
    assert (moved["old"] != moved["new"]).mean() > 0.4


def test_without_permutations_nothing_is_claimed(study):
    table = study(features=5)
    result = compare_with_chance(summarize_agreement(agreement(table), robust), [])
    assert result[["null_raw", "p_held_out", "p_loss"]].isna().all().all()
    assert (result["n_permutations"] == 0).all()


def test_every_permutation_is_told(study):
    table = study(features=4)
    told: list[int] = []
    chance_agreement(
        table, ComBat("condition", reference=REFERENCE), feature_columns(table), REFERENCE, robust_draws,
        n_permutations=3, done=lambda: told.append(1),
    )  # fmt: skip
    assert len(told) == 3


def test_rows_are_checked_at_the_door_however_often_harmonization_is_repeated(study, monkeypatch):
    """Regression: a command of 17 subjects checked its rows 39 times."""
    checked = []
    real = tables._check_keys
    monkeypatch.setattr(tables, "_check_keys", lambda *given, **named: checked.append(1) or real(*given, **named))
    table, columns = study(), feature_columns(study())
    chance_agreement(
        table, ComBat("condition", reference=REFERENCE), columns, REFERENCE, robust_draws, n_permutations=5
    )

    assert len(checked) == 1


def test_a_loss_is_held_against_the_losses_by_chance():
    observed = pd.DataFrame({"raw": [0.7], "in-sample": [0.7], "held-out": [0.6]}, index=["robust_share"])
    lost = (0.0, 0.05, 0.1, 0.2, -0.1)
    chance = [
        pd.DataFrame({"raw": [0.6], "in-sample": [0.6], "held-out": [0.6 - one]}, index=["robust_share"])
        for one in lost
    ]
    (row,) = compare_with_chance(observed, chance).to_dict("records")
    assert row["p_loss"] == (1 + 2) / (1 + 5)
    assert np.isnan(row["p_held_out"])
