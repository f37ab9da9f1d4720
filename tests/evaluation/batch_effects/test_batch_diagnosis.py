import json

import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects import BatchEffects, harmonization_diagnostics, harmonize_values
from evaluation.tables import feature_columns
from harmonize import BatchZScore, ComBat
from harmonize.errors import ConfigurationError


@pytest.fixture(scope="module")
def found(study):
    table = study(shift=1.0, scale=1.5, features=30)
    spleen = table["roi"] == "spleen"
    table.loc[spleen & (table["condition"] == "ACC+DLR"), feature_columns(table)] += 30.0
    values = harmonize_values(table, ComBat("condition", reference="REF+STD"), feature_columns(table))
    return harmonization_diagnostics(table, values, "condition", reference="REF+STD")


def test_the_group_whose_batches_lie_furthest_apart_is_pictured(found):
    assert found.labels == ("HASTE", "spleen")
    assert len(found.batches) == 17 * 3
    assert found.components.before.shape == (51, 2)
    assert len(found.density.before) == 51
    worst = found.sizes.loc[found.sizes["raw"].abs().idxmax(), "feature"]
    assert found.density.feature == worst
    assert [prior.batch for prior in found.priors] == ["ACC+DLR", "ACC+STD"]


def test_effects_shrink_on_held_out_subjects(found):
    median = found.effects.groupby("values")[["location_median", "scale_median"]].mean()
    assert median.loc["raw", "location_median"] > 1
    assert median.loc["held-out", "location_median"] < 0.15
    assert median.loc["held-out", "scale_median"] < median.loc["raw", "scale_median"]
    assert len(found.effects) == 2 * 2 * 2


def test_small_batches_are_noted_once(found):
    assert sum("fewer than 20 rows" in note for note in found.notes) == 1


def test_what_is_not_as_combat_supposes_is_noted_with_the_groups(found):
    prior = [note for note in found.notes if note.startswith("the prior of ")]
    assert prior
    assert all(note.endswith(")") and "(in HASTE / " in note for note in prior)


def test_it_survives_json(found):
    text = json.dumps(found.to_mapping(), allow_nan=False)
    again = BatchEffects.from_mapping(json.loads(text), "x")
    assert json.dumps(again.to_mapping(), allow_nan=False) == text
    np.testing.assert_array_equal(again.priors[0].gamma_star, found.priors[0].gamma_star)
    pd.testing.assert_frame_equal(again.sizes, found.sizes)


@pytest.mark.parametrize("broken", [{}, {"notes": 3}, [], None])
def test_a_damaged_file_is_named(found, broken, golden):
    values = {**found.to_mapping(), **broken} if broken else broken
    with golden.error(ConfigurationError):
        BatchEffects.from_mapping(values, "harmonization.json")


def test_other_methods_have_no_priors_and_nothing_fitted_no_diagnosis(study):
    table = study(features=6)
    values = harmonize_values(table, BatchZScore("condition"), feature_columns(table))
    assert harmonization_diagnostics(table, values, "condition").priors == ()
    lone = table[(table["condition"] == "REF+STD") | (table["subject"] == "S00")].reset_index(drop=True)
    nothing = harmonize_values(lone, ComBat("condition"), feature_columns(lone))
    assert harmonization_diagnostics(lone, nothing, "condition") is None


def test_of_two_batches_without_a_reference_one_is_drawn(study, found):
    assert not found.from_mean
    assert found.drawn_sizes is found.sizes
    table = study(features=6)
    two = table[table["condition"] != "ACC+DLR"].reset_index(drop=True)
    for rows, n_drawn in ((two, 1), (table, 3)):
        values = harmonize_values(rows, BatchZScore("condition"), feature_columns(rows))
        diagnosis = harmonization_diagnostics(rows, values, "condition")
        assert diagnosis.from_mean
        assert diagnosis.drawn_sizes["batch"].nunique() == n_drawn
        assert diagnosis.sizes["batch"].nunique() == rows["condition"].nunique()


def test_notes_name_the_groups_that_they_concern(study):
    table = study(features=6)
    gone = (table["roi"] == "spleen") & (table["condition"] == "ACC+STD") & (table["subject"] == "S00")
    table = table[~gone].reset_index(drop=True)
    values = harmonize_values(table, ComBat("condition", reference="REF+STD"), feature_columns(table))
    notes = harmonization_diagnostics(table, values, "condition", reference="REF+STD").notes
    assert [note.rpartition(" (in ")[2] for note in notes] == ["HASTE / liver)", "HASTE / spleen)", "HASTE / spleen)"]
    assert notes[2].startswith("1 of 17 subjects are not in every condition")
