"""The sections of the report, in their order."""

from collections.abc import Mapping
from importlib import import_module

from experiments.analyses import addable
from experiments.page import Section

_BEFORE = (
    "head",
    "found",
    "where",
    "strategies",
    "damage",
    "trends",
    "worth",
    "quality",
    "harmonization",
    "scorecard",
    "facets",
    "perturbations",
    "whitelists",
)
_AFTER = ("pictures", "spread", "carried", "study", "failures", "methods", "checklists")
"""Modules of `experiments.report.sections` before and after what analyses have to say."""


_EXTRACTION = ("extraction", "resemblance", "pictures", "study"), ("carried", "failures", "extracted_as")
"""The same of an extraction, whose scans are not compared."""


def sections(kind: str = "") -> Mapping[str, Section]:
    """Give all sections by their names: those of a run of this kind, and those of analyses that may be added to it."""
    before, after = (
        [import_module(f"experiments.report.sections.{name}").SECTION for name in names]
        for names in (_EXTRACTION if kind else (_BEFORE, _AFTER))
    )
    added = [one.section for one in addable()]
    return {section.name: section for section in (*before, *added, *after)}
