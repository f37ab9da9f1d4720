"""Tables with batches, shared by the tests of ComBat."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def simulate():
    """Give a function that makes a feature table whose batches differ in location and scale."""
    return _simulate


@pytest.fixture(scope="session")
def features_of():
    """Give a function that takes the features out of such a table."""
    return _features_of


def _simulate(seed=0, rows=(22, 30, 25), n_features=12, covariates=False):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(rows)), rows)
    location, scale = rng.normal(size=(len(rows), n_features)), rng.uniform(0.5, 2.0, size=(len(rows), n_features))
    table = pd.DataFrame(
        4.0 + location[codes] + scale[codes] * rng.normal(size=(len(codes), n_features)),
        columns=[f"f{i}" for i in range(n_features)],
    )
    table.insert(0, "scanner", np.array(["A", "B", "C", "D"])[codes])
    if covariates:
        table["age"] = rng.uniform(20, 80, len(codes))
        table["sex"] = rng.choice(["f", "m"], len(codes))
        table[[f"f{i}" for i in range(n_features)]] += 0.05 * table[["age"]].to_numpy()
    return table


def _features_of(table):
    return table.filter(regex=r"^f\d+$").to_numpy()
