import numpy as np
import pandas as pd
import pytest

from evaluation.claims.measurement_error import COLUMNS, LOG, RAW, measurement_error_table
from evaluation.reliability.error_trend import error_trend
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.repeatability import log_repeatability, repeatability
from harmonize.errors import ConfigurationError

KINDS = ("proportional", "constant", "falling", "signed")


def table(seed=0, n=40, strategies=("raw",)):
    """Make repeats of features whose errors are proportional, constant, falling, or proportional around zero."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.lognormal(3, 0.7, n), 2)
    error = rng.normal(size=(4, 2 * n))
    values = {
        "proportional": truth * np.exp(0.1 * error[0]),
        "constant": truth + error[1],
        "falling": truth + error[2] * 40 / truth,
        "signed": (truth + 0.2 * truth * error[3]) * np.where(np.arange(2 * n) < 10, -1, 1),
    }
    parts = [
        pd.DataFrame(
            {
                "strategy": strategy, "subject": np.repeat([f"S{i}" for i in range(n)], 2), "sequence": "T2",
                "condition": ["1", "2"] * n, "roi": "liver",
                **{f"original_glcm_{kind}": value for kind, value in values.items()},
            }
        )
        for strategy in strategies
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_every_feature_is_judged_on_the_scale_of_its_error():
    found = measurement_error_table(table()).set_index("feature")

    assert found["scale"].tolist() == [LOG, RAW, RAW, RAW]
    assert found["status"].tolist() == ["ok", "ok", "heteroscedastic", "heteroscedastic"]
    assert np.isnan(found.loc["original_glcm_signed", ["wcv", "rc_log", "tau_log"]].astype(float)).all()
    assert found.loc["original_glcm_proportional", "wcv"] == pytest.approx(0.1, rel=0.2)
    assert found.loc["original_glcm_constant", "rc"] == pytest.approx(2.77, rel=0.2)
    assert found.loc["original_glcm_falling", "tau"] < 0


def test_numbers_are_those_of_the_functions_and_q_is_of_a_strategy():
    made = table(1, 12, ("raw", "n4"))
    found = measurement_error_table(made, level=0.9, interval="adjusted")
    one = found[found["strategy"] == "n4"]
    values = np.stack(
        [made.loc[made["strategy"] == "n4", f"original_glcm_{kind}"].to_numpy().reshape(12, 2) for kind in KINDS]
    )
    raw, log = repeatability(values, 0.9, "adjusted"), log_repeatability(values, 0.9, "adjusted")

    assert tuple(found.columns) == COLUMNS
    np.testing.assert_allclose(one["rc_upper"], raw.repeated.coefficient[2])
    np.testing.assert_allclose(one["rdc_lower"], raw.reproduced.coefficient[1])
    np.testing.assert_allclose(one["rdc_log_upper"], log.reproduced.coefficient[2])
    np.testing.assert_allclose(one["q"], benjamini_hochberg(error_trend(values)[1]))
    np.testing.assert_allclose(one["lowest"], values.min(axis=(1, 2)))


def test_what_is_missing_has_a_status():
    made = table(2, 6)
    made["original_glcm_constant"] = 4.0
    made.loc[made["condition"] == "2", "original_glcm_falling"] = np.nan
    found = measurement_error_table(made).set_index("feature")

    assert found.loc["original_glcm_constant", "status"] == "constant"
    assert found.loc["original_glcm_falling", ["n", "status"]].tolist() == [0, "too_few"]
    assert np.isnan(found.loc["original_glcm_falling", ["rc", "lowest", "highest"]].astype(float)).all()
    with pytest.raises(ConfigurationError):
        measurement_error_table(made, alpha=5)


@pytest.mark.parametrize(("n", "status"), [(1, "too_few"), (2, "too_few"), (3, "too_few"), (4, "ok")])
def test_a_row_with_missing_numbers_says_why(n, status):
    found = measurement_error_table(table(3, n), columns=["original_glcm_constant"]).iloc[0]

    assert found["status"] == status
    assert np.isfinite(found["rc"])
    assert np.isnan(found["tau"]) == (n < 4)
    assert np.isnan(found["rdc"]) == (n < 2)


def test_repeats_that_are_equal_or_shifted_have_no_error_and_no_limits():
    made = table(4, 6)
    first = np.repeat(made["original_glcm_constant"].to_numpy()[::2], 2)
    made["original_glcm_constant"] = first
    made["original_glcm_falling"] = np.round(first) + np.tile([0.0, 2.0], 6)
    found = measurement_error_table(made).set_index("feature")
    same, shifted = found.loc["original_glcm_constant"], found.loc["original_glcm_falling"]

    assert [same["status"], shifted["status"]] == ["no_error_variance"] * 2
    assert same[["rc", "rdc", "mdc", "wcv", "rc_log"]].tolist() == [0.0] * 5
    assert [shifted["mdc"], shifted["rc"] > 0, np.isfinite(shifted["rc_upper"])] == [0.0, True, True]
    ends = [f"{name}_{end}" for name in ("rc", "rdc", "mdc", "wcv", "rc_log", "mdc_log") for end in ("lower", "upper")]
    assert same[ends].isna().all()
    assert shifted[["mdc_lower", "mdc_upper"]].isna().all()


def test_errors_of_one_size_have_no_trend():
    made = table(5, 6)
    signs = np.tile([1.0, 1.0, 1.0, -1.0], 3)
    made["original_glcm_constant"] = np.repeat(np.arange(10.0, 16.0), 2) + np.tile([0.0, 2.0], 6) * signs
    found = measurement_error_table(made).set_index("feature").loc["original_glcm_constant"]

    assert [found["status"], np.isfinite(found["mdc_upper"])] == ["undefined", True]
