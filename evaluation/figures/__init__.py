"""Figures of reliability for papers: matplotlib figures that no window manages, and their files."""

from evaluation.figures.bland_altman import bland_altman
from evaluation.figures.canvas import save_figure, to_bytes
from evaluation.figures.concordance import concordance
from evaluation.figures.distribution import distributions
from evaluation.figures.forest import forest
from evaluation.figures.heat_map import heat_map
from evaluation.figures.paired import Paired, paired

__all__ = [
    "Paired",
    "bland_altman",
    "concordance",
    "distributions",
    "forest",
    "heat_map",
    "paired",
    "save_figure",
    "to_bytes",
]
