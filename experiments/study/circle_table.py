"""The table of centres: which circle lies where in which scan."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from experiments.study.csv_file import read_rows
from experiments.study.roi_sources import CircleSource
from harmonize.errors import ConfigurationError
from harmonize.image.circles import Circle
from harmonize.image.slices import SliceAxis
from harmonize.inputs.configuration import build, refuse_unknown, suggest
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.inputs.names import refuse_unsure
from harmonize.inputs.paths import path_within

NEEDED = ("subject", "roi", "x", "y", "z")
OPTIONAL = ("sequence", "diameter")

Row = tuple[int, dict[str, str]]


@dataclass(frozen=True)
class CircleSettings:
    """What the study file says about circles.

    Parameters
    ----------
    table : str
        The table of centres, relative to the study file.
    diameter : float, optional
        Of all circles for which the table gives none.
    unit : {"pixel", "mm"}
        Of centres and diameters, see `Circle`.
    shape : {"circle", "sphere"}
        What to draw.
    boundary : str, optional
        Column of images.csv that names the mask that the circles are clipped to.
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices.
    """

    table: str
    diameter: AboveZero | None = None
    unit: Literal["pixel", "mm"] = "pixel"
    shape: Literal["circle", "sphere"] = "circle"
    boundary: str | None = None
    slice_axis: SliceAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True)
class CircleTable:
    """Circles by subject, and by sequence and level of each factor where the table names them.

    Parameters
    ----------
    path : Path
        The table.
    settings : CircleSettings
        What holds for all rows.
    rows : tuple of (int, dict)
        Line and texts of each row.
    keys : tuple of str
        The columns that say which scans a row is for.
    """

    path: Path
    settings: CircleSettings
    rows: tuple[Row, ...]
    keys: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The ROIs in the order of the table."""
        return tuple(dict.fromkeys(row["roi"] for _, row in self.rows))

    def sources(self, scan: Mapping[str, str], image: Path, boundary: Path | None) -> dict[str, CircleSource]:
        """Give the circles of a scan.

        Parameters
        ----------
        scan : mapping of str to str
            The row of images.csv.
        image : Path
            Its image.
        boundary : Path, optional
            The mask that the circles are clipped to.

        Raises
        ------
        ConfigurationError
            If two rows place the same ROI in this scan.
        """
        found: dict[str, tuple[int, CircleSource]] = {}
        for line, row in self.rows:
            if not self.matches(row, scan):
                continue
            if row["roi"] in found:
                raise ConfigurationError(
                    f"{self.path}, lines {found[row['roi']][0]} and {line}: both place '{row['roi']}' in the same scan "
                    f"({', '.join(scan[key] for key in self.keys)}); keep one, or tell them apart"
                )
            found[row["roi"]] = (line, CircleSource(self._circle(line, row), image, boundary))
        return {roi: source for roi, (_, source) in found.items()}

    def matches(self, row: Mapping[str, str], scan: Mapping[str, str]) -> bool:
        """Say whether a row is for a scan: every key that it names is the scan's."""
        return all(not row.get(key) or row[key] == scan[key] for key in self.keys)

    def refuse_unused(self, scans: Iterable[Mapping[str, str]]) -> None:
        """Raise a `ConfigurationError` for a row that is for no scan at all."""
        scans = list(scans)
        for line, row in self.rows:
            if not any(self.matches(row, scan) for scan in scans):
                named = ", ".join(f"{key} {row[key]}" for key in self.keys if row.get(key))
                raise ConfigurationError(
                    f"{self.path}, line {line}: no scan of images.csv has {named}; correct the row, or remove it"
                )

    def _circle(self, line: int, row: Mapping[str, str]) -> Circle:
        where = f"{self.path}, line {line}"
        x, y, z = (_number(row[axis], f"{where}: {axis}") for axis in "xyz")
        given = row.get("diameter")
        diameter = _number(given, f"{where}: diameter") if given else self.settings.diameter
        if diameter is None:
            raise ConfigurationError(f"{where}: there is no diameter; give it here or in `rois: circles`")
        settings = self.settings
        try:
            return Circle((x, y, z), diameter, settings.unit, settings.shape, settings.slice_axis)
        except ValueError as error:
            raise ConfigurationError(f"{where}: {error}") from error


def read_circles(values: object, folder: Path, factors: Sequence[str], where: str) -> CircleTable:
    """Read `rois: circles` of a study file and the table it names.

    Parameters
    ----------
    values : object
        What stands there, see `CircleSettings`.
    folder : Path
        Where the name of the table starts.
    factors : sequence of str
        The factors of the study, which the table may have as columns.
    where : str
        The place, for messages.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with either.
    """
    settings = build(CircleSettings, values, where)
    path = path_within(settings.table, folder, f"{where}: table")
    rows = tuple(read_rows(path))
    keys = ("subject", "sequence", *factors)
    header = list(rows[0][1])
    for column in NEEDED:
        if column not in header:
            raise ConfigurationError(f"{path}: column '{column}' is missing; {suggest(column, header)}")
    refuse_unknown(header, (*NEEDED, *OPTIONAL, *factors), str(path))
    table = CircleTable(path, settings, rows, keys)
    for line, row in rows:
        for column in ("subject", "roi"):
            if not row[column]:
                raise ConfigurationError(f"{path}, line {line}: '{column}' is empty; fill it in or remove the row")
        for column in keys:
            refuse_unsure(row.get(column, ""), f"{path}, line {line}: '{column}'")
        table._circle(line, row)
    return table


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ConfigurationError(f"{where}: expected a number, found '{text}'")
    return number
