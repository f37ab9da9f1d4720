"""A study in MLflow: one parent run for each run of a study, one child for each strategy.

Only `experiments.tracking.store` imports MLflow, and it is imported when something is tracked, not before.
"""

from experiments.tracking.findings import Findings, keep_findings, log_findings
from experiments.tracking.lifecycle import TrackedRun, find_artifacts, recorded, tracked_run
from experiments.tracking.problems import TrackingError, TrackingWarning

__all__ = [
    "Findings",
    "TrackedRun",
    "TrackingError",
    "TrackingWarning",
    "find_artifacts",
    "keep_findings",
    "log_findings",
    "recorded",
    "tracked_run",
]
