"""How people say what is predicted, and what leaves it open."""

import pytest

from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.analyses.transfer.settings import TransferSettings
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    ("given", "outcome", "predicted", "model", "tuned"),
    [
        ({"target": "ill"}, "classes", ("ill",), "logistic", "auc"),
        ({"target": "age", "outcome": "number"}, "number", ("age",), "ridge", "r2"),
        ({"time": "months", "event": "status = 2"}, "survival", ("months", "status"), "cox", "ibs"),
    ],
)
def test_outcome_model_and_score_follow_from_the_columns(given, outcome, predicted, model, tuned) -> None:
    settings = DiagnosisSettings(**given)
    found = (settings.outcome, settings.predicted, settings.models, settings.tune_by)
    assert found == (outcome, predicted, (model,), tuned)
    assert DiagnosisSettings(**settings.to_mapping()) == settings
    assert TransferSettings(train="a", test="b", **given).model == model
    assert TradeoffSettings(condition=("reader",), **given).sweep().model == model
    assert settings.record()["outcome"] == outcome


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"time": "months"},
        {"outcome": "survival", "event": "died"},
        {"target": "ill", "time": "months", "event": "died"},
        {"time": "died", "event": "died"},
        {"time": "months", "event": "died", "select": "mrmr:outcome=classes"},
        {"target": "age", "outcome": "number", "event": "died"},
        {"target": "age", "outcome": "age"},
        {"target": "age", "outcome": "number", "models": "logistic"},
        {"target": "age", "outcome": "number", "tune_by": "auc"},
        {"target": "age", "outcome": "number", "tune_by": "calibration_slope"},
        {"time": "months", "event": "died", "select": "boruta"},
    ],
)
def test_what_leaves_it_open_is_asked_about(given, golden) -> None:
    with golden.error(ConfigurationError):
        DiagnosisSettings(**given)
