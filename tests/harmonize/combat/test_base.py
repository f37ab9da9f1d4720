import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from harmonize.combat.base import BatchHarmonizer
from harmonize.errors import ConfigurationError


class Centre(BatchHarmonizer):
    """The smallest harmonizer: takes the batch mean out."""

    def __init__(self, batch="batch"):
        self.batch = batch

    def _estimate(self, table):
        self.means_ = np.array([table.values[table.codes == k].mean(axis=0) for k in range(len(self.batches_))])

    def _adjust(self, table):
        return table.values - self.means_[table.codes]


@pytest.mark.filterwarnings("ignore::harmonize.combat.NegativeWarning")  # features are near 0
@pytest.mark.parametrize("place", [0, 1, 2])
def test_features_are_found_wherever_the_batch_column_stands(place):
    table = pd.DataFrame({"a": [1.0, 3.0, 5.0, 5.0], "b": [0.0, 2.0, 1.0, 3.0]})
    table.insert(place, "batch", ["x", "x", "y", "y"])
    expected = [[-1.0, -1.0], [1.0, 1.0], [0.0, -1.0], [0.0, 1.0]]
    model = Centre().fit(table)
    np.testing.assert_array_equal(model.transform(table), expected)
    np.testing.assert_array_equal(model.transform(table[["b", "batch", "a"]]), expected)
    assert model.features_ == ["a", "b"]


def test_the_given_table_is_not_changed():
    table = pd.DataFrame({"a": [1.0, 3.0], "batch": [1, 2]})
    before = table.copy()
    Centre().fit_transform(table)
    pd.testing.assert_frame_equal(table, before)


def test_fitting_again_forgets_the_first_table():
    model = Centre(batch=0).fit(np.array([[0, 1.0], [1, 2.0]]))
    named = pd.DataFrame({0: [0, 1], 1: [1.0, 2.0], 2: [3.0, 4.0]})
    model.fit(named)
    assert model.n_features_in_ == 3
    Centre("batch").fit(pd.DataFrame({"batch": [0, 1], "a": [1.0, 2.0]}))
    again = Centre("b").fit(pd.DataFrame({"b": [0, 1], "a": [1.0, 2.0]}))
    again.set_params(batch=0).fit(named)
    assert not hasattr(again, "feature_names_in_")


def test_not_fitted():
    with pytest.raises(NotFittedError):
        Centre().transform(pd.DataFrame({"batch": [1]}))


@pytest.mark.parametrize(
    "X",
    [
        np.arange(3.0),
        pd.DataFrame({"batch": ["x"]}),
        pd.DataFrame({"batch": [], "a": []}),
    ],
)
def test_tables_that_are_none(X, golden):
    with golden.error(ConfigurationError):
        Centre().fit(X)
