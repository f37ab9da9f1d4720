import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from evaluation.classification.measured_models import NUMBER_MODELS, SURVIVAL_MODELS
from evaluation.survival.times import survival_times

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))


@pytest.mark.parametrize("name", [name for name in NUMBER_MODELS if name != "dummy"])
def test_a_number_in_any_unit_is_learned(name) -> None:
    model = NUMBER_MODELS[name](0)
    for unit in (1e-3, 1e3):
        y = unit * (X[:, 0] + 5)
        grid = {key: values[-1] for key, values in model.grid.items()}
        predicted = Pipeline(model.steps).set_params(**grid).fit(X, y).predict(X)
        assert np.corrcoef(predicted, y)[0, 1] > 0.9
        assert predicted.std() > 0.3 * y.std()


@pytest.mark.parametrize("name", [name for name in SURVIVAL_MODELS if name != "dummy"])
def test_who_dies_first_has_the_highest_risk(name) -> None:
    model = SURVIVAL_MODELS[name](0)
    y = survival_times(np.exp(-X[:, 0]), np.arange(60) % 3 > 0)
    found = Pipeline(model.steps).set_params(model__alpha=model.grid["model__alpha"][-1]).fit(X, y)
    assert np.corrcoef(found.predict(X), X[:, 0])[0, 1] > 0.95


def test_baselines_are_the_median_and_the_hazard_of_all() -> None:
    y = RNG.normal(size=60) ** 2
    assert (NUMBER_MODELS["dummy"](0).steps[-1][1].fit(X, y).predict(X) == np.median(y)).all()
    survival = SURVIVAL_MODELS["dummy"](0).steps[-1][1].fit(X, survival_times(y, np.ones(60)))
    assert np.ptp(survival.predict_cumulative_hazard_function(X), axis=0).max() == 0
