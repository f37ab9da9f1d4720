"""The sections of the report, in their order."""

from collections.abc import Mapping
from importlib import import_module

from experiments.page import Section

_NAMES = (
    "head",
    "found",
    "study",
    "strategies",
    "pictures",
    "where",
    "spread",
    "harmonization",
    "damage",
    "whitelists",
    "diagnosis",
    "tradeoff",
    "transfer",
    "failures",
    "methods",
    "checklists",
)
"""Modules of `experiments.report.sections`."""

SECTIONS: Mapping[str, Section] = {
    section.name: section
    for section in (import_module(f"experiments.report.sections.{name}").SECTION for name in _NAMES)
}
"""All sections by their names."""
