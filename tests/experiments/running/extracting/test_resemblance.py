import numpy as np
import pandas as pd

from experiments.running.extracting.like import SeenStudy
from experiments.running.extracting.resemblance import outside_table, unlike_rois

FEATURE = "original_glcm_Contrast"
SEEN = {
    "raw": SeenStudy(features={"T2": {"liver": {FEATURE: (1.0, 2.0), "bins": (20.0, 30.0), "voxels": (100.0, 200.0)}}})
}


def table(values, bins=(25, 25, 25, 25), voxels=(150, 150, 150, 150), roi="liver"):
    keys = {"strategy": "raw", "sequence": "T2", "condition": "REF", "roi": roi, "subject": ["A", "B", "C", "D"]}
    return pd.DataFrame({**keys, "bins": bins, "voxels": voxels, FEATURE: values})


def test_values_outside_are_counted_and_missing_ones_are_not():
    (row,) = outside_table(table([0.5, 1.0, 2.5, np.nan]), SEEN).to_dict("records")
    assert (row["n"], row["below"], row["above"]) == (3, 1, 1)
    assert (row["least"], row["largest"], row["study_least"], row["study_largest"]) == (0.5, 2.5, 1.0, 2.0)
    assert np.isnan(row["study_people"])
    assert row["study_ends"] == 1


def test_a_range_is_of_so_many_people_and_its_ends_may_be_values_here():
    seen = {"raw": SeenStudy(features=SEEN["raw"].features, people={"T2": {"liver": 7}})}
    (row,) = outside_table(table([1.0, 1.5, 2.0, np.nan]), seen).to_dict("records")
    assert (row["study_people"], row["study_ends"]) == (7, 2)


def test_what_the_study_has_not_measured_is_not_compared():
    assert outside_table(table([0.5, 1.0, 2.5, 3.0], roi="spleen"), SEEN).empty
    assert not list(unlike_rois(table([1.0] * 4, bins=(1, 1, 1, 1), roi="spleen"), SEEN))


def test_under_another_name_of_the_sequence_values_are_compared_with_all():
    # A sequence named after its DICOM description left every check out, without a word.
    other = {"T1": {"liver": {FEATURE: (3.0, 4.0), "bins": (20.0, 30.0), "voxels": (100.0, 200.0)}}}
    seen = {"raw": SeenStudy(features={**SEEN["raw"].features, **other})}
    features = table([0.5, 1.0, 2.5, 9.0], bins=(25, 25, 25, 99)).assign(sequence="t1_ax")
    (row,) = outside_table(features, seen).to_dict("records")
    assert (row["below"], row["above"], row["study_least"], row["study_largest"]) == (1, 1, 1.0, 4.0)
    assert [(one.subject, one.what) for one in unlike_rois(features, seen)] == [("D", "gray levels")]


def test_gray_levels_beyond_the_range_and_sizes_far_beyond_are_remarks():
    found = list(unlike_rois(table([1.0] * 4, bins=(20, 30, 31, 25), voxels=(60, 390, 150, 410)), SEEN))
    assert [(one.subject, one.what, one.found, one.study) for one in found] == [
        ("C", "gray levels", "31", "20 to 30"),
        ("D", "voxels of the ROI", "410", "100 to 200"),
    ]
