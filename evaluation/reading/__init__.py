"""Reading any tool's table of features: which column is what, and the values as numbers."""

from evaluation.reading.roles import Roles
from evaluation.reading.table import Reading, ReadTable, read_feature_table

__all__ = ["ReadTable", "Reading", "Roles", "read_feature_table"]
