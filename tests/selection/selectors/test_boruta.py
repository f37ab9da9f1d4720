import importlib.util

import numpy as np
import pytest

from harmonize.errors import ConfigurationError
from selection.selectors.boruta import Boruta

INSTALLED = importlib.util.find_spec("boruta") is not None


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    values = rng.normal(size=(120, 12))
    values[:, [2, 5]] += 1.5 * y[:, None]
    return values, y


@pytest.mark.skipif(not INSTALLED, reason="needs the package Boruta")
def test_it_confirms_signal_and_rejects_noise(data):
    selector = Boruta(max_iter=25, n_estimators=50, random_state=0).fit(*data)
    assert {2, 5} <= set(selector.get_support(indices=True)) <= {*range(12)}
    assert selector.get_support().sum() <= 4
    assert (selector.ranking_[[2, 5]] == 1).all()
    tentative = Boruta(max_iter=25, n_estimators=50, random_state=0, keep_tentative=True).fit(*data)
    assert tentative.get_support().tolist() == (tentative.ranking_ <= 2).tolist()


@pytest.mark.skipif(INSTALLED, reason="the package Boruta is installed")
def test_without_the_package_it_says_what_to_install(data, golden):
    with golden.error(ConfigurationError):
        Boruta().fit(*data)
