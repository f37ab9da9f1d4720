import numpy as np
import pandas as pd
import pytest

from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds


def reliability(*rows):
    columns = ["feature", "condition", "statistic", "estimate", "status"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(strategy="raw", sequence="T2", roi="liver", lower=np.nan, upper=np.nan, n=17)


def passing(table, limits):
    result = Thresholds.from_mapping(limits, "rule").passing(table)
    return dict(zip(result["feature"], result["passes"], strict=True))


def test_a_feature_passes_only_if_every_condition_passes():
    table = reliability(
        ("a_glcm_X", "REF+DLR", "icc", 0.95, "ok"),
        ("a_glcm_X", "ACC+STD", "icc", 0.89, "ok"),
        ("a_glcm_Y", "REF+DLR", "icc", 0.95, "ok"),
        ("a_glcm_Y", "ACC+STD", "icc", 0.91, "ok"),
    )
    assert passing(table, {"icc": 0.9}) == {"a_glcm_X": False, "a_glcm_Y": True}


def test_an_estimate_equal_to_the_threshold_does_not_pass():
    assert passing(reliability(("a_glcm_X", "ACC", "icc", 0.9, "ok")), {"icc": 0.9}) == {"a_glcm_X": False}


def test_what_could_not_be_computed_does_not_pass():
    # a failing ICC that counts as 1 is the known fault of other tools
    rows = [("a_glcm_X", "ACC", "icc", np.nan, "constant"), ("a_glcm_X", "all", "cv", np.nan, "sign_change")]
    table = reliability(*rows)
    assert passing(table, {"icc": 0.9}) == {"a_glcm_X": False}
    assert passing(table, {"cv": 0.1}) == {"a_glcm_X": False}


def test_dispersion_must_lie_below_its_threshold_and_agreement_above():
    table = reliability(("a_glcm_X", "ACC", "icc", 0.95, "ok"), ("a_glcm_X", "all", "cv", 0.05, "ok"))
    assert passing(table, {"icc": 0.9, "cv": 0.1}) == {"a_glcm_X": True}
    assert passing(table, {"icc": 0.9, "cv": 0.04}) == {"a_glcm_X": False}
    assert passing(table, {"icc": 0.96, "cv": 0.1}) == {"a_glcm_X": False}


def test_a_statistic_that_the_table_lacks_is_named():
    with pytest.raises(ConfigurationError, match="qcd"):
        passing(reliability(("a_glcm_X", "ACC", "icc", 0.95, "ok")), {"qcd": 0.1})


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"ic": 0.9}, "did you mean 'icc'"),
        ({"icc": 1.0}, "no estimate is above 1"),
        ({"cv": 0}, "no estimate is below 0"),
        ({"icc": "high"}, "expected a number, found 'high'"),
        ({"icc": True}, "expected a number, found True"),
        ({}, "at least one threshold"),
        ([0.9], "expected statistics and their thresholds"),
    ],
)
def test_a_bad_rule_is_refused(limits, message):
    with pytest.raises(ConfigurationError, match=message):
        Thresholds.from_mapping(limits, "study.yaml: thresholds")


def test_the_default_is_icc_and_ccc_above_090():
    assert Thresholds.from_mapping(None, "").to_mapping() == {"icc": 0.9, "ccc": 0.9}
