"""What ComBat refuses or warns of, in words that say what to do."""

import warnings

import numpy as np
import pytest

from harmonize.combat import ComBat, SmallBatchWarning
from harmonize.errors import ConfigurationError

pytestmark = pytest.mark.filterwarnings("ignore::harmonize.combat.SmallBatchWarning")  # small tables are enough here

COVARIATES = {"categorical": "sex", "continuous": "age"}


def test_one_row_batch_is_refused_with_the_reason_and_allowed_for_locations(simulate, golden):
    table = simulate(rows=(22, 1))
    with golden.error(ConfigurationError):
        ComBat("scanner").fit(table)
    assert np.isfinite(ComBat("scanner", mean_only=True).fit_transform(table)).all()


def test_small_batches_are_named(simulate, golden):
    with golden.warning(SmallBatchWarning):
        ComBat("scanner").fit(simulate(rows=(8, 25)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ComBat("scanner").fit(simulate())


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({}, {"batch": "scaner"}),
        ({}, {"categorical": "scanner"}),
        ({}, {"continuous": ["f1"], "categorical": ["f1"]}),
        ({"f2": "many"}, {}),
        ({"f2": "1.5"}, {}),
        ({"f2": 1j}, {}),
        ({"f2": np.inf}, {}),
        ({"scanner": "A"}, {}),
        ({"scanner": None}, {}),
        ({}, {"reference": "b"}),
        ({}, {"tolerance": -1.0}),
        ({}, {"mean_only": "yes"}),
        ({}, {"spline_df": 1}),
        ({"site": lambda t: t["scanner"].str.lower()}, {"categorical": "site"}),
        ({"age": 3.0}, {"continuous": "age"}),
        ({"age": "old"}, {"continuous": "age"}),
        ({"age": np.nan}, {"continuous": "age"}),
        (
            {"age": lambda t: t["f0"], "months": lambda t: 12 * t["age"] + (t["scanner"] == "A")},
            {"continuous": ["age", "months"]},
        ),
        ({"age": np.arange(77) % 3}, {"smooth": "age"}),
        ({"f4": lambda t: t["f4"].where(t["scanner"] != "C")}, {}),
    ],
)
def test_bad_input_is_named_before_anything_is_computed(simulate, change, options, golden):
    table = simulate().assign(**change)
    with golden.error(ConfigurationError):
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


def test_one_feature_has_nothing_to_learn_from_others(simulate, golden):
    with golden.error(ConfigurationError):
        ComBat("scanner").fit(simulate(n_features=1))


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.assign(scanner="Z"),
        lambda t: t.assign(sex="x"),
        lambda t: t.drop(columns="f3"),
        lambda t: t.assign(outcome=1.0),
        lambda t: t.assign(f3=np.inf),
    ],
)
def test_new_rows_that_do_not_fit_are_refused(simulate, change, golden):
    table = simulate(covariates=True)
    model = ComBat("scanner", **COVARIATES).fit(table)
    with golden.error(ConfigurationError):
        model.transform(change(table))


def test_a_column_that_stands_there_twice(simulate, golden):
    table = simulate()
    with golden.error(ConfigurationError):
        ComBat("scanner").fit(table.rename(columns={"f2": "f1"}))
