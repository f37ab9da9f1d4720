"""What tests of imports share: a small volume, tables that are read, and gaps that are filled in."""

import csv

import numpy as np
import pytest


@pytest.fixture(scope="session")
def voxels():
    """Give whole numbers of three slices; do not change them."""
    return np.random.default_rng(2).integers(1, 4000, (3, 16, 16)).astype(np.uint16)


@pytest.fixture(scope="session")
def rows_of():
    """Give a function that gives the rows of a table."""
    return _rows_of


def _rows_of(table):
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def complete():
    """Give a function that fills in what the import left empty, as a person would."""
    return _complete


def _complete(imported, **values):
    rows = _rows_of(imported.table)
    for row in rows:
        row.update({name: value for name, value in values.items() if name in row and not row[name]})
    with imported.table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    text = imported.study.read_text(encoding="utf-8")
    imported.study.write_text(text.replace("reference: ''", f"reference: {values['reference']}"), encoding="utf-8")
