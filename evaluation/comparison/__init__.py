"""Strategies compared: what each gains over a baseline, its share of robust features, and how whitelists overlap."""

from evaluation.comparison.compare import Comparison, compare_strategies
from evaluation.comparison.learned import Learned
from evaluation.comparison.overlap import overlap, whitelist_overlap

__all__ = ["Comparison", "Learned", "compare_strategies", "overlap", "whitelist_overlap"]
