from functools import partial

import pandas as pd
import pytest

from evaluation.batch_effects import (
    agreement_table,
    harmonize_values,
    summarize_agreement,
)
from evaluation.reliability.table import reliability_table
from evaluation.tables import feature_columns
from harmonize import ComBat
from selection import Thresholds
from selection.verdicts import verdicts

REFERENCE = "REF+STD"


robust = partial(verdicts, rule=Thresholds({"icc": 0.75}).resolved)


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
