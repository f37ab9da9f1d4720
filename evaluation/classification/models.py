"""Models by name: the end of a pipeline, with a small grid for the inner loop."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from evaluation.classification.measured_models import NUMBER_MODELS, SURVIVAL_MODELS
from evaluation.classification.model import DiagnosticModel
from harmonize.inputs.configuration import refuse_unknown


def _logistic(seed: int) -> DiagnosticModel:
    model = LogisticRegression(max_iter=2000, random_state=seed)
    grid = {"model__C": [0.001, 0.01, 0.1, 1.0, 10.0]}
    return DiagnosticModel("logistic", [("scale", StandardScaler()), ("model", model)], grid)


def _elastic_net(seed: int) -> DiagnosticModel:
    # scikit-learn 1.8 lets l1_ratio alone say what the penalty is, and warns where it is named.
    named = {} if _version() >= (1, 8) else {"penalty": "elasticnet"}
    model = LogisticRegression(solver="saga", l1_ratio=0.5, max_iter=5000, tol=1e-3, random_state=seed, **named)
    grid = {"model__C": [0.1, 0.3, 1.0], "model__l1_ratio": [0.5, 1.0]}
    return DiagnosticModel("elastic_net", [("scale", StandardScaler()), ("model", model)], grid)


def _forest(seed: int) -> DiagnosticModel:
    model = RandomForestClassifier(200, random_state=seed)
    return DiagnosticModel("forest", [("model", model)], {"model__min_samples_leaf": [10, 3]})


def _boosting(seed: int) -> DiagnosticModel:
    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=100, min_samples_leaf=5, early_stopping=False, random_state=seed
    )
    return DiagnosticModel("boosting", [("model", model)], {"model__max_depth": [1, 3]})


def _svm(seed: int) -> DiagnosticModel:
    # Platt's sigmoid, fitted to predictions for training rows that were left out.
    model = CalibratedClassifierCV(SVC(random_state=seed), method="sigmoid", cv=3, ensemble=False)
    return DiagnosticModel(
        "svm", [("scale", StandardScaler()), ("model", model)], {"model__estimator__C": [0.1, 1.0, 10.0]}
    )


def _dummy(seed: int) -> DiagnosticModel:
    return DiagnosticModel("dummy", [("model", DummyClassifier(strategy="prior", random_state=seed))])


MODELS: Mapping[str, Callable[[int], DiagnosticModel]] = MappingProxyType(
    {
        "logistic": _logistic,
        "elastic_net": _elastic_net,
        "forest": _forest,
        "boosting": _boosting,
        "svm": _svm,
        "dummy": _dummy,
    }
)
"""By name what makes a model of classes."""

MODELS_OF: Mapping[str, Mapping[str, Callable[[int], DiagnosticModel]]] = MappingProxyType(
    {"classes": MODELS, "number": NUMBER_MODELS, "survival": SURVIVAL_MODELS}
)
"""The models of each outcome; the first is the usual one."""


def make_model(name: str, seed: int = 0, outcome: str = "classes") -> DiagnosticModel:
    """Make a model by its name.

    Parameters
    ----------
    name : {"logistic", "elastic_net", "forest", "boosting", "svm", "dummy", "ridge", "cox"}
        Logistic regression with an L2 penalty, or with L1 and both; random forest of 200 trees; gradient boosted
        trees; support vector machine with a radial kernel and Platt's probabilities; the shares of the classes. Of a
        number ``ridge`` regression stands in the place of the logistic one, and ``dummy`` gives the median. Of survival
        there are ``cox`` (ridge penalty), ``elastic_net`` (Cox's model as well) and ``dummy``, the hazard of all.
    seed : int
        For those that draw.
    outcome : {"classes", "number", "survival"}
        What is predicted.

    Returns
    -------
    DiagnosticModel
        Not fitted: ``Pipeline([*head, *model.steps])`` and ``model.grid`` go into `cross_validate`.

    Raises
    ------
    ConfigurationError
        For an unknown name, with the nearest right one.

    References
    ----------
    Hoerl AE, Kennard RW. Ridge regression. Technometrics 1970;12:55-67. Zou H, Hastie T. Regularization and variable
    selection via the elastic net. JRSS B 2005;67:301-320. Breiman L. Random forests. Machine Learning 2001;45:5-32.
    Friedman JH. Greedy function approximation: a gradient boosting machine. Annals of Statistics 2001;29:1189-1232.
    Cortes C, Vapnik V. Support-vector networks. Machine Learning 1995;20:273-297. Platt JC. Probabilistic outputs for
    support vector machines. Advances in Large Margin Classifiers 1999;61-74.

    Examples
    --------
    >>> make_model("logistic").grid
    {'model__C': [0.001, 0.01, 0.1, 1.0, 10.0]}
    >>> make_model("forrest")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: model: unknown key 'forrest'; did you mean 'forest'?
    """
    refuse_unknown([outcome], MODELS_OF, "outcome")
    refuse_unknown([name], MODELS_OF[outcome], "model")
    return MODELS_OF[outcome][name](seed)


def _version() -> tuple[int, int]:
    major, minor = sklearn.__version__.split(".")[:2]
    return int(major), int(minor)
