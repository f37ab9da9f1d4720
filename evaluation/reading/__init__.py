"""Reading any tool's table of features: which column is what, and the values as numbers."""

from evaluation.reading.given import Table, TableSource, digest_of_table, source_of
from evaluation.reading.roles import Roles, candidates
from evaluation.reading.rows import Rows, read_rows
from evaluation.reading.table import Reading, ReadTable, read_feature_table
from evaluation.reading.table_file import TableFile

__all__ = [
    "ReadTable",
    "Reading",
    "Roles",
    "Rows",
    "Table",
    "TableFile",
    "TableSource",
    "candidates",
    "digest_of_table",
    "read_feature_table",
    "read_rows",
    "source_of",
]
