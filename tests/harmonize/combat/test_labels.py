import numpy as np
import pandas as pd
import pytest

from harmonize.combat.labels import encode, labels_of
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["b", "a", "b"], ("a", "b")),
        (np.array([2, 1, 2]), (1, 2)),
        (pd.Categorical(["b", "a"], categories=["c", "b", "a"]), ("a", "b")),
        ([True, False], (False, True)),
        (["x", 2, 1], (1, 2, "x")),
    ],
)
def test_labels_are_plain_sorted_and_found_again(column, expected):
    series = pd.Series(column)
    labels = labels_of(series, "batch")
    assert labels == expected
    assert {type(label) for label in labels} <= {str, int, bool}
    assert [labels[code] for code in encode(series, labels, "batch")] == series.tolist()


def test_what_is_neither_text_nor_number_is_refused(golden):
    with golden.error(ConfigurationError):
        labels_of(pd.Series([(1, 2)]), "batch")


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_missing_label_names_its_row(missing, golden):
    with golden.error(ConfigurationError):
        labels_of(pd.Series(["a", missing], index=["r1", "r2"]), "batch")
    with golden.error(ConfigurationError):
        encode(pd.Series(["a", missing]), ("a",), "batch")
