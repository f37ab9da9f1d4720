import numpy as np
import pandas as pd
import pytest

from harmonize.combat.methods import METHODS
from harmonize.errors import ConfigurationError

ZScoring = METHODS["batch_zscore"]


@pytest.mark.parametrize("made", [lambda values: values[:-1], lambda values: values * np.nan, lambda _: {}[0]])
def test_what_one_of_a_package_gives_is_looked_at(made, monkeypatch, golden):
    monkeypatch.setattr(METHODS, "package", lambda _name: "dots 1.2")
    monkeypatch.setattr(ZScoring, "_adjust", lambda _self, table: made(table.values))
    table = pd.DataFrame({"a": [1.0, 3.0, 5.0, 5.0], "batch": ["x", "x", "y", "y"]})
    with golden.error(ConfigurationError):
        ZScoring("batch").fit_transform(table)
    with golden.error(ConfigurationError):
        ZScoring("batch").fit(table).transform(table)
