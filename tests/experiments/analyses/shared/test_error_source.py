import numpy as np
import pandas as pd
import pytest

from evaluation.claims.measurement_error import measurement_error_table
from evaluation.reliability.table import reliability_table
from experiments.analyses.shared.error_source import read_measurement_error
from harmonize.errors import ConfigurationError


def repeats(n=12):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "strategy": "raw", "subject": np.repeat([f"S{i}" for i in range(n)], 2), "sequence": "T2", "roi": "liver",
            "condition": ["1", "2"] * n,
            "original_glcm_Id": np.repeat(rng.lognormal(3, 0.5, n), 2) + rng.normal(size=2 * n),
        }
    )  # fmt: skip


def test_a_reliability_table_tells_coefficients_but_neither_scale_nor_range():
    known = measurement_error_table(repeats()).iloc[0]
    names = ["rc", "rdc", "mdc", "wcv_log", "rc_log_upper"]
    _, found = read_measurement_error(reliability_table(repeats(), None, statistics=names))
    one = found.iloc[0]

    for name in ("n", "rc", "rc_upper", "rdc_lower", "mdc", "wcv", "rc_log", "rc_log_upper"):
        assert one[name] == pytest.approx(known[name]), name
    assert np.isnan([one["lowest"], one["rdc_log"]]).all()
    _, same = read_measurement_error(measurement_error_table(repeats()))
    assert same.iloc[0]["highest"] == known["highest"]


@pytest.mark.parametrize("statistics", [["icc"], None])
def test_what_tells_no_error_is_refused(statistics, golden):
    table = repeats() if statistics is None else reliability_table(repeats(), None, statistics=statistics)
    with golden.error(ConfigurationError):
        read_measurement_error(table)
