from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from evaluation.survival.times import survival_times
from harmonize.errors import ConfigurationError
from selection.selectors.registry import SELECTORS, make_selector


@pytest.mark.parametrize("name", [name for name in SELECTORS if name != "boruta"])
def test_each_selector_fits_clones_and_finds_the_signal(name):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    values = rng.normal(size=(120, 25))
    values[:, 6] += 2 * y
    selector = clone(make_selector(name)).fit(values, y)
    assert selector.get_support()[6]
    assert selector.transform(values).shape == (120, selector.get_support().sum())


@pytest.mark.parametrize("name", [name for name in SELECTORS if name != "boruta"])
def test_masked_values_are_refused_as_missing(name):
    """Regression: fdr, rfe and mutual_information took what stands below a NumPy mask for a measurement."""
    values = np.ma.masked_array(np.random.default_rng(0).normal(size=(40, 12)))
    y = np.repeat([0, 1], 20)
    selector = make_selector(name).fit(values, y)
    values[3, 2] = np.ma.masked
    with pytest.raises(ValueError, match="NaN"):
        make_selector(name).fit(values, y)
    with pytest.raises(ValueError, match="NaN"):
        selector.transform(values)


def test_options_are_checked(golden):
    assert make_selector("stability_selection", {"q": 3}).q == 3
    with golden.error(ConfigurationError):
        make_selector("mrmr", {"n_feature": 3}, "strategies: select")
    with golden.error(ConfigurationError):
        make_selector("borutta")


def test_every_selector_is_on_the_page():
    page = (Path(__file__).parents[3] / "docs" / "selection.md").read_text(encoding="utf-8")
    assert [name for name in SELECTORS if f"`{name}`" not in page] == []


@pytest.mark.parametrize("name", [name for name in SELECTORS if name != "boruta"])
def test_times_and_events_are_no_classes(name, golden):
    """Regression: each pair of time and event was a class of its own, without a word."""
    values = np.random.default_rng(0).normal(size=(40, 12))
    y = survival_times(np.arange(40) // 2, np.arange(40) % 2)
    with golden.error(ConfigurationError):
        make_selector(name).fit(values, y)
    if "outcome" in signature(SELECTORS[name]).parameters:
        make_selector(name, outcome="survival", seed=1).fit(values, y)
