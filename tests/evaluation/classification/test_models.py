import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline

from evaluation.classification import MODELS, HeldOut, auc, make_model
from harmonize.errors import ConfigurationError


def cohort(n: int = 90, n_classes: int = 2) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(n) % n_classes
    return pd.DataFrame(rng.normal(size=(n, 4)) + y[:, None], columns=list("abcd")), y


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_every_candidate_fits_without_a_warning_and_gives_probabilities(name: str, n_classes: int) -> None:
    table, y = cohort(n_classes=n_classes)
    model = make_model(name)
    for candidate in ParameterGrid(model.grid):
        pipeline = clone(Pipeline(model.steps)).set_params(**candidate).fit(table, y)
        held_out = HeldOut.of(y, pipeline.predict_proba(table))
        assert auc(held_out) == 0.5 if name == "dummy" else auc(held_out) > 0.75


@pytest.mark.parametrize("name", MODELS)
def test_the_seed_makes_it_repeatable(name: str) -> None:
    table, y = cohort()
    first, again = (Pipeline(make_model(name, 3).steps).fit(table, y).predict_proba(table) for _ in range(2))
    assert np.array_equal(first, again)


def test_the_elastic_net_leaves_features_out() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    table = rng.normal(size=(80, 30))
    table[:, 0] += 2 * y
    model = Pipeline(make_model("elastic_net").steps).set_params(model__C=0.1).fit(table, y)[-1]
    assert model.coef_[0, 0] > 0
    assert (model.coef_ == 0).sum() > 15


def test_an_unknown_name_is_refused_with_the_nearest(golden) -> None:
    with golden.error(ConfigurationError):
        make_model("logistics")
