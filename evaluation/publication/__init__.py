"""What goes from an analysis into a paper: tables, figures and the statistics paragraph."""

from evaluation.publication.analysis import Analysis
from evaluation.publication.markup import PaperTable
from evaluation.publication.methods import methods_text
from evaluation.publication.pictures import Place, paper_figures
from evaluation.publication.tables import paper_tables

__all__ = ["Analysis", "PaperTable", "Place", "methods_text", "paper_figures", "paper_tables"]
