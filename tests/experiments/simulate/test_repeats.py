import numpy as np
import pandas as pd
import pytest

from evaluation.reliability import icc
from experiments.simulate.repeats import add_repeats
from harmonize.errors import ConfigurationError


@pytest.fixture
def skewed():
    rng = np.random.default_rng(0)
    features = [f"original_glcm_F{i}" for i in range(30)]
    table = pd.DataFrame(rng.lognormal(0.0, 1.0, (40, 30)), columns=features)
    return table.assign(outcome=np.arange(40) % 2), features


@pytest.mark.parametrize("number", [2, 3])
def test_repeats_have_exactly_the_reliability_asked_for(skewed, number):
    table, features = skewed
    wanted = np.linspace(0.05, 1.0, 30)
    conditions = [f"repeat {i}" for i in range(number)]
    repeats = add_repeats(table, wanted, features=features, conditions=conditions, seed=7)
    assert list(repeats["condition"].unique()) == conditions
    stacked = np.stack([repeats.loc[repeats["condition"] == c, features].to_numpy().T for c in conditions], axis=-1)
    assert icc(stacked, form="C,1").estimate == pytest.approx(wanted, abs=1e-10)
    assert stacked.mean(axis=1) == pytest.approx(np.repeat(table[features].mean().to_numpy()[:, None], number, axis=1))
    assert repeats["outcome"].tolist() == table["outcome"].tolist() * number


def test_a_constant_feature_and_one_of_reliability_1_stay(skewed):
    table, features = skewed
    table = table.assign(original_glcm_F0=3.0)
    repeats = add_repeats(table, [1.0] * 15 + [0.5] * 15, features=features)
    first = repeats[repeats["condition"] == "test"]
    assert (first["original_glcm_F0"] == 3.0).all()
    np.testing.assert_allclose(first[features[:15]], table[features[:15]], rtol=1e-12)
    assert (first[features[15]].to_numpy() != table[features[15]].to_numpy()).all()


def test_repeats_refuse_what_cannot_be(skewed):
    table, features = skewed
    with pytest.raises(ConfigurationError, match="reliability: 0 to 0"):
        add_repeats(table, 0.0, features=features)
    with pytest.raises(ConfigurationError, match="column 'condition' already"):
        add_repeats(table.assign(condition="a"), 0.5, features=features)
    with pytest.raises(ConfigurationError, match="3 rows, expected 4 or more"):
        add_repeats(table.head(3), 0.5, features=features)
    with pytest.raises(ConfigurationError, match="missing values"):
        add_repeats(table.assign(original_glcm_F3=np.nan), 0.5, features=features)
