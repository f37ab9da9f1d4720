"""Diagnostic performance: nested cross-validation of a pipeline, scores with limits, guards against leaks."""

from evaluation.classification.baselines import RandomFeatures, first_order_columns, volume_columns
from evaluation.classification.calibration import calibration_curve, calibration_intercept, calibration_slope
from evaluation.classification.comparison import compare_scores
from evaluation.classification.cross_validation import cross_validate
from evaluation.classification.diagnosis import DiagnosticPerformance
from evaluation.classification.held_out import HeldOut
from evaluation.classification.intervals import bootstrap_intervals, fold_interval, fold_scores
from evaluation.classification.metrics import auc, balanced_accuracy, brier, log_loss
from evaluation.classification.models import MODELS, DiagnosticModel, make_model
from evaluation.classification.scores import SCORES, score_table
from evaluation.classification.splits import Fold, repeated_folds
from evaluation.classification.status import ScoreStatus

__all__ = [
    "MODELS",
    "SCORES",
    "DiagnosticModel",
    "DiagnosticPerformance",
    "Fold",
    "HeldOut",
    "RandomFeatures",
    "ScoreStatus",
    "auc",
    "balanced_accuracy",
    "bootstrap_intervals",
    "brier",
    "calibration_curve",
    "calibration_intercept",
    "calibration_slope",
    "compare_scores",
    "cross_validate",
    "first_order_columns",
    "fold_interval",
    "fold_scores",
    "log_loss",
    "make_model",
    "repeated_folds",
    "score_table",
    "volume_columns",
]
