"""Floor 2: everything that measures, from feature extraction to reliability statistics."""

from evaluation.extraction import Extraction, ExtractionSettings, extract
from evaluation.reliability import (
    Status,
    bootstrap,
    ccc,
    cv,
    effects_table,
    icc,
    limits_of_agreement,
    overall_ccc,
    qcd,
    rank_table,
    reliability_table,
    reproducible,
    share_intervals,
    summarize,
    summarize_reproducible,
    within_subject,
)

__all__ = [
    "Extraction",
    "ExtractionSettings",
    "Status",
    "bootstrap",
    "ccc",
    "cv",
    "effects_table",
    "extract",
    "icc",
    "limits_of_agreement",
    "overall_ccc",
    "qcd",
    "rank_table",
    "reliability_table",
    "reproducible",
    "share_intervals",
    "summarize",
    "summarize_reproducible",
    "within_subject",
]
