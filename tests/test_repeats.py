"""The repeats of known reliability that other tests plant in real tables."""

import numpy as np
import pandas as pd
import pytest

from evaluation.reliability import icc


@pytest.fixture
def skewed():
    rng = np.random.default_rng(0)
    features = [f"original_glcm_F{i}" for i in range(30)]
    table = pd.DataFrame(rng.lognormal(0.0, 1.0, (40, 30)), columns=features)
    return table.assign(outcome=np.arange(40) % 2), features


@pytest.mark.parametrize("number", [2, 3])
def test_repeats_have_exactly_the_reliability_asked_for(skewed, add_repeats, number):
    table, features = skewed
    wanted = np.linspace(0.05, 1.0, 30)
    conditions = [f"repeat {i}" for i in range(number)]
    repeats = add_repeats(table, wanted, features=features, conditions=conditions, seed=7)
    assert list(repeats["condition"].unique()) == conditions
    stacked = np.stack([repeats.loc[repeats["condition"] == c, features].to_numpy().T for c in conditions], axis=-1)
    assert icc(stacked, form="C,1").estimate == pytest.approx(wanted, abs=1e-10)
    assert stacked.mean(axis=1) == pytest.approx(np.repeat(table[features].mean().to_numpy()[:, None], number, axis=1))
    assert repeats["outcome"].tolist() == table["outcome"].tolist() * number
