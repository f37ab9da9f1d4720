import numpy as np
import pandas as pd
import pytest

from evaluation.classification.pairs import pair_rows
from harmonize.errors import ConfigurationError

X = pd.DataFrame({"a": np.arange(6.0), "b": -np.arange(6.0)}, index=[10, 11, 12, 13, 14, 15])
Y = [0, 1, 1, 0, 1, 0]
WHO = ["P1", "P2", "P2", "P1", "P3", "P4"]
WHERE = ["REF", "REF", "ACC", "ACC", "ACC", "DLR"]


def test_rows_of_the_same_subject_stand_at_the_same_place():
    pairs = pair_rows(X, Y, WHO, WHERE, train="REF", test="ACC")
    assert pairs.groups.tolist() == ["P1", "P2"]
    assert pairs.y.tolist() == [0, 1]
    assert pairs.first["a"].tolist() == [0.0, 1.0]
    assert pairs.second["a"].tolist() == [3.0, 2.0]
    assert pairs.unpaired == 1  # P3; P4 is in neither condition
    other = pair_rows(X, Y, WHO, WHERE, train="ACC", test="REF")
    assert other.first.set_axis(other.groups).loc["P1", "a"] == 3.0


def test_units_tell_the_rows_of_a_subject_apart(golden):
    who, where, lesion = ["P1"] * 4, ["REF", "REF", "ACC", "ACC"], [1, 2, 2, 1]
    pairs = pair_rows(X.head(4), [0, 1, 1, 0], who, where, train="REF", test="ACC", units=lesion)
    assert pairs.second["a"].tolist() == [3.0, 2.0]
    with golden.error(ConfigurationError):
        pair_rows(X.head(4), [0, 1, 1, 0], who, where, train="REF", test="ACC")


@pytest.mark.parametrize(
    "change",
    [
        {"test": "ACD"},
        {"train": "ACC"},
        {"test": "DLR"},
        {"y": [1, *Y[1:]]},
        {"groups": WHO[1:]},
    ],
)
def test_what_does_not_fit_is_refused(change, golden):
    arguments = {"X": X, "y": Y, "groups": WHO, "condition": WHERE, "train": "REF", "test": "ACC", **change}
    with golden.error(ConfigurationError):
        pair_rows(**arguments)
