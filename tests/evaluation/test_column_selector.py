import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from evaluation.classification import RandomFeatures
from evaluation.column_selector import ClassSelector, ColumnSelector, MissingAllowed
from selection import MRMR, Boruta, CorrelationPruning, MissingnessThreshold, RobustnessThreshold, StabilitySelection


class First(ClassSelector):
    def fit(self, X, y):
        values, self.labels_ = self._values_and_classes(X, y)
        self.support_ = np.arange(values.shape[1]) == 0
        return self


def test_support_says_which_columns_are_kept():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    selector = First().set_output(transform="pandas")
    with pytest.raises(NotFittedError):
        selector.get_support()
    pd.testing.assert_frame_equal(selector.fit(table, ["x", "y"]).transform(table), table[["a"]])
    assert selector.labels_.tolist() == ["x", "y"]
    assert selector.get_feature_names_out().tolist() == ["a"]


@pytest.mark.parametrize(
    ("values", "classes", "message"),
    [
        ([[1.0], [np.nan]], [0, 1], "NaN"),
        ([[1.0]], [0], "minimum of 2"),
        ([[1.0], [2.0]], [0.5, 1.7], "Unknown label type"),
        ([[1.0], [2.0]], None, "requires y to be passed"),
    ],
)
def test_values_and_classes_are_checked(values, classes, message):
    with pytest.raises(ValueError, match=message):
        First().fit(values, classes)


@pytest.mark.parametrize(
    ("selector", "kind", "missing", "classes"),
    [
        (RandomFeatures(), MissingAllowed, True, False),
        (MissingnessThreshold(), MissingAllowed, True, False),
        (RobustnessThreshold(pd.DataFrame()), MissingAllowed, True, False),
        (CorrelationPruning(), ColumnSelector, False, False),
        (MRMR(), ClassSelector, False, True),
        (StabilitySelection(), ClassSelector, False, True),
        (Boruta(), ClassSelector, False, True),
    ],
)
def test_every_selector_says_what_it_takes(selector, kind, missing, classes):
    assert isinstance(selector, kind)
    tags = get_tags(selector)
    assert (tags.input_tags.allow_nan, tags.target_tags.required) == (missing, classes)
