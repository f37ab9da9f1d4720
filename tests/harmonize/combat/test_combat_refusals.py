"""What ComBat refuses or warns of, in words that say what to do."""

import warnings

import numpy as np
import pytest

from harmonize.combat import ComBat, SmallBatchWarning
from harmonize.errors import ConfigurationError

pytestmark = pytest.mark.filterwarnings("ignore::harmonize.combat.SmallBatchWarning")  # small tables are enough here

COVARIATES = {"categorical": "sex", "continuous": "age"}


def test_one_row_batch_is_refused_with_the_reason_and_allowed_for_locations(simulate):
    table = simulate(rows=(22, 1))
    with pytest.raises(ConfigurationError, match=r"'B' has 1 row.*mean_only"):
        ComBat("scanner").fit(table)
    assert np.isfinite(ComBat("scanner", mean_only=True).fit_transform(table)).all()


def test_small_batches_are_named(simulate):
    with pytest.warns(SmallBatchWarning, match=r"'A' \(8\)"):
        ComBat("scanner").fit(simulate(rows=(8, 25)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ComBat("scanner").fit(simulate())


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"batch": "scaner"}, "'scaner', named as batch.*did you mean 'scanner'"),
        ({}, {"categorical": "scanner"}, "'scanner' is named as batch and as categorical"),
        ({}, {"continuous": ["f1"], "categorical": ["f1"]}, "'f1' is named as categorical and as continuous"),
        ({"f2": "many"}, {}, "feature 'f2' is not numeric but string"),
        ({"f2": "1.5"}, {}, "feature 'f2' is not numeric"),
        ({"f2": 1j}, {}, "feature 'f2' is not numeric"),
        ({"f2": np.inf}, {}, "feature 'f2' is infinite in row 0"),
        ({"scanner": "A"}, {}, "one label only"),
        ({"scanner": None}, {}, "batch 'scanner' is missing in 77 rows"),
        ({}, {"reference": "b"}, "reference='b' is not among the batches; did you mean 'B'"),
        ({}, {"tolerance": -1.0}, "tolerance is -1, expected more than 0 and less than 1"),
        ({}, {"mean_only": "yes"}, "mean_only='yes'"),
        ({}, {"spline_df": 1}, "spline_df is 1, expected 2 or more"),
        ({"site": lambda t: t["scanner"].str.lower()}, {"categorical": "site"}, "'site=b' is confounded with batch"),
        ({"age": 3.0}, {"continuous": "age"}, "'age' is the same in all rows"),
        ({"age": "old"}, {"continuous": "age"}, "'age' is not numeric"),
        ({"age": np.nan}, {"continuous": "age"}, "'age' is missing or infinite"),
        (
            {"age": lambda t: t["f0"], "months": lambda t: 12 * t["age"] + (t["scanner"] == "A")},
            {"continuous": ["age", "months"]},
            "'months' is determined by batch 'scanner' and the covariates before it",
        ),
        ({"age": np.arange(77) % 3}, {"smooth": "age"}, "too few different values"),
        ({"f4": lambda t: t["f4"].where(t["scanner"] != "C")}, {}, "'f4' has 0 values in batch 'C'"),
    ],
)
def test_bad_input_is_named_before_anything_is_computed(simulate, change, options, message):
    table = simulate().assign(**change)
    with pytest.raises(ConfigurationError, match=message):
        ComBat(**{"batch": "scanner", **options}).fit(table)


def test_fewer_rows_than_parameters(simulate, golden):
    table = simulate(rows=(3, 3)).assign(a=[0, 1, 0, 1, 1, 0.5], b=[1, 0, 0, 1, 0, 2.0], c=[3, 1, 0, 1, 0, 7.0])
    table["d"] = [1.0, 0.0, 5.0, 3.0, 1.0, 2.0]
    with golden.error(ConfigurationError):
        ComBat("scanner", continuous=list("abcd")).fit(table)


def test_gaps_that_leave_too_little_for_a_covariate_name_the_feature(simulate, golden):
    table = simulate(covariates=True)
    table.loc[table["sex"] == "m", "f7"] = np.nan
    with golden.error(ConfigurationError):
        ComBat("scanner", **COVARIATES).fit(table)


def test_one_feature_has_nothing_to_learn_from_others(simulate):
    with pytest.raises(ConfigurationError, match="empirical_bayes=False"):
        ComBat("scanner").fit(simulate(n_features=1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(scanner="Z"), "batch 'scanner': 'Z' was not among the rows fitted on, which have 'A', 'B'"),
        (lambda t: t.assign(sex="x"), "covariate 'sex': 'x' was not among"),
        (lambda t: t.drop(columns="f3"), "missing 'f3'"),
        (lambda t: t.assign(outcome=1.0), "unexpected 'outcome'"),
        (lambda t: t.assign(f3=np.inf), "'f3' is infinite"),
    ],
)
def test_new_rows_that_do_not_fit_are_refused(simulate, change, message):
    table = simulate(covariates=True)
    model = ComBat("scanner", **COVARIATES).fit(table)
    with pytest.raises(ConfigurationError, match=message):
        model.transform(change(table))


def test_a_column_that_stands_there_twice(simulate, golden):
    table = simulate()
    with golden.error(ConfigurationError):
        ComBat("scanner").fit(table.rename(columns={"f2": "f1"}))
