"""Shares and power by simulation: the statistics of the project, what is asked, and the same numbers for a seed."""

import numpy as np
import pandas as pd
import pytest

from evaluation.comparison import compare_strategies
from evaluation.planning.pilot_table import PilotTable
from evaluation.planning.simulated import _log_errors, _passing, _test, least_subjects, pilot_sizes
from evaluation.reliability.statistic import Settings
from evaluation.reliability.summary import reproducible
from evaluation.reliability.table import reliability_table
from harmonize.errors import ConfigurationError

NAMES = [f"original_glcm_F{number}" for number in range(12)]


def study(n=12, strategies=(("none", 0.8), ("n4", 0.5)), conditions=("REF", "ACC", "DLR"), rois=("liver", "spleen")):
    rng = np.random.default_rng(0)
    truth = {roi: rng.normal(10, 2, (n, len(NAMES))) for roi in rois}
    return pd.concat(
        [
            pd.DataFrame(truth[roi] + rng.normal(0, sd, (n, len(NAMES))), columns=NAMES).assign(
                strategy=strategy, subject=range(n), sequence="T2", condition=condition, roi=roi
            )
            for strategy, sd in strategies
            for condition in conditions
            for roi in rois
        ]
    )


@pytest.fixture
def table():
    return study()


@pytest.mark.parametrize("reference", ["REF", None])
def test_shares_are_those_of_the_reliability_table(table, reference):
    thresholds = {"icc": 0.85, "ccc": 0.85, "cv": 0.08} if reference else {"icc": 0.9, "overall_ccc": 0.85}
    pilot = PilotTable.of(table)
    values = np.concatenate([group.values for group in pilot.groups])
    place = None if reference is None else pilot.groups[0].conditions.index(reference)
    passing = _passing(values, thresholds, place, Settings(reference, limits=False))
    told = reproducible(reliability_table(table, reference, statistics=tuple(thresholds)), thresholds)
    told = told.set_index(["strategy", "sequence", "roi", "feature"])["reproducible"]
    keys = [(g.strategy, g.sequence, g.roi, name) for g in pilot.groups for name in g.features]
    assert passing.tolist() == told.loc[keys].tolist()
    assert 0 < passing.mean() < 1


def test_the_test_of_strategies_is_that_of_their_comparison(table):
    pilot = PilotTable.of(table)
    values = np.concatenate([group.values for group in pilot.groups])
    errors = _log_errors(values, pilot.groups[0].conditions.index("REF"), "A,1")
    first, second = pilot.shared("none", "n4")
    p, logarithm = _test(errors[:, :, first], errors[:, :, second], 0.95)
    summary = compare_strategies(table, "REF").summary.query("by == 'overall' and statistic == 'icc'").iloc[0]
    assert np.exp(logarithm) == pytest.approx(summary["ratio"], rel=1e-9)
    assert p == pytest.approx(summary["p"], rel=1e-6)


def test_more_subjects_find_shares_more_exactly_and_more_differences():
    found = pilot_sizes(study(strategies=(("none", 0.8), ("n4", 0.7))), [6, 60], "REF", {"icc": 0.85}, simulations=60)
    of_first = found[found["strategy"] == "none"]
    assert of_first["width"].iloc[0] > 1.5 * of_first["width"].iloc[1]
    assert of_first["power"].isna().all()
    second = found[found["strategy"] == "n4"]
    assert second["power"].iloc[1] > second["power"].iloc[0] + 0.2
    assert (second["worse"] <= 0.05).all()
    assert (second["ratio"] < 1).all()


def test_strategies_with_a_stated_ratio_of_one_are_told_apart_as_often_as_the_level_says():
    by_chance = study(n=10, strategies=(("a", 0.8), ("b", 0.8)))
    told = pilot_sizes(by_chance, [30], "REF", {"icc": 0.85}, error_ratio=1.0, simulations=300).iloc[1]
    assert told["power"] + told["worse"] < 0.1
    assert told["ratio"] == pytest.approx(1, abs=0.02)
    half = pilot_sizes(by_chance, [30], "REF", {"icc": 0.85}, error_ratio=0.5, simulations=50).iloc[1]
    assert half["power"] > 0.9
    assert 0.5 < half["ratio"] < 0.6  # of 1 - ICC, which has the error below the line, too


def test_strategies_with_the_same_values_are_not_told_apart():
    one = study(strategies=(("a", 0.8),))
    found = pilot_sizes(pd.concat([one, one.assign(strategy="b")]), [20], "REF", {"icc": 0.85}, simulations=20)
    assert (found["power"].dropna() == 0).all()


def test_more_conditions_are_others_of_the_same_kind(table):
    found = pilot_sizes(table, [20], None, {"icc": 0.85}, simulations=20, conditions=6)
    assert found["conditions"].tolist() == [6, 6]


def test_a_seed_gives_the_same_numbers_and_progress_is_told(table):
    told = []
    one, other = (
        pilot_sizes(table, [8], "REF", simulations=20, seed=3, progress=lambda *now: told.append(now)) for _ in range(2)
    )
    pd.testing.assert_frame_equal(one, other)
    assert told[19] == ("studies", 20, 20)
    assert not one.equals(pilot_sizes(table, [8], "REF", simulations=20, seed=4))


def test_subjects_and_rois_that_lack_values_are_left_out_and_told(table, golden):
    spleen = table["roi"] == "spleen"
    table.loc[spleen & (table["subject"] > 3), NAMES] = np.nan
    table.loc[~spleen & (table["subject"] == 2) & (table["condition"] == "ACC"), NAMES[0]] = np.nan
    pilot = PilotTable.of(table)
    assert pilot.subjects == 11
    assert {group.roi for group in pilot.groups} == {"liver"}
    golden.text("\n".join(pilot.left_out))


@pytest.mark.parametrize(
    ("made", "asked"),
    [
        ({"conditions": ("REF",)}, {}),
        ({"n": 4}, {}),
        ({}, {"reference": "DRB"}),
        ({}, {"reference": "REF", "conditions": 3}),
        ({}, {"baseline": "n3"}),
    ],
)
def test_what_a_pilot_cannot_tell_is_refused(made, asked, golden):
    with golden.error(ConfigurationError):
        pilot_sizes(study(**made), [10], simulations=20, **asked)


def test_sequences_with_other_conditions_are_refused(table, golden):
    other = study(conditions=("REF", "ACC")).assign(sequence="T1")
    with golden.error(ConfigurationError):
        pilot_sizes(pd.concat([table, other]), [10], "REF", simulations=20)


def test_subjects_are_found_between_the_sizes_and_never_beyond_them():
    sizes = pd.DataFrame({"subjects": [10, 20, 40], "power": [0.2, 0.55, 0.5], "width": [0.4, 0.3, 0.1]})
    assert 18 <= least_subjects(sizes, "power", 0.5, rising=True) <= 20
    assert np.isnan(least_subjects(sizes, "power", 0.8, rising=True))
    assert 28 <= least_subjects(sizes, "width", 0.2, rising=False) <= 30
