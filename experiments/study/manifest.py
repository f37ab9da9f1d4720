"""images.csv: who was scanned how, and where the files are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Self

from evaluation.tables import PERTURBATION, SEGMENTATION, feature_class
from experiments.study.circle_table import CircleTable
from experiments.study.csv_file import read_rows
from experiments.study.roi_sources import RoiSource
from harmonize.errors import ConfigurationError
from harmonize.formats import MaskSource
from harmonize.inputs import paths
from harmonize.inputs.configuration import suggest
from harmonize.inputs.limits import Bounds
from harmonize.inputs.names import refuse_names, refuse_unsure

RESULT_COLUMNS = ("strategy", "condition", "roi", "voxels", "bins", PERTURBATION)
"""Columns that the feature table has of its own, so that images.csv must not."""

UNSTATED = "unstated"
"""The level of a factor that nobody stated, and the condition of a scan of which no level is."""

LABEL = Bounds(least=1, most=2**32 - 1)
"""Of an ROI in a label map: 0 is the background, and labels have 32 bits at most."""


@dataclass(frozen=True)
class Rois:
    """Where the ROIs are: labels of one label map, names in one DICOM SEG or RTSTRUCT, or one file a ROI.

    Parameters
    ----------
    labels : mapping of str to int
        Label of each ROI in the label map that the column `mask` names.
    files : mapping of str to str
        Column of images.csv that names the mask file of each ROI.
    segments : mapping of str to str
        Name of each ROI in the DICOM SEG or RTSTRUCT that the column `mask` names.
    circles : CircleTable, optional
        Circles or spheres that are drawn around centres.
    """

    labels: Mapping[str, Annotated[int, LABEL]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    circles: CircleTable | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The ROIs, in the order of the study file."""
        return (*self.labels, *self.segments, *self.files, *(self.circles.names if self.circles else ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of images.csv that name mask files."""
        boundary = self.circles.settings.boundary if self.circles else None
        mask = ("mask",) if self.labels or self.segments else ()
        return (*mask, *self.files.values(), *((boundary,) if boundary else ()))


@dataclass(frozen=True)
class Scan:
    """One image of the study with its ROIs: a row of images.csv.

    Parameters
    ----------
    subject, sequence, condition : str
        Which cell of the study it fills; the condition joins the levels of the factors, such as `REF+STD`.
    levels : mapping of str to str
        The level of each factor.
    image : Path
        The image file.
    masks : mapping of str to RoiSource
        Where each ROI is; a ROI that this scan does not have is absent.
    covariates : mapping of str to str
        All other columns.
    line : int
        Line of images.csv, for messages.
    reference : Path, optional
        The image of this subject and sequence under the reference condition, where a step needs its grid.
    segmentation : str
        Who or what drew the masks, where the table says it: several rows are then one image.
    perturbation : str
        What it was perturbed by, where that is no condition.
    elsewhere : mapping of str to Path
        What other programs made of its image, by the column that names the file; only columns that strategies take.
    """

    subject: str
    sequence: str
    condition: str
    levels: Mapping[str, str]
    image: Path
    masks: Mapping[str, RoiSource]
    covariates: Mapping[str, str]
    line: int
    reference: Path | None = None
    segmentation: str = ""
    perturbation: str = ""
    elsewhere: Mapping[str, Path] = field(default_factory=dict)

    def under(self, perturbation: str) -> Self:
        """Give what a perturbation makes of it in tables: a condition, where it is a factor of the study."""
        if not perturbation:
            return self
        if PERTURBATION in self.levels:
            return replace(self, condition=perturbation, levels={**self.levels, PERTURBATION: perturbation})
        return replace(self, perturbation=perturbation)

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """The cell of the study with who drew the ROIs."""
        return *self.key, self.segmentation

    @property
    def key(self) -> tuple[str, str, str]:
        """The cell of the study that this scan fills."""
        return self.subject, self.sequence, self.condition


def read_manifest(
    path: Path, data: Path, factors: Sequence[str], rois: Rois, *, compared: bool = True
) -> tuple[Scan, ...]:
    """Read images.csv.

    Parameters
    ----------
    path : Path
        The table; `,` or `;` between the columns, UTF-8.
    data : Path
        The folder that the file names in it start from. None may lead out of it.
    factors : sequence of str
        The columns whose levels make the condition.
    rois : Rois
        Where the ROIs are.
    compared : bool
        Whether conditions are compared, so that every scan needs its own; if not, an empty level is `UNSTATED`.

    Returns
    -------
    tuple of Scan
        In the order of the rows.

    Raises
    ------
    ConfigurationError
        For a missing column or value, or a path that leads out of the data folder; the text names the line.
    """
    rows = read_rows(path)
    needed = ["subject", "sequence", *factors, "image", *rois.columns]
    header = list(rows[0][1])
    for column in needed:
        if column not in header:
            raise ConfigurationError(f"{path}: column '{column}' is missing; {suggest(column, header)}")
    for column in header:
        if column not in needed and (column in RESULT_COLUMNS or feature_class(column)):
            raise ConfigurationError(f"{path}: column '{column}' has a meaning of its own in the results; rename it")
    root = data.resolve()
    if not compared:
        rows = [(line, row | {factor: row[factor] or UNSTATED for factor in factors}) for line, row in rows]
    return tuple(_scan(line, row, f"{path}, line {line}", root, factors, rois, set(needed)) for line, row in rows)


def _scan(
    line: int,
    row: dict[str, str],
    where: str,
    root: Path,
    factors: Sequence[str],
    rois: Rois,
    needed: set[str],
) -> Scan:
    drawn = SEGMENTATION if SEGMENTATION in row and SEGMENTATION not in needed else ""
    named = ("subject", "sequence", *factors, *filter(None, [drawn]))
    for column in (*named, "image"):
        if not row[column]:
            raise ConfigurationError(f"{where}: '{column}' is empty; fill it in or remove the row")
        if column != "image":
            refuse_unsure(row[column], f"{where}: '{column}'")
    for column in named:
        refuse_names([row[column]], f"{where}: '{column}'")
    for factor in named[2:]:
        if "+" in row[factor]:
            raise ConfigurationError(f"{where}: '{factor}' is '{row[factor]}'; '+' joins factors, use another sign")
    masks: dict[str, RoiSource] = {}
    if (rois.labels or rois.segments) and row["mask"]:
        path = path_within(row["mask"], root, where)
        masks |= {name: MaskSource(path, label) for name, label in rois.labels.items()}
        masks |= {name: MaskSource(path, segment=segment) for name, segment in rois.segments.items()}
    masks |= {
        name: MaskSource(path_within(row[column], root, where)) for name, column in rois.files.items() if row[column]
    }
    image = path_within(row["image"], root, where)
    if rois.circles:
        masks |= rois.circles.sources(row, image, _boundary(rois.circles, row, root, where))
    levels = [row[factor] for factor in factors]
    return Scan(
        subject=row["subject"],
        sequence=row["sequence"],
        condition="+".join(levels) if set(levels) - {UNSTATED} else UNSTATED,
        levels={factor: row[factor] for factor in factors},
        image=image,
        masks=masks,
        covariates={key: value for key, value in row.items() if key not in (*needed, drawn)},
        line=line,
        segmentation=row[drawn] if drawn else "",
    )


def _boundary(circles: CircleTable, row: Mapping[str, str], root: Path, where: str) -> Path | None:
    column = circles.settings.boundary
    if column is None:
        return None
    if not row[column]:
        raise ConfigurationError(f"{where}: '{column}' is empty, the boundary of the circles; fill it in")
    return path_within(row[column], root, where)


def path_within(text: str, root: Path, where: str) -> Path:
    """Give the path of a file that a table names, refusing one that leads out of the data folder.

    Parameters
    ----------
    text : str
        As the table names it; backslashes count as slashes.
    root : Path
        The data folder, resolved.
    where : str
        The place in the table, for the message.

    Raises
    ------
    ConfigurationError
        If the path leads out of `root`, also by way of a link.
    """
    return paths.path_within(text, root, where, "name the folder that holds it with `data`", "the data folder")
