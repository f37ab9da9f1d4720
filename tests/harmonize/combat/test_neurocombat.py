import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat, NeuroComBat
from harmonize.errors import ConfigurationError


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2], 25)
    values = rng.normal(size=(3, 10))[codes] + rng.uniform(0.5, 2, (3, 10))[codes] * rng.normal(size=(75, 10))
    frame = pd.DataFrame(values, columns=[f"f{i}" for i in range(10)])
    age = rng.integers(20, 80, 75).astype(float)  # whole numbers, because the package keeps covariates as float32
    return frame.assign(scanner=np.array(["A", "B", "C"])[codes], sex=rng.choice(["f", "m"], 75), age=age)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"parametric": False},
        {"mean_only": True},
        {"empirical_bayes": False},
        {"parametric": False, "mean_only": True},
    ],
)
@pytest.mark.parametrize("covariates", [{}, {"categorical": "sex", "continuous": "age"}])
def test_equals_combat(table, options, covariates):
    if not covariates:
        table = table.drop(columns=["sex", "age"])
    found = NeuroComBat("scanner", **options, **covariates).set_output(transform="pandas").fit_transform(table)
    expected = ComBat("scanner", **options, **covariates).set_output(transform="pandas").fit_transform(table)
    pd.testing.assert_frame_equal(found, expected, rtol=0, atol=1e-10)


def test_prints_nothing_and_transforms_the_rows_it_was_fitted_on(table, capsys):
    table = table.drop(columns=["sex", "age"])
    model = NeuroComBat("scanner").fit(table)
    np.testing.assert_array_equal(model.transform(table), NeuroComBat("scanner").fit_transform(table))
    assert capsys.readouterr().out == ""


def test_refuses_other_rows(table, golden):
    model = NeuroComBat("scanner", categorical="sex", continuous="age").fit(table)
    for other in (table.iloc[:10], table.iloc[::-1], table.assign(age=table["age"] + 1)):
        with golden.error(ConfigurationError):
            model.transform(other)


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({}, {"reference": "A"}),
        ({"f3": lambda t: t["f3"].where(t.index > 0)}, {}),
        ({"f3": 1.0}, {}),
        ({"scanner": "A"}, {}),
    ],
)
def test_refuses_what_is_broken_in_the_package_with_the_reason(table, change, options, golden):
    with golden.error(ConfigurationError):
        NeuroComBat("scanner", categorical="sex", continuous="age", **options).fit(table.assign(**change))
