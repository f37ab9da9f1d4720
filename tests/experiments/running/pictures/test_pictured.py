"""Tests of whose scans are pictured."""

import numpy as np
import pandas as pd
import pytest

from experiments.running.pictures.pictured import FIRST, WORST, largest_changes, pictured_subjects

FEATURE = "original_firstorder_Mean"


def table(values, sequence="T2"):
    """One row a subject, condition and ROI from {subject: {condition: value}}."""
    rows = [
        {
            "strategy": "raw",
            "subject": subject,
            "sequence": sequence,
            "condition": condition,
            "roi": roi,
            FEATURE: value,
        }
        for subject, found in values.items()
        for condition, value in found.items()
        for roi in ("liver", "spleen")
    ]
    return pd.DataFrame(rows)


def test_a_change_is_measured_in_standard_deviations_between_subjects():
    rows = table({"A": {"REF": 1.0, "ACC": 2.0}, "B": {"REF": 3.0, "ACC": 3.0}, "C": {"REF": 5.0, "ACC": 1.0}})
    assert largest_changes(rows, "REF") == pytest.approx({"A": 0.5, "B": 0.0, "C": 2.0})  # SD of 1, 3, 5 is 2


def test_the_condition_of_the_largest_change_counts():
    rows = table({"A": {"REF": 1.0, "ACC": 1.0, "DLR": 5.0}, "B": {"REF": 3.0, "ACC": 5.0, "DLR": 3.0}})
    changes = largest_changes(rows, "REF")
    assert changes["A"] == pytest.approx(2 * changes["B"])


def test_scaling_a_feature_changes_nothing():
    values = {"A": {"REF": 1.0, "ACC": 2.0}, "B": {"REF": 3.0, "ACC": 3.5}}
    tenfold = {subject: {key: 1000 * value for key, value in found.items()} for subject, found in values.items()}
    assert largest_changes(table(values), "REF") == pytest.approx(largest_changes(table(tenfold), "REF"))


def test_missing_conditions_and_values_are_left_out():
    rows = table(
        {"A": {"REF": 1.0, "ACC": np.nan}, "B": {"REF": 3.0}, "C": {"ACC": 9.0}, "D": {"REF": 2.0, "ACC": 2.5}}
    )
    assert list(largest_changes(rows, "REF")) == ["D"]


def test_one_subject_has_no_spread_to_measure_with():
    rows = table({"A": {"REF": 1.0, "ACC": 2.0}})
    assert largest_changes(rows, "REF") == {}
    assert pictured_subjects(rows, ["A"], "REF", 3) == {"T2": {"A": FIRST}}


def test_the_first_subjects_and_the_worst_by_sequence():
    one = table({name: {"REF": i, "ACC": i + (name == "D")} for i, name in enumerate("ABCD")}, "T1")
    two = table({name: {"REF": i, "ACC": i + (name == "B")} for i, name in enumerate("ABC")}, "T2")
    found = pictured_subjects(pd.concat([one, two]), list("ABCD"), "REF", 2)
    assert found["T1"] == {"A": FIRST, "B": FIRST, "D": WORST}
    assert found["T2"] == {"A": FIRST, "B": f"{FIRST}, {WORST}"}


def test_a_subject_without_features_is_passed_over():
    rows = table({"B": {"REF": 1.0, "ACC": 1.0}, "C": {"REF": 2.0, "ACC": 3.0}})
    assert list(pictured_subjects(rows, ["A", "B", "C"], "REF", 1)["T2"]) == ["B", "C"]
