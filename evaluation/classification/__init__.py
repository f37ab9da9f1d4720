"""Diagnostic performance: nested cross-validation of a pipeline, scores with limits, guards against leaks."""

from evaluation.classification.baselines import RandomFeatures, first_order_columns, volume_columns
from evaluation.classification.calibration import calibration_curve, calibration_intercept, calibration_slope
from evaluation.classification.comparison import compare_scores
from evaluation.classification.cross_validation import cross_validate
from evaluation.classification.diagnosis import DiagnosticPerformance
from evaluation.classification.held_out import HeldOut
from evaluation.classification.intervals import bootstrap_intervals, fold_interval, fold_scores
from evaluation.classification.metrics import auc, balanced_accuracy, brier, log_loss
from evaluation.classification.model import DiagnosticModel
from evaluation.classification.models import MODELS, MODELS_OF, make_model
from evaluation.classification.numbers import NUMBER_SCORES, HeldOutNumbers, mae, r_squared, rmse
from evaluation.classification.outcomes import OUTCOMES, PredictedOutcome
from evaluation.classification.predictions import Predictions
from evaluation.classification.scores import SCORES, score_table, scores_of
from evaluation.classification.splits import Fold, repeated_folds
from evaluation.classification.status import ScoreStatus
from evaluation.classification.survival import SURVIVAL_SCORES, HeldOutSurvival, c_index, integrated_brier

__all__ = [
    "MODELS",
    "MODELS_OF",
    "NUMBER_SCORES",
    "OUTCOMES",
    "SCORES",
    "SURVIVAL_SCORES",
    "DiagnosticModel",
    "DiagnosticPerformance",
    "Fold",
    "HeldOut",
    "HeldOutNumbers",
    "HeldOutSurvival",
    "PredictedOutcome",
    "Predictions",
    "RandomFeatures",
    "ScoreStatus",
    "auc",
    "balanced_accuracy",
    "bootstrap_intervals",
    "brier",
    "c_index",
    "calibration_curve",
    "calibration_intercept",
    "calibration_slope",
    "compare_scores",
    "cross_validate",
    "first_order_columns",
    "fold_interval",
    "fold_scores",
    "integrated_brier",
    "log_loss",
    "mae",
    "make_model",
    "r_squared",
    "repeated_folds",
    "rmse",
    "score_table",
    "scores_of",
    "volume_columns",
]
