"""Reporting checklists of the field, METRICS and CLEAR, filled from a run as far as it knows."""

from experiments.report.checklists.fill import fill
from experiments.report.checklists.knowledge import Knowledge

__all__ = ["Knowledge", "fill"]
