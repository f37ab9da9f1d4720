"""Reporting checklists of the field, METRICS and CLEAR, filled from a run as far as it knows."""
