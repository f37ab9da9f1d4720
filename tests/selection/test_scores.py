import numpy as np
import pandas as pd
import pytest

from harmonize.errors import ConfigurationError
from selection.scores import reliability_scores


@pytest.fixture
def table(reliability):
    return reliability(
        {
            "T2/liver": {"X": {"icc": {"A": 0.9, "B": 0.8}, "cv": 0.1}, "Y": {"icc": {"A": 0.7, "B": None}, "cv": 0.3}},
            "T1/liver": {"X": {"icc": {"A": 0.6}, "cv": 0.2}, "Y": {"icc": {"A": 0.5}, "cv": None}},
        }
    )


def test_the_worst_over_conditions_and_places_counts(table):
    assert reliability_scores(table).to_dict() == {"X": 0.6, "Y": -np.inf}
    assert reliability_scores(table, sequence="T2").to_dict() == {"X": 0.8, "Y": -np.inf}
    assert reliability_scores(table, "cv").to_dict() == {"X": -0.2, "Y": -np.inf}
    assert reliability_scores(table, compared="limit", sequence="T1").to_dict() == pytest.approx({"X": 0.55, "Y": 0.45})


def test_what_the_table_lacks_is_named(table, golden):
    with golden.error(ConfigurationError):
        reliability_scores(table, "icx")
    table.loc[table["statistic"] == "cv", "statistic"] = "mine"
    with golden.error(ConfigurationError):
        reliability_scores(table, "mine")
    with golden.error(ConfigurationError):
        reliability_scores(table, roi="livr")
    with golden.error(ConfigurationError):
        reliability_scores(pd.concat([table, table.assign(strategy="n4")]))
