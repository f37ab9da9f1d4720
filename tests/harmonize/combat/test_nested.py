import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat, NestedComBat
from harmonize.combat.nested import OneVariableWarning, differing
from harmonize.errors import ConfigurationError


def simulate(seed=0, n=120, p=10):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n, p)), columns=[f"f{i}" for i in range(p)])
    scanner, protocol = rng.integers(0, 2, n), rng.integers(0, 3, n)
    table += rng.normal(size=(2, p))[scanner] + rng.normal(size=(3, p))[protocol]
    return table.assign(scanner=np.array(["A", "B"])[scanner], protocol=protocol, age=rng.uniform(20, 80, n))


def test_given_order_is_one_combat_after_the_other():
    table = simulate()
    first = ComBat("protocol", continuous="age").set_output(transform="pandas")
    step = first.fit_transform(table.drop(columns="scanner")).assign(scanner=table["scanner"], age=table["age"])
    expected = ComBat("scanner", continuous="age").fit_transform(step)
    model = NestedComBat(["protocol", "scanner"], continuous="age").fit(table)
    np.testing.assert_array_equal(model.transform(table), expected)
    np.testing.assert_array_equal(
        NestedComBat(["protocol", "scanner"], continuous="age").fit_transform(table), expected
    )
    assert model.order_ == ("protocol", "scanner")


def test_search_takes_the_order_that_leaves_the_fewest_differences():
    table = simulate()
    model = NestedComBat(["protocol", "scanner"], continuous="age", order="search").fit(table)
    assert set(model.remaining_) == {("protocol", "scanner"), ("scanner", "protocol")}
    assert model.remaining_[model.order_] == min(model.remaining_.values())
    expected = NestedComBat(list(model.order_), continuous="age").fit_transform(table)
    np.testing.assert_array_equal(model.transform(table), expected)


def test_new_rows_and_back(golden):
    table = simulate()
    model = NestedComBat(["protocol", "scanner"], continuous="age").fit(table.iloc[:100])
    new = table.iloc[100:]
    harmonized = model.transform(new)
    names = [f"f{i}" for i in range(10)]
    back = model.inverse_transform(new.assign(**dict(zip(names, harmonized.T, strict=True))))
    np.testing.assert_allclose(back, new[names], rtol=0, atol=1e-12)
    with golden.error(ConfigurationError):
        model.transform(new.assign(scanner="Z"))


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"batches": ()}, {}),
        ({"batches": ["scanner", "scanner"]}, {}),
        ({"order": "best"}, {}),
        ({"order": "search"}, {"f1": lambda t: t["f1"].where(t.index > 3)}),
    ],
)
def test_bad_input(options, change, golden):
    model = NestedComBat(**{"batches": ["scanner", "protocol"], "continuous": "age", **options})
    table = simulate().assign(**change)
    table = table.drop(columns="protocol") if "protocol" not in model.batches else table
    with golden.error(ConfigurationError):
        model.fit(table)


@pytest.mark.parametrize("same", [True, False], ids=["one", "follows"])
def test_of_two_variables_of_which_one_follows_from_the_other_both_are_named(same, golden):
    table = simulate().drop(columns="protocol")
    table["scanner"] += np.where(table.index % 2, "", "1")
    room = table["scanner"] if same else table["scanner"].str[:1]
    with golden.warning(OneVariableWarning):
        model = NestedComBat(["scanner", "room"], continuous="age").fit(table.assign(room=room))
    first = model.steps_[0].transform(table)  # the second has hardly anything left to take out
    np.testing.assert_allclose(model.transform(table.assign(room=room)), first, rtol=0, atol=0.3)


def test_features_that_differ_are_counted_and_constant_ones_do_not():
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2], 30)
    same, shifted, wider = rng.normal(size=(3, 90)) * np.array([np.ones(90), np.ones(90), 1 + codes])
    values = np.column_stack([same, shifted + codes, np.ones(90), wider])
    assert differing(values[:, [0]], codes) == 0
    assert differing(values, codes) == 2
