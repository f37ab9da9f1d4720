"""Who the people of a BIDS dataset are: age, sex, group and whatever else its participants.tsv says."""

from collections.abc import Collection, Mapping
from pathlib import Path

from evaluation.tables import feature_class
from experiments.study.manifest import RESULT_COLUMNS
from experiments.study.study_file import RESERVED
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_text
from harmonize.inputs.names import refuse_names
from harmonize.words import some

MOST_BYTES = 10_000_000
MISSING = ("n/a", "N/A", "")
KEY = "participant_id"
TAKEN = {*RESERVED, *RESULT_COLUMNS, "series"}


def covariates_of(
    path: Path, people: Collection[str], factors: Collection[str]
) -> tuple[Mapping[str, Mapping[str, str]], list[str]]:
    """Read the covariates of people.

    Parameters
    ----------
    path : Path
        The table; it may be absent.
    people : collection of str
        Such as `sub-01`.
    factors : collection of str
        Columns of images.csv that have a meaning already.

    Returns
    -------
    covariates : mapping of str to mapping of str to str
        By person and column; what is missing (`n/a`) is an empty text. The columns are the same for everybody.
    remarks : list of str
        What was taken, and what was left out and why.
    """
    if not path.is_file():
        return {}, []
    try:
        lines = [line.split("\t") for line in read_text(path, MOST_BYTES).splitlines() if line.strip()]
    except ConfigurationError as error:
        return {}, [f"{error}; no covariates were taken"]
    header = [column.strip() for column in lines[0]] if lines else []
    problem = _problem(header, lines[1:])
    if problem:
        return {}, [f"{path.name}: {problem}; no covariates were taken"]
    rows = {_person(cells[header.index(KEY)]): dict(zip(header, cells, strict=True)) for cells in lines[1:]}
    remarks = []
    columns = []
    for column in header:
        values = [_value(row[column]) for person, row in rows.items() if person in people]
        if column == KEY or not any(values):
            continue
        refusal = _refusal(column, values, factors)
        if refusal:
            remarks.append(f"{path.name}: the column {column[:80]!r} was left out: {refusal}")
        else:
            columns.append(column)
    if columns:
        remarks.append(f"{path.name}: taken as covariates: {', '.join(columns)}")
    absent = [person for person in people if person not in rows]
    if absent and rows:
        remarks.append(f"{path.name}: has no row for {some(absent)}")
    return {
        person: {column: _value(rows[person][column]) if person in rows else "" for column in columns}
        for person in people
    }, remarks


def _problem(header: list[str], lines: list[list[str]]) -> str:
    """Say what makes a table useless, if anything does."""
    if KEY not in header:
        return f"has no column '{KEY}'"
    if len(set(header)) < len(header):
        return "two columns have the same name"
    for number, cells in enumerate(lines, start=2):
        if len(cells) != len(header):
            return f"row {number} has {len(cells)} cells, expected {len(header)}"
    names = [_person(cells[header.index(KEY)]) for cells in lines]
    twice = next((name for name in names if names.count(name) > 1), None)
    return "" if twice is None else f"'{twice}' stands there more than once"


def _person(cell: str) -> str:
    return f"sub-{cell.strip().removeprefix('sub-')}"


def _refusal(column: str, values: list[str], factors: Collection[str]) -> str:
    """Say why a column cannot be a covariate, if it cannot."""
    if column in TAKEN or column in factors or column.startswith("mask") or feature_class(column):
        return "the name has a meaning of its own in images.csv or the results"
    try:
        refuse_names([column, *values], "it")
    except ConfigurationError as error:
        return str(error).removeprefix("it: ")
    return ""


def _value(cell: str) -> str:
    text = cell.strip()
    return "" if text in MISSING else text
