import numpy as np
import pandas as pd

from harmonize.combat.table_parts import as_frame, check_roles, feature_values, refuse_infinite
from harmonize.errors import ConfigurationError


def test_an_array_becomes_a_table_and_a_column_that_stands_twice_is_refused(golden):
    assert as_frame(np.zeros((2, 3))).columns.tolist() == [0, 1, 2]
    with golden.error(ConfigurationError):
        as_frame(pd.DataFrame(np.zeros((1, 2)), columns=["a", "a"]))
    with golden.error(ConfigurationError):
        as_frame(pd.DataFrame({"a": []}))


def test_a_column_has_one_role_and_is_there(golden):
    columns = pd.Index(["site", "age"])
    check_roles({"batch": ("site",), "continuous": ("age",)}, columns)
    with golden.error(ConfigurationError):
        check_roles({"batch": ("site",), "continuous": ("site",)}, columns)
    with golden.error(ConfigurationError):
        check_roles({"batch": ("sites",)}, columns)


def test_features_are_copied_and_what_is_no_finite_number_is_named(golden):
    table = pd.DataFrame({"x": [1, 2], "site": ["A", "B"], "y": pd.array([0.5, None], dtype="Float64")})
    found = feature_values(table, np.array([0, 2]))
    np.testing.assert_array_equal(found, [[1.0, 0.5], [2.0, np.nan]])
    with golden.error(ConfigurationError):
        feature_values(table, np.array([0, 1]))
    with golden.error(ConfigurationError):
        refuse_infinite(table, np.array([[1.0, 2.0], [3.0, np.inf]]), ["x", "y"])
