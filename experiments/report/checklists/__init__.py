"""Reporting checklists of the field, METRICS and CLEAR, filled from a run as far as it knows."""

from experiments.report.checklists.fill import FilledChecklist, checklist_sections, fill, to_frame
from experiments.report.checklists.knowledge import Knowledge

__all__ = ["FilledChecklist", "Knowledge", "checklist_sections", "fill", "to_frame"]
