"""What goes from an analysis into a paper: tables and the statistics paragraph; figures are in `pictures`."""

from evaluation.publication.analysis import Analysis, HarmonizationMethod, InferenceSettings
from evaluation.publication.inference import comparison_table, effects_tables
from evaluation.publication.markup import PaperTable
from evaluation.publication.methods import methods_text
from evaluation.publication.tables import paper_tables

__all__ = [
    "Analysis",
    "HarmonizationMethod",
    "InferenceSettings",
    "PaperTable",
    "comparison_table",
    "effects_tables",
    "methods_text",
    "paper_tables",
]
