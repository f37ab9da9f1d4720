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
from evaluation.batch_effects.agreement import permute_conditions
from evaluation.reliability import reliability_table, reproducible
from evaluation.tables import feature_columns
from harmonize import ComBat
from selection import Thresholds
from selection.verdicts import verdicts

REFERENCE = "REF+STD"


def robust(table):
    return reproducible(table, {"icc": 0.75}).rename(columns={"reproducible": "passes"})


def agreement(table, model=None):
    values = harmonize_values(table, model or ComBat("condition", reference=REFERENCE), feature_columns(table))
    return agreement_table(table, values, REFERENCE)


def mean_icc(table):
    rows = agreement(table).query("statistic == 'icc'")
    return rows.groupby("values")["estimate"].mean()


def test_in_sample_harmonization_raises_icc_where_there_is_no_batch_effect_and_held_out_does_not(study):
    found = pd.DataFrame([mean_icc(study(features=150, seed=seed)) for seed in range(4)])
    mean, error = found.mean(), found.sub(found["raw"], axis=0).std(ddof=1) / 2
    assert mean["raw"] == pytest.approx(0.70, abs=0.01)
    assert mean["in-sample"] - mean["raw"] > 0.008
    assert mean["in-sample"] - mean["raw"] > 4 * error["in-sample"]
    assert mean["held-out"] - mean["raw"] < 0.0


def test_a_real_batch_effect_is_taken_out_of_subjects_not_seen(study):
    shares = summarize_agreement(agreement(study(shift=1.5, scale=1.5, noise=0.3)), robust)
    assert shares.loc["robust_share", "raw"] < 0.1
    assert shares.loc["robust_share", "held-out"] > 0.9
    assert shares.loc["icc_median", "held-out"] - shares.loc["icc_median", "raw"] > 0.3
    # order and consistency were never lost to a shift
    assert shares.loc["spearman_median", "raw"] > 0.85
    assert abs(shares.loc["spearman_median", "held-out"] - shares.loc["spearman_median", "raw"]) < 0.03


def test_what_is_mostly_noise_stays_unreliable(study):
    shares = summarize_agreement(agreement(study(noise=2.0)), robust)
    assert shares.loc["robust_share"].max() < 0.02
    assert shares.loc["spearman_median", "held-out"] < 0.4


def test_raw_and_held_out_rows_are_those_of_a_reliability_table(study):
    table = study(shift=1.0, features=5)
    values = harmonize_values(table, ComBat("condition"), feature_columns(table))
    found = agreement_table(table, values, REFERENCE, ("icc", "ccc"))
    expected = reliability_table(table, REFERENCE, statistics=("icc", "ccc"))
    raw = found[found["values"] == "raw"].drop(columns="values").reset_index(drop=True)
    pd.testing.assert_frame_equal(raw, expected)
    held = reliability_table(table.assign(**values.held_out), REFERENCE, statistics=("icc", "ccc"))
    kept = found[found["values"] == "held-out"].drop(columns="values").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, held)


def test_a_gain_by_chance_is_told_from_a_real_one(study):
    model, options = ComBat("condition", reference=REFERENCE), {"n_permutations": 19, "seed": 3}
    results = {}
    for name, table in (("none", study(features=40, seed=5)), ("real", study(features=40, shift=1.5, seed=5))):
        chance = chance_agreement(table, model, feature_columns(table), REFERENCE, robust, **options)
        results[name] = compare_with_chance(summarize_agreement(agreement(table), robust), chance).set_index("measure")
    none, real = results["none"].loc["icc_median"], results["real"].loc["icc_median"]
    # under permutation, the model of all subjects gains although nothing is there, the models without them do not
    assert none["null_in_sample"] > none["null_raw"] > none["null_held_out"]
    # held-out values lost against raw ones: there is no gain whose chance could be told
    assert none["held_out"] < none["raw"]
    assert np.isnan(none["p_held_out"])
    assert none["p_in_sample"] > 0.05
    assert (real["p_held_out"], real["p_in_sample"]) == (0.05, 0.05)
    assert real["n_permutations"] == 19
    # what was not permuted has no p
    assert np.isnan(results["real"].loc["spearman_median", "p_held_out"])
    assert results["real"].loc["spearman_median", "n_permutations"] == 0


def test_chance_is_the_same_again_with_the_same_seed(study):
    table, model = study(features=5), ComBat("condition")
    a, b = (chance_agreement(table, model, feature_columns(table), REFERENCE, robust, n_permutations=2) for _ in "ab")
    for one, other in zip(a, b, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert not a[0].equals(a[1])


def test_permutation_moves_whole_scans_within_subjects(study):
    table = study(features=3).drop(index=[0, 20]).reset_index(drop=True)
    table["reconstruction"] = table["condition"].str[-3:]
    permuted = permute_conditions(table, ["condition", "reconstruction"], np.random.default_rng(0))
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
    assert result[["null_raw", "p_held_out"]].isna().all().all()
    assert (result["n_permutations"] == 0).all()


def test_every_permutation_is_told(study):
    table = study(features=4)
    told: list[int] = []
    chance_agreement(
        table, ComBat("condition", reference=REFERENCE), feature_columns(table), REFERENCE, robust,
        n_permutations=3, done=lambda: told.append(1),
    )  # fmt: skip
    assert len(told) == 3


def test_rows_are_checked_at_the_door_however_often_harmonization_is_repeated(study, monkeypatch):
    """Regression: a command of 17 subjects checked its rows 39 times."""
    checked = []
    real = tables._check_keys
    monkeypatch.setattr(tables, "_check_keys", lambda *given, **named: checked.append(1) or real(*given, **named))
    table, columns = study(), feature_columns(study())
    judge = partial(verdicts, rule=Thresholds({"icc": 0.75}).resolved)
    chance_agreement(table, ComBat("condition", reference=REFERENCE), columns, REFERENCE, judge, n_permutations=5)

    assert len(checked) == 1
