import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluation.claims.change import COLUMNS, change_table
from evaluation.claims.measurement_error import measurement_error_table
from evaluation.reliability.multiplicity import benjamini_hochberg
from harmonize.errors import ConfigurationError

FEATURES = ("constant", "proportional")


def cohort(seed, n=40, added=0.0, conditions=("1", "2")):
    """Make two visits of features with an error of 1, and with one of 10 %; `added` SDs change at the second."""
    rng = np.random.default_rng(seed)
    truth = rng.lognormal(3, 0.6, n)[:, None]
    noise = rng.normal(size=(2, n, 2))
    noise[..., 1] += added * np.sqrt(2)
    rows = {
        "strategy": "raw", "subject": np.repeat([f"S{seed}_{i}" for i in range(n)], 2), "sequence": "T2",
        "condition": list(conditions) * n, "roi": "liver",
        "original_glcm_constant": (truth + noise[0]).ravel(),
        "original_glcm_proportional": (truth * np.exp(0.1 * noise[1])).ravel(),
    }  # fmt: skip
    return pd.DataFrame(rows)


ERRORS = measurement_error_table(cohort(1, 80))


def test_changes_are_judged_on_the_scale_of_the_feature():
    found = change_table(cohort(2), ERRORS, "1", "2", "rc")
    error = ERRORS.set_index("feature")
    rc, log = error.loc["original_glcm_constant", "rc"], error.loc["original_glcm_proportional", "rc_log"]

    assert tuple(found.columns) == COLUMNS
    assert found.groupby("feature")["scale"].first().to_dict() == {
        "original_glcm_constant": "raw", "original_glcm_proportional": "log"
    }  # fmt: skip
    raw, ratio = (found[found["feature"] == f"original_glcm_{name}"] for name in FEATURES)
    np.testing.assert_allclose(raw["change"], raw["second"] - raw["first"])
    np.testing.assert_allclose(raw["upper"] - raw["lower"], 2 * rc)
    np.testing.assert_array_equal(raw["verdict"] == "changed", raw["change"].abs() > rc)
    np.testing.assert_allclose(ratio["change"], ratio["second"] / ratio["first"] - 1)
    np.testing.assert_allclose(ratio["error_lower"], np.exp(-log) - 1)
    np.testing.assert_allclose(ratio["upper"], ratio["second"] / ratio["first"] * np.exp(log) - 1)
    assert -ratio["error_lower"].iloc[0] < ratio["error_upper"].iloc[0]


def test_p_has_the_degrees_of_freedom_of_the_error():
    found = change_table(cohort(3), ERRORS, "1", "2", "rc", scale="raw")
    wsd = ERRORS.set_index("feature")["rc"] / 2.7718076

    for feature, rows in found.groupby("feature"):
        t = rows["change"].abs() / (np.sqrt(2) * wsd[feature])
        np.testing.assert_allclose(rows["p"], 2 * stats.t.sf(t, 80), rtol=0.01)
        np.testing.assert_allclose(rows["by_chance"], 2 * stats.t.sf(1.959964, 80), rtol=0.01)
    of_one = found[found["subject"] == found["subject"].iloc[0]]
    np.testing.assert_allclose(of_one["q"], benjamini_hochberg(of_one["p"]))


def test_false_alarms_and_power():
    still, moved = (change_table(cohort(4, 300, added), ERRORS, "1", "2", "rc") for added in (0, 4))

    assert np.mean(still["verdict"] == "changed") == pytest.approx(0.055, abs=0.03)
    assert np.mean(moved["verdict"] == "changed") > 0.9
    assert np.mean(change_table(cohort(4, 300), ERRORS, "1", "2", "rc", adjust="holm")["verdict"] == "changed") < 0.04


def test_who_changes_the_scanner_is_judged_by_the_rdc_alone():
    made = cohort(5, 6)
    made.loc[:3, "condition"] = ["1+GE", "2+GE", "1+GE", "2+Siemens"]
    made.loc[4:, "condition"] = ["1+GE", "2+GE"] * 4
    of = {name: tuple(name.split("+")) for name in made["condition"].unique()}
    by_rc = change_table(made, ERRORS, "1", "2", "rc", of=of)
    by_rdc = change_table(made, ERRORS, "1", "2", "rdc", of=of)

    switched = by_rc["subject"] == "S5_1"
    assert (by_rc["status"] == "protocol_changed").to_numpy().tolist() == switched.tolist()
    assert (by_rc.loc[switched, "verdict"] == "not judged").all()
    assert by_rc.loc[switched, "change"].notna().all()
    assert (by_rdc["verdict"] != "not judged").all()
    np.testing.assert_allclose(by_rdc["first"], by_rc["first"])


def test_statuses():
    made = cohort(6, 6)
    made.loc[0, "original_glcm_constant"] = np.nan
    made.loc[2, "original_glcm_constant"] = 1e4
    made.loc[4, "original_glcm_proportional"] = -1.0
    made["original_glcm_other"] = made["original_glcm_constant"]
    found = change_table(made, ERRORS, "1", "2", "mdc").set_index(["feature", "subject"])["status"]

    assert found["original_glcm_constant", "S6_0"] == "too_few"
    assert found["original_glcm_constant", "S6_1"] == "out_of_range"
    assert found["original_glcm_proportional", "S6_2"] == "no_logarithm"
    assert found["original_glcm_other", "S6_3"] == "not_studied"
    for wrong in ({"coefficient": "icc"}, {"coefficient": "rc", "scale": "ln"}, {"coefficient": "rc", "adjust": "x"}):
        with pytest.raises(ConfigurationError):
            change_table(made, ERRORS, "1", "2", **wrong)
    with pytest.raises(ConfigurationError):
        change_table(made, ERRORS, "1", "3", "rc")
