"""Models of a number and of survival by name, with a small grid for the inner loop."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import ElasticNet, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from evaluation.classification.model import DiagnosticModel
from evaluation.survival.cox import CommonHazard, Cox

PENALTIES = [10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01]
"""From strong to weak, of scaled features and a loss divided by the rows."""


def _of_scaled(model: object) -> TransformedTargetRegressor:
    """Let a model learn from a target without unit, so that one grid serves all."""
    return TransformedTargetRegressor(model, transformer=StandardScaler())


def _ridge(seed: int) -> DiagnosticModel:
    grid = {"model__alpha": [3000.0, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0]}
    return DiagnosticModel("ridge", [("scale", StandardScaler()), ("model", Ridge(random_state=seed))], grid)


def _elastic_net(seed: int) -> DiagnosticModel:
    model = _of_scaled(ElasticNet(max_iter=5000, random_state=seed))
    grid = {"model__regressor__alpha": [0.5, 0.2, 0.1, 0.05, 0.02], "model__regressor__l1_ratio": [0.5, 1.0]}
    return DiagnosticModel("elastic_net", [("scale", StandardScaler()), ("model", model)], grid)


def _forest(seed: int) -> DiagnosticModel:
    model = RandomForestRegressor(200, random_state=seed)
    return DiagnosticModel("forest", [("model", model)], {"model__min_samples_leaf": [10, 3]})


def _boosting(seed: int) -> DiagnosticModel:
    model = HistGradientBoostingRegressor(
        learning_rate=0.05, max_iter=100, min_samples_leaf=5, early_stopping=False, random_state=seed
    )
    return DiagnosticModel("boosting", [("model", model)], {"model__max_depth": [1, 3]})


def _svm(_: int) -> DiagnosticModel:
    grid = {"model__regressor__C": [0.1, 1.0, 10.0]}
    return DiagnosticModel("svm", [("scale", StandardScaler()), ("model", _of_scaled(SVR()))], grid)


def _median(_: int) -> DiagnosticModel:
    return DiagnosticModel("dummy", [("model", DummyRegressor(strategy="median"))])


def _cox(_: int) -> DiagnosticModel:
    return DiagnosticModel("cox", [("scale", StandardScaler()), ("model", Cox())], {"model__alpha": PENALTIES})


def _cox_net(_: int) -> DiagnosticModel:
    grid = {"model__alpha": [0.2, 0.1, 0.05, 0.02], "model__l1_ratio": [0.5, 1.0]}
    return DiagnosticModel("elastic_net", [("scale", StandardScaler()), ("model", Cox(l1_ratio=0.5))], grid)


def _common(_: int) -> DiagnosticModel:
    return DiagnosticModel("dummy", [("model", CommonHazard())])


NUMBER_MODELS: Mapping[str, Callable[[int], DiagnosticModel]] = MappingProxyType(
    {
        "ridge": _ridge,
        "elastic_net": _elastic_net,
        "forest": _forest,
        "boosting": _boosting,
        "svm": _svm,
        "dummy": _median,
    }
)
"""By name what makes a model of a number."""

SURVIVAL_MODELS: Mapping[str, Callable[[int], DiagnosticModel]] = MappingProxyType(
    {"cox": _cox, "elastic_net": _cox_net, "dummy": _common}
)
"""By name what makes a model of survival."""
