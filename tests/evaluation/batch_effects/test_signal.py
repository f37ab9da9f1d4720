import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score

from evaluation.batch_effects import harmonize_values, organ_silhouette, organ_variance_share, signal, subject_order
from evaluation.tables import feature_columns
from harmonize import ComBat


def test_equals_the_definition_on_four_points():
    # distances after standardizing one feature: a = 1, b = mean(9, 10) or (8, 9), in the same unit
    values = pd.DataFrame({"f": [0.0, 1.0, 9.0, 10.0]})
    expected = np.mean([(9.5 - 1) / 9.5, (8.5 - 1) / 8.5, (8.5 - 1) / 8.5, (9.5 - 1) / 9.5])
    assert organ_silhouette(values, list("aabb"), ["T2"] * 4) == pytest.approx(expected)
    assert organ_variance_share(values, list("aabb"), ["T2"] * 4) == pytest.approx(81 / 82)


@pytest.mark.parametrize(("n", "n_rois"), [(300, 7), (257, 2), (9, 3)])
def test_equals_scikit_learn(n, n_rois):
    rng = np.random.default_rng(n)
    rois = np.arange(n) % n_rois
    values = rng.normal(size=(n, 5)) + rng.normal(size=(n_rois, 5))[rois]
    values[n_rois] = values[0]
    rois[-1] = n_rois  # alone, as an ROI may be among rows that were drawn
    assert signal._silhouette(values, rois) == pytest.approx(silhouette_score(values, rois), abs=1e-13)


def test_units_do_not_matter_and_groups_are_averaged():
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.normal(size=(40, 3)) + np.repeat([0.0, 2.0], 20)[:, None])
    rois, one = ["a"] * 20 + ["b"] * 20, ["T2"] * 40
    before = organ_silhouette(values, rois, one)
    assert organ_silhouette(values * [1.0, 1e6, 1e-6] + 5.0, rois, one) == pytest.approx(before)
    two = pd.concat([values, values[::-1]], ignore_index=True)
    assert organ_silhouette(two, rois + rois[::-1], one + ["HASTE"] * 40) == pytest.approx(before)


def test_of_many_rows_some_are_compared_always_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.normal(size=(4000, 3)) + np.repeat([0.0, 2.0], 2000)[:, None])
    rois, one = ["a"] * 2000 + ["b"] * 2000, ["T2"] * 4000
    whole = organ_silhouette(values, rois, one)
    monkeypatch.setattr(signal, "MOST_ROWS", 1000)
    drawn = organ_silhouette(values, rois, one)
    assert drawn == pytest.approx(whole, abs=0.02)
    assert drawn != whole
    assert organ_silhouette(values, rois, one) == drawn


def test_nothing_to_compare_is_no_number():
    values = pd.DataFrame({"f": [0.0, 1.0, 2.0], "g": [np.nan] * 3})
    for rois in (["a"] * 3, ["a", "a", "b"]):
        assert np.isnan(organ_silhouette(values, rois, ["T2"] * 3))
        assert np.isnan(organ_variance_share(values, rois, ["T2"] * 3))
    assert np.isnan(subject_order(values, values, ["T2", "T2", "HASTE"]))


def test_a_batch_effect_blurs_organs_and_harmonization_brings_them_back(study):
    table = study(shift=4.0)
    values = harmonize_values(table, ComBat("condition", reference="REF+STD"), feature_columns(table))
    raw, held = (organ_silhouette(part, table["roi"], table["sequence"]) for part in (values.raw, values.held_out))
    truth = study(shift=0.0)
    clean = organ_silhouette(truth[feature_columns(truth)], truth["roi"], truth["sequence"])
    assert raw < 0.5 * clean
    assert held == pytest.approx(clean, abs=0.03)


def test_fitted_over_rois_without_naming_them_biology_can_be_lost(study):
    """If one condition has one ROI only, ROI and batch are one; per ROI there is nothing to mix up."""
    table = study(features=20)
    table = table[(table["condition"] == "REF+STD") == (table["roi"] == "liver")]
    features = feature_columns(table)
    values = harmonize_values(table, ComBat("condition"), features, by=())
    raw, after = (organ_variance_share(part, table["roi"], table["sequence"]) for part in (values.raw, values.held_out))
    assert raw > 0.5
    assert after < 0.1


def test_in_sample_the_order_of_subjects_stays_and_held_out_almost(study):
    table = study(shift=2.0, scale=2.0)
    values = harmonize_values(table, ComBat("condition", reference="REF+STD"), feature_columns(table))
    cells = table["roi"] + table["condition"]
    assert subject_order(values.raw, values.in_sample, cells) == 1.0
    assert 0.97 < subject_order(values.raw, values.held_out, cells) <= 1.0


def test_ranks_leave_out_what_is_missing():
    before = pd.DataFrame({"f": [1.0, 2.0, 3.0, 4.0], "g": [1.0, 2.0, 3.0, 9.0], "h": [1.0] * 4})
    after = pd.DataFrame({"f": [1.0, 2.0, 3.0, np.nan], "g": [3.0, 2.0, 1.0, np.nan], "h": [1.0] * 4})
    assert subject_order(before, after, ["a"] * 4) == 0.0
