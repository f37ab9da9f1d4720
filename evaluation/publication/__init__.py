"""What goes from an analysis into a paper: tables, figures and the statistics paragraph."""

from evaluation.publication.analysis import Analysis, HarmonizationMethod, InferenceSettings
from evaluation.publication.inference import comparison_table, effects_tables
from evaluation.publication.markup import PaperTable
from evaluation.publication.methods import methods_text
from evaluation.publication.pictures import Place, paper_figures
from evaluation.publication.tables import paper_tables

__all__ = [
    "Analysis",
    "HarmonizationMethod",
    "InferenceSettings",
    "PaperTable",
    "Place",
    "comparison_table",
    "effects_tables",
    "methods_text",
    "paper_figures",
    "paper_tables",
]
