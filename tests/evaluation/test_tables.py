"""The checks at every door of a feature table."""

import numpy as np
import pandas as pd
import pytest

from evaluation.tables import FEATURE_KEYS, check_feature_table, of_segmentation
from harmonize.errors import ConfigurationError

KEYS = pd.DataFrame([("raw", f"S{i}", "T2", "A", "liver") for i in range(3)], columns=list(FEATURE_KEYS))
NAMES = ("original_glcm_Contrast", "original_glcm_Energy")


def table(**columns):
    values = dict(zip(NAMES, np.arange(6.0).reshape(2, 3), strict=True))
    return KEYS.assign(**values | columns)


def test_a_good_table_comes_back_itself_and_floats_with_gaps_become_plain():
    good = table()
    assert check_feature_table(good) is good
    found = check_feature_table(table(original_glcm_Energy=pd.array([1.0, None, 2.0], dtype="Float64")))
    assert found.dtypes[list(NAMES)].tolist() == [np.float64, np.float64]
    assert found["original_glcm_Energy"].isna().tolist() == [False, True, False]


def doubled(name):
    good = table()
    return pd.concat([good, good[[name]]], axis=1)


@pytest.mark.parametrize(
    "wrong",
    [
        table().drop(columns="roi"),
        KEYS.assign(age=1.0),
        table(original_glcm_Energy=["1", "2", "3"]),
        table(original_glcm_Energy=[1, 2, 3]),
        pd.concat([table(), table().iloc[1:2]]),
        doubled("original_glcm_Contrast"),
    ],
)
def test_what_is_wrong_is_named(wrong, golden):
    """Of two columns with one name an AttributeError spoke."""
    with golden.error(ConfigurationError):
        check_feature_table(wrong)


def test_two_columns_of_one_name_that_are_no_features_matter_to_nobody():
    twice = pd.concat([table(age=1.0), table(age=2.0)[["age"]]], axis=1)
    assert check_feature_table(twice) is twice


def test_segmentations_that_nothing_tells_apart_are_refused(golden):
    """Pairs of a condition of one reader and of another: nothing stands twice."""
    table = pd.DataFrame({"subject": ["S1", "S1"], "condition": ["REF", "ACC"], "segmentation": ["anna", "ben"]})
    table = table.assign(strategy="raw", sequence="T2", roi="liver", original_glcm_Contrast=[1.0, 2.0])
    with golden.error(ConfigurationError):
        check_feature_table(table)
    for told in ({"condition": ["anna", "ben"]}, {"roi": ["liver / anna", "liver / ben"]}):
        assert len(check_feature_table(table.assign(**told))) == 2
    twice = pd.concat([table, table.assign(segmentation="carl")])
    assert len(check_feature_table(twice, mixed=True)) == 4
    with golden.error(ConfigurationError):
        check_feature_table(pd.concat([twice, table]), mixed=True)


def test_the_rows_of_a_segmentation_are_those_of_none_in_particular_too():
    table = pd.DataFrame({"segmentation": ["anna", "ben", ""]})
    assert of_segmentation(table, "anna").index.tolist() == [0, 2]
    assert of_segmentation(table, "") is table
