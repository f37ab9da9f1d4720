from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harmonize.errors import ConfigurationError
from harmonize.inputs.paths import as_path, path_within


@pytest.mark.parametrize("value", ["results", Path("results")])
def test_a_text_or_a_path_is_one(value):
    assert as_path(value) == Path("results")


@pytest.mark.parametrize("value", [None, "", 5, b"results", ["results"]])
def test_nothing_else_is_a_path(value):
    with pytest.raises(ConfigurationError) as raised:
        as_path(value, "`out`")
    assert str(raised.value) == f"`out`: expected a path, found {value!r}"


def test_a_path_of_a_table_stays_within_its_folder(tmp_path, golden):
    assert path_within("a\\b.nii", tmp_path, "line 2") == tmp_path / "a" / "b.nii"
    with golden.error(ConfigurationError):
        path_within("../b.nii", tmp_path, "line 2")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (pd.Series([1.0] * 9), "a Series of shape (9,)"),
        (np.zeros((3, 4)), "a ndarray of shape (3, 4)"),
        ([{"a": 1}] * 50, "a list of length 50"),
        ({"a\n b": 1}, r"{'a\n b': 1}"),
    ],
)
def test_of_what_holds_many_values_only_type_and_size_are_said(value, told):
    """A Series filled several lines of the message."""
    with pytest.raises(ConfigurationError) as raised:
        as_path(value, "table (or a DataFrame)")
    assert str(raised.value) == f"table (or a DataFrame): expected a path, found {told}"
