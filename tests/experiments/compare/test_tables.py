import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.compare.tables import Tolerance, compare_tables

KEYS = ["roi"]


def one_column(values):
    return pd.DataFrame({"roi": [f"r{number}" for number in range(len(values))], "x": np.array(values, float)})


def compare(a, b, **tolerance):
    return compare_tables("t", one_column(a), one_column(b), KEYS, Tolerance(**tolerance))


def test_the_order_of_rows_and_columns_does_not_matter():
    one = one_column([1, 2, 3]).assign(y=[4.0, 5.0, 6.0])
    other = one.sample(frac=1, random_state=3)[["y", "roi", "x"]]
    assert compare_tables("t", one, other, KEYS).same


@pytest.mark.parametrize(
    ("a", "b", "differ"),
    [
        (1.0, 1.0 + 1e-7, False),
        (1.0, 1.0 + 3e-6, True),
        (0.0, 1e-10, False),
        (0.0, 1e-6, True),
        (np.nan, np.nan, False),
        (np.nan, 0.0, True),
        (np.inf, np.inf, False),
        (np.inf, -np.inf, True),
        (np.inf, 1.0, True),
        (1e300, -1e300, True),
        (-0.0, 0.0, False),
    ],
)
def test_what_counts_as_the_same(a, b, differ):
    assert (len(compare([a], [b]).beyond) == 1) is differ
    assert (len(compare([b], [a]).beyond) == 1) is differ


def test_the_tolerances_are_those_asked_for():
    assert compare([100.0], [101.0], relative=0.01).same
    assert not compare([100.0], [101.0], relative=0.009, absolute=0).same
    assert compare([100.0], [101.0], relative=0, absolute=1).same


def test_the_worst_comes_first_and_missing_numbers_after_all():
    found = compare([np.nan, 1.0, 1.0, 10.0], [1.0, 1.1, 4.0, 10.0]).beyond
    assert found["roi"].tolist() == ["r2", "r1", "r0"]
    assert found["kind"].tolist() == ["number", "number", "missing"]
    assert found["size"].tolist()[:2] == [pytest.approx(0.75), pytest.approx(0.1 / 1.1)]
    assert found["b"].tolist() == [4.0, 1.1, 1.0]


def test_below_the_unit_a_difference_is_absolute():
    one, other = one_column([0.001, 0.9, 4.0]), one_column([-0.001, 0.5, 5.0])
    relative = compare_tables("t", one, other, KEYS).beyond
    assert relative.set_index("roi")["size"].to_dict() == pytest.approx({"r0": 2.0, "r1": 0.4 / 0.9, "r2": 0.2})
    found = compare_tables("t", one, other, KEYS, unit=1.0).beyond
    assert found["roi"].tolist() == ["r1", "r2", "r0"]
    assert found["size"].tolist() == pytest.approx([0.4, 0.2, 0.002])


def test_the_main_column_comes_before_others():
    one = pd.DataFrame({"roi": ["a", "b"], "lower": [0.1, 0.2], "estimate": [0.8, 0.9]})
    found = compare_tables("t", one, one.assign(lower=0.7, estimate=[0.85, 0.8]), KEYS, unit=1.0, main="estimate")
    assert found.beyond["column"].tolist() == ["estimate", "estimate", "lower", "lower"]
    assert found.beyond["roi"].tolist() == ["b", "a", "a", "b"]


def test_rows_and_columns_of_only_one():
    one, other = one_column([1, 2]).assign(y=1.0), one_column([1, 2, 3]).assign(z=1.0)
    found = compare_tables("t", one, other, KEYS)
    assert (found.rows, found.only_b["roi"].tolist(), found.only_a.empty) == (2, ["r2"], True)
    assert (found.columns_a, found.columns_b) == (("y",), ("z",))
    assert not found.same


def test_texts_are_compared_where_asked_after_numbers_and_counted():
    one = one_column([1, 2, 3, 4]).assign(status=["ok", "ok", "ok", "few"])
    other = one_column([1, 2, 3, 5]).assign(status=["ok", "undefined", "undefined", "ok"])
    found = compare_tables("t", one, other, KEYS, texts=["status"])
    assert found.beyond[["roi", "kind", "column", "a", "b"]].to_numpy().tolist() == [
        ["r3", "number", "x", 4.0, 5.0],
        ["r1", "text", "status", "ok", "undefined"],
        ["r2", "text", "status", "ok", "undefined"],
        ["r3", "text", "status", "few", "ok"],
    ]
    assert found.changes() == [
        {"column": "status", "a": "ok", "b": "undefined", "count": 2, "first": {"roi": "r1"}},
        {"column": "status", "a": "few", "b": "ok", "count": 1, "first": {"roi": "r3"}},
    ]


def test_nothing_in_common():
    found = compare_tables("t", one_column([1]), one_column([1]).assign(roi="other"), KEYS)
    assert (found.rows, len(found.only_a), len(found.only_b), found.beyond.empty) == (0, 1, 1, True)
    assert found.most() == {}


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=30))
def test_it_agrees_with_the_definition_number_by_number(pairs):
    a, b = [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def same(x, y):
        if x == y or (np.isnan(x) and np.isnan(y)):
            return True
        if not (np.isfinite(x) and np.isfinite(y)):
            return False
        return abs(x - y) <= 1e-9 + 1e-6 * max(abs(x), abs(y))

    expected = {f"r{i}" for i, pair in enumerate(pairs) if not same(*pair)}
    assert set(compare(a, b).beyond["roi"]) == expected
    assert set(compare(b, a).beyond["roi"]) == expected
