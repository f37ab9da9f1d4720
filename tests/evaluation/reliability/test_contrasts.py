import numpy as np
import pandas as pd

from evaluation.reliability.contrasts import GroupsByStrategy, check_reference, groups
from harmonize.errors import ConfigurationError


def table():
    rows = [
        # strategy, subject, sequence, condition, roi, value
        ("none", "S1", "T2", "REF", "liver", 1.0),
        ("none", "S1", "T2", "ACC", "liver", 2.0),
        ("none", "S2", "T2", "REF", "liver", 3.0),
        ("none", "S2", "T1", "REF", "liver", 4.0),
        ("n4", "S2", "T2", "DLR", "liver", 5.0),
    ]
    frame = pd.DataFrame(rows, columns=["strategy", "subject", "sequence", "condition", "roi", "original_glcm_Id"])
    return frame.assign(original_glcm_Idm=frame["original_glcm_Id"].where(frame["strategy"] == "none") * 10)


def test_every_strategy_has_the_groups_conditions_and_subjects_that_any_has():
    found = {(group.strategy, group.sequence): group for group in groups(table())}

    assert list(found) == [("none", "T2"), ("none", "T1"), ("n4", "T2"), ("n4", "T1")]
    assert found["n4", "T2"].conditions == ("REF", "ACC", "DLR")
    assert found["n4", "T1"].conditions == ("REF",)
    nan = np.nan
    np.testing.assert_array_equal(found["none", "T2"].values[0], [[1, 2, nan], [3, nan, nan]])
    np.testing.assert_array_equal(found["none", "T2"].values[1], [[10, 20, nan], [30, nan, nan]])
    np.testing.assert_array_equal(found["none", "T1"].values[0], [[nan], [4]])
    np.testing.assert_array_equal(found["n4", "T2"].values, [[[nan, nan, nan], [nan, nan, 5]]])
    assert np.isnan(found["n4", "T1"].values).all()


def test_a_feature_that_a_strategy_did_not_extract_is_absent_there():
    features = {group.strategy: group.features for group in groups(table())}

    assert features == {"none": ("original_glcm_Id", "original_glcm_Idm"), "n4": ("original_glcm_Id",)}


def test_pairs_have_the_reference_first():
    group = next(groups(table()))
    conditions, pairs = group.against("ACC")

    assert conditions == ("REF", "DLR")
    assert pairs.shape == (2, 2, 2, 2)
    np.testing.assert_array_equal(pairs[0, 0], [[2, 1], [np.nan, 3]])
    absent, without = group.against("XYZ")
    assert absent == ("REF", "ACC", "DLR")
    assert np.isnan(without[..., 0]).all()


def test_a_reference_that_no_row_has_is_refused(golden):
    check_reference(table(), "REF")
    with golden.error(ConfigurationError):
        check_reference(table(), "REFF")


def test_groups_by_strategy_are_the_groups_in_their_order():
    by_strategy = GroupsByStrategy(table())
    expected = list(groups(table()))
    assert list(by_strategy) == list(dict.fromkeys(group.strategy for group in expected))
    found = [group for members in by_strategy.values() for group in members]
    assert [(group.strategy, group.sequence, group.roi) for group in found] == [
        (group.strategy, group.sequence, group.roi) for group in expected
    ]


def test_groups_of_no_more_than_two_strategies_are_held():
    frame = pd.concat([table().assign(strategy=name) for name in ("a", "b", "c")]).drop_duplicates(
        ["strategy", "subject", "sequence", "condition", "roi"]
    )
    members = GroupsByStrategy(frame)
    first = members["a"]
    assert members["b"] is not first
    assert members["a"] is first
    assert members["c"]
    assert members["a"] is first
    assert members["b"]
    assert members["c"]
    assert members["a"] is not first
