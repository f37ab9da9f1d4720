import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.page.quantities import counted, known, table


@given(st.integers(1, 10_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_share_is_plain_whatever_it_was_counted_with(pair):
    passing, total = pair
    found = counted(np.int64(passing), np.int64(total))
    assert json.loads(json.dumps(found)) == found
    assert found["value"] == passing / total


@pytest.mark.parametrize(("value", "number"), [("0.5", 0.5), ("", None), (math.nan, None), (None, None), (3, 3.0)])
def test_what_is_no_number_is_none(value, number):
    assert known(value) == number


def test_columns_of_numbers_are_named_one_by_one_or_from_the_first_on():
    rows = [("a", "1", "2")]
    assert table("xyz", rows, 1)["numeric"] == table("xyz", rows, (1, 2))["numeric"] == [1, 2]
    assert table("xyz", rows)["numeric"] == []
