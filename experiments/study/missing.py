"""What a fresh study still lacks, in one message: empty cells, levels to be confirmed, empty keys of the study file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from experiments.study.csv_file import read_rows
from experiments.study.study_file import StudyFile
from harmonize.errors import ConfigurationError
from harmonize.inputs.names import UNSURE
from harmonize.inputs.paths import path_within
from harmonize.words import some

MOST_LINES = 8
CENTRE = ("x", "y", "z")


def refuse_unfinished(values: Mapping[str, object], path: Path, *, compared: bool) -> None:
    """Raise one `ConfigurationError` for all that is left to be filled in, where that is more than one thing.

    A single gap, and whatever else is wrong, is told by whoever reads that key or cell.

    Parameters
    ----------
    values : mapping
        What stands in the study file.
    path : Path
        The study file.
    compared : bool
        Whether it needs a reference and the levels of all factors.
    """
    keys = ("reference", "rois") if compared else ("rois",)
    gaps = [f"{path}: '{key}' is empty" for key in keys if key in values and not values[key]]
    factors = values.get("factors", StudyFile.factors)
    names = tuple(map(str, factors)) if isinstance(factors, list | tuple) else ()
    if isinstance(factors, list | tuple):
        columns = ("subject", "sequence", *(names if compared else ()), "image")
        gaps += _gaps(path.parent, values.get("images"), columns, columns)
    rois = values.get("rois")
    circles = rois.get("circles") if isinstance(rois, Mapping) else None
    if isinstance(circles, Mapping):
        needed = ("subject", "roi", *CENTRE)
        gaps += _gaps(path.parent, circles.get("table"), needed, ("subject", "sequence", *names))
    if len(gaps) > 1:
        raise ConfigurationError(f"the study is not complete: {'; '.join(gaps)}; fill these in, or remove the rows")


def _gaps(folder: Path, name: object, needed: Sequence[str], sure: Sequence[str]) -> list[str]:
    """Name the columns with empty cells, or with levels that nobody has confirmed, and in which lines."""
    try:
        path = path_within(name, folder, "table") if isinstance(name, str) else None
        rows = [] if path is None else read_rows(path)
    except ConfigurationError:  # said where it is read
        return []
    if path is None:
        return []
    empty: dict[tuple[int, ...], list[str]] = {}
    asked = []
    for column in filter(rows[0][1].__contains__, needed):
        lines = tuple(line for line, row in rows if not row[column])
        if lines:
            empty.setdefault(lines, []).append(f"'{column}'")
    for column in filter(rows[0][1].__contains__, sure):
        unsure = [line for line, row in rows if row[column].endswith(UNSURE)]
        if unsure:
            levels = dict.fromkeys(row[column] for _, row in rows if row[column].endswith(UNSURE))
            asked.append(f"{path}: '{column}' is not confirmed ({some(levels, 3)}) in {_lines(unsure)}")
    return [
        *(
            f"{path}: {' and '.join(names)} {'is' if len(names) == 1 else 'are'} empty in {_lines(lines)}"
            for lines, names in empty.items()
        ),
        *asked,
    ]


def _lines(lines: Iterable[int]) -> str:
    """Name lines, those that follow each other as a range.

    Examples
    --------
    >>> _lines([2, 3, 4, 9]), _lines([5])
    ('lines 2 to 4, 9', 'line 5')
    """
    numbers = list(lines)
    parts: list[list[int]] = []
    for line in numbers:
        if parts and line == parts[-1][-1] + 1:
            parts[-1].append(line)
        else:
            parts.append([line])
    texts = [f"{part[0]}" if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in parts]
    return f"line{'' if len(numbers) == 1 else 's'} {some(texts, MOST_LINES)}"


def refuse_table(path: Path) -> None:
    """Refuse the table of images in the place of the study file that names it; some commands take either."""
    if path.suffix.lower() == ".csv":
        raise ConfigurationError(
            f"{path}: is a table; give the study file that names it under `images:`, such as study.yaml. Images that "
            "are measured as another study, not compared, need none: `check` and `extract` take their table with `like`"
        )
