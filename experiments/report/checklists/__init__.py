"""Reporting checklists of the field, METRICS and CLEAR, filled from a run as far as it knows."""

from experiments.report.checklists.fill import Filled, checklist_sections, fill, to_frame
from experiments.report.checklists.knowledge import Knowledge

__all__ = ["Filled", "Knowledge", "checklist_sections", "fill", "to_frame"]
