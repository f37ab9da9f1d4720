"""Floor 2: everything that measures, from feature extraction to reliability statistics."""

from evaluation.extraction import Extraction, ExtractionSettings, extract
from evaluation.reliability import ccc, cv, icc, qcd, reliability_table, summarize

__all__ = [
    "Extraction",
    "ExtractionSettings",
    "ccc",
    "cv",
    "extract",
    "icc",
    "qcd",
    "reliability_table",
    "summarize",
]
