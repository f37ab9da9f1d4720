import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from evaluation.batch_effects import batch_trace
from evaluation.batch_effects.batch_trace import _standard
from evaluation.tables import feature_columns
from harmonize import ComBat, LongitudinalComBat
from harmonize.combat.design import SmallBatchWarning

REFERENCE = "REF+STD"


def trace(table, model=None, **options):
    return batch_trace(table, feature_columns(table), "condition", model=model, **options)


def test_a_batch_effect_is_told_and_harmonized_it_is_chance(study):
    table = study(shift=2.0, features=30, subjects=30)
    before, after = trace(table), trace(table, ComBat("condition", reference=REFERENCE))
    assert before.accuracy > 0.95
    assert after.accuracy == pytest.approx(1 / 3, abs=0.12)
    assert (before.chance, before.groups, after.groups) == (pytest.approx(1 / 3), 2, 2)
    paired = trace(table, LongitudinalComBat("condition", "subject"))
    assert paired.accuracy == pytest.approx(1 / 3, abs=0.12)


def test_without_a_batch_effect_it_is_chance_from_the_start(study):
    found = [trace(study(features=10, subjects=30, seed=seed)).accuracy for seed in range(4)]
    assert np.mean(found) == pytest.approx(1 / 3, abs=0.06)


def test_the_model_of_a_fold_has_not_seen_the_held_out_subjects(study, golden):
    """Fitted on all rows, ComBat would make the batch means equal, and accuracy fall below chance."""
    table = study(features=10, subjects=12)
    features = feature_columns(table)
    roles = table[["condition"]]
    leaked = table.copy()
    for roi in ("liver", "spleen"):
        rows = table["roi"] == roi
        with golden.warning(SmallBatchWarning):
            leaked.loc[rows, features] = ComBat("condition").fit_transform(roles[rows].join(table.loc[rows, features]))
    assert trace(leaked).accuracy < trace(table, ComBat("condition")).accuracy


def test_groups_that_cannot_be_tested_are_not_counted(study):
    table = study(features=5)
    features = feature_columns(table)
    assert trace(table[table["condition"] == REFERENCE]).groups == 0
    assert np.isnan(trace(table[table["subject"] < "S02"]).accuracy)
    table.loc[table["roi"] == "liver", features] = np.nan
    assert trace(table).groups == 1
    table.loc[table["roi"] == "spleen", features[:2]] = np.nan
    assert trace(table).groups == 1
    pd.testing.assert_series_equal(table["condition"], study(features=5)["condition"])


def test_features_are_standardized_as_scikit_learn_does():
    values = 1e6 + np.random.default_rng(0).normal(size=(30, 4)) * [1.0, 1e-3, 0.0, 1e-12]
    expected = StandardScaler().fit(values)
    mean, unit = _standard(values)
    np.testing.assert_allclose(mean, expected.mean_)
    np.testing.assert_allclose(unit, expected.scale_, rtol=1e-6)
    assert unit[2] == 1.0
