"""Reliability tables as tests need them."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest

from evaluation.tables import RELIABILITY_COLUMNS


@pytest.fixture(scope="session")
def reliability() -> Callable[..., pd.DataFrame]:
    """Make a reliability table: by sequence / ROI, feature and statistic an estimate, or one by condition."""

    def make(places: Mapping[str, Mapping[str, Mapping[str, object]]], half: float = 0.05) -> pd.DataFrame:
        rows = []
        for place, features in places.items():
            sequence, roi = place.split("/")
            for feature, statistics in features.items():
                for statistic, given in statistics.items():
                    over_all = "all" if statistic in ("cv", "qcd") else "ACC+DLR"
                    by_condition = given if isinstance(given, Mapping) else {over_all: given}
                    for condition, value in by_condition.items():
                        number = np.nan if value is None else value
                        limits = (np.nan, np.nan) if over_all == "all" else (number - half, number + half)
                        status = "constant" if value is None else "ok"
                        rows.append(("raw", sequence, roi, feature, condition, statistic, number, *limits, 17, status))
        return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))

    return make
