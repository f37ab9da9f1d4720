from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects import harmonize_values
from evaluation.tables import feature_columns
from harmonize import ComBat, CovBat, LongitudinalComBat, QuantileAlignment, ReferenceRegression

REFERENCE = "REF+STD"


@pytest.mark.parametrize(
    "model",
    [
        ComBat("condition", reference=REFERENCE),
        CovBat("condition", reference=REFERENCE),
        LongitudinalComBat("condition", "subject"),
        QuantileAlignment("condition", reference=REFERENCE),
        ReferenceRegression("condition", "subject", reference=REFERENCE),
    ],
    ids=lambda model: type(model).__name__,
)
def test_the_held_out_values_are_those_of_a_model_without_the_subject(study, model):
    table = study(shift=1.0, subjects=9, features=8)
    features = feature_columns(table)
    values = harmonize_values(table, model, features)
    roles = [column for columns in model._roles().values() for column in columns]
    liver = (table["roi"] == "liver") & (table["subject"] == "S03")
    others = table[(table["roi"] == "liver") & (table["subject"] != "S03")]
    with (
        pytest.warns(UserWarning, match="fewer than 20 rows")
        if hasattr(model, "mean_only") or isinstance(model, LongitudinalComBat)
        else nullcontext()
    ):
        expected = model.fit(others[[*roles, *features]]).transform(table.loc[liver, [*roles, *features]])
    np.testing.assert_allclose(values.held_out[liver], expected, rtol=1e-9)
    assert not np.allclose(values.in_sample[liver], expected)
    pd.testing.assert_frame_equal(values.raw, table[features])
    assert values.problems == ()


def test_the_fitted_model_gives_the_in_sample_values(study):
    table = study(shift=1.0, features=8)
    values = harmonize_values(table, ComBat("condition"), feature_columns(table))
    pd.testing.assert_frame_equal(values.fitted.transform(table), values.in_sample)
    assert list(values.fitted.models) == [("HASTE", "liver"), ("HASTE", "spleen")]
    assert len(values.notes) == 1


def test_another_rois_rows_do_not_matter(study):
    table = study(shift=1.0, features=8)
    features = feature_columns(table)
    before = harmonize_values(table, ComBat("condition"), features)
    liver = table["roi"] == "liver"
    table.loc[~liver, features] *= 100
    after = harmonize_values(table, ComBat("condition"), features)
    pd.testing.assert_frame_equal(before.held_out[liver], after.held_out[liver])


def test_a_feature_with_too_few_values_is_left_out_of_its_group_alone(study):
    table = study(features=8)
    features = feature_columns(table)
    liver = table["roi"] == "liver"
    few = liver & (table["condition"] == "ACC+DLR") & (table["subject"] > "S01")
    table.loc[few, features[2]] = np.nan
    values = harmonize_values(table, ComBat("condition"), features)
    for part in (values.raw, values.in_sample, values.held_out):
        assert part.loc[liver, features[2]].isna().all()
        assert part.drop(columns=features[2]).notna().all().all()
        assert part.loc[~liver].notna().all().all()
    (problem,) = values.problems
    assert (problem.labels, problem.features) == (("HASTE", "liver"), (features[2],))
    assert "too few values in some batch once a subject is held out" in problem.text


def test_missing_rows_of_a_feature_stay_missing(study):
    table = study(features=8)
    features = feature_columns(table)
    table.loc[4, features[0]] = np.nan
    values = harmonize_values(table, ComBat("condition"), features)
    assert values.held_out.isna().sum().sum() == 1
    assert np.isnan(values.held_out.loc[4, features[0]])
    refusing = harmonize_values(table, CovBat("condition"), features)
    (problem,) = refusing.problems
    assert "which CovBat does not take" in problem.text


def test_a_group_that_cannot_be_fitted_is_a_problem_and_not_a_number(study):
    table = study(features=8)
    lone = (table["roi"] == "liver") & (table["condition"] == "ACC+DLR") & (table["subject"] != "S00")
    table = table[~lone].reset_index(drop=True)
    values = harmonize_values(table, ComBat("condition"), feature_columns(table))
    liver = (table["roi"] == "liver").to_numpy()
    assert values.held_out[liver].isna().all().all()
    assert values.held_out[~liver].notna().all().all()
    assert [problem.labels for problem in values.problems][-1] == ("HASTE", "liver")
    everything = harmonize_values(table[liver], ComBat("condition"), feature_columns(table))
    assert everything.fitted is None


def test_an_unseen_batch_of_one_subject_is_named(study):
    table = study(features=8)
    table.loc[(table["subject"] == "S05") & (table["condition"] == "ACC+DLR"), "condition"] = "ODD"
    values = harmonize_values(table, ComBat("condition"), feature_columns(table))
    assert values.held_out.isna().all().all()
    assert all("enough values" in problem.text for problem in values.problems if not problem.features)
