"""A share of which nothing could be computed is missing, not 0."""

import math

import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.summary import summarize
from evaluation.reliability.table import reliability_table
from experiments.folder.failures import failure_table
from experiments.results.strategy_table import judged_strategies, strategy_table
from selection.intervals import share_intervals
from selection.thresholds import Thresholds
from selection.whitelist import Whitelist

NAMES = [f"original_glcm_Feature{i}" for i in range(6)]


def table_of(subjects, rule):
    rng = np.random.default_rng(0)
    truth = rng.normal(10, 2, (subjects, len(NAMES)))
    features = pd.concat(
        [
            pd.DataFrame(truth + rng.normal(0, 0.1, truth.shape), columns=NAMES).assign(
                strategy="raw", subject=[f"S{i}" for i in range(subjects)], sequence="T2", condition=name, roi="liver"
            )
            for name in ("REF", "ACC")
        ],
        ignore_index=True,
    )
    reliability = reliability_table(features, "REF")
    whitelist = Whitelist.from_passing(rule.passing(reliability), "raw", rule={"thresholds": rule.to_mapping()})
    intervals, judged = share_intervals(features, "REF", rule), judged_strategies(reliability, rule)
    summary = summarize(reliability)
    (row,) = strategy_table(
        ["raw"], features, summary, {"raw": whitelist}, failure_table([]), intervals, judged
    ).to_dict("records")
    return row


def test_what_two_subjects_do_not_tell_is_not_zero():
    """CCC needs three subjects; none of 279 combinations was said to meet it, in 0.0 %."""
    row = table_of(2, Thresholds())
    assert math.isnan(row["ccc_share"])
    assert math.isnan(row["robust_share"])
    assert 0 < row["icc_share"] <= 1


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (Thresholds({"icc": 0.9}), True),
        (Thresholds({"icc": 0.9, "ccc": 0.9}, combine="any"), True),
        (Thresholds({"ccc": 0.9}), False),
        (Thresholds({"icc": 0.9, "ccc": 0.9}), False),
        (Thresholds({"ccc": 0.9}, compared="limit"), False),
    ],
    ids=lambda value: value.describe() if isinstance(value, Thresholds) else str(value),
)
def test_a_rule_is_judged_if_what_it_needs_is_computed(rule, known):
    assert math.isnan(table_of(2, rule)["robust_share"]) is not known
    assert not math.isnan(table_of(6, rule)["robust_share"])
