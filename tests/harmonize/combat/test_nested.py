import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat, NestedComBat
from harmonize.combat.nested import differing
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
    ("options", "change", "message"),
    [
        ({"batches": ()}, {}, "batches is empty"),
        ({"batches": ["scanner", "scanner"]}, {}, "'scanner' is named twice as batches"),
        ({"order": "best"}, {}, "order='best'"),
        ({"order": "search"}, {"f1": lambda t: t["f1"].where(t.index > 3)}, "complete features"),
        ({"batches": ["scanner", "room"]}, {"room": lambda t: t["scanner"]}, None),
    ],
)
def test_bad_input(options, change, message, golden):
    model = NestedComBat(**{"batches": ["scanner", "protocol"], "continuous": "age", **options})
    table = simulate().assign(**change)
    table = table.drop(columns="protocol") if "protocol" not in model.batches else table
    if message is None:  # a variable that repeats another one has nothing left to take out
        assert np.isfinite(model.fit_transform(table)).all()
        return
    with golden.error(ConfigurationError):
        model.fit(table)


def test_features_that_differ_are_counted_and_constant_ones_do_not():
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2], 30)
    same, shifted, wider = rng.normal(size=(3, 90)) * np.array([np.ones(90), np.ones(90), 1 + codes])
    values = np.column_stack([same, shifted + codes, np.ones(90), wider])
    assert differing(values[:, [0]], codes) == 0
    assert differing(values, codes) == 2
