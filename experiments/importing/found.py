"""What an import finds: scans with what headers and names say of them, and what was passed over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harmonize.errors import ScanError
from harmonize.formats.opened import peek
from harmonize.image.volume import Grid
from harmonize.protocol.headers import Protocol, read_protocol, sidecar_of

Form = dict[str, dict[str, int] | dict[str, str]]
"""The part `rois` of a study file: one of `labels`, `segments`, `files`, and what stands there; may be empty."""


@dataclass(frozen=True)
class FoundScan:
    """One image that an import found.

    Parameters
    ----------
    person : str
        What tells people apart in the source; may identify them, so it is never written unless asked for.
    subject : str
        What the table calls the person; empty if a pseudonym is to be given.
    sequence : str
        What kind of image, by its description or suffix.
    levels : mapping of str to str
        The factors that headers or names state.
    image : Path
        Where it is.
    series : str
        What people called the series, or the name of the file.
    masks : mapping of str to Path
        By column of the table.
    drawn : mapping of str to mapping
        By segmentation its masks by column, where several drew them; `masks` is then empty.
    evidence : mapping of str to str
        For each factor what states it.
    covariates : mapping of str to str
        What is known of the person, by column of the table.
    visit : str
        What tells the visits of a person apart, sorted in time (a date); it may identify people, so it is never
        written.
    types : tuple of str
        What the header calls the type of image.
    protocol : Protocol
        How it was made, as far as header or sidecar tell.
    grid : Grid, optional
        Where its voxels lie.
    """

    person: str
    subject: str
    sequence: str
    levels: Mapping[str, str]
    image: Path
    series: str
    masks: Mapping[str, Path] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    covariates: Mapping[str, str] = field(default_factory=dict)
    visit: str = ""
    types: tuple[str, ...] = ()
    protocol: Protocol = field(default_factory=lambda: Protocol("", {}))
    grid: Grid | None = None
    drawn: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)

    @property
    def mask_files(self) -> list[Path]:
        """All masks, whoever drew them."""
        return [path for masks in (self.masks, *self.drawn.values()) for path in masks.values()]


@dataclass(frozen=True)
class FoundFolder:
    """All that an import found in a folder.

    Parameters
    ----------
    scans : tuple of FoundScan
        In the order of their places.
    factors : tuple of str
        Columns that may make the condition.
    rois : Form
        For the study file; empty where no mask was found.
    skipped : tuple of (Path, str)
        What was passed over, and why.
    remarks : tuple of str
        What whoever edits the table should know.
    besides : tuple of str
        Columns that tell scans apart and make no condition.
    """

    scans: tuple[FoundScan, ...]
    factors: tuple[str, ...]
    rois: Form
    skipped: tuple[tuple[Path, str], ...] = ()
    remarks: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()

    @property
    def segmentations(self) -> tuple[str, ...]:
        """Who drew masks, where images have those of several."""
        return tuple(dict.fromkeys(name for scan in self.scans for name in scan.drawn))

    def passed_over(self) -> list[tuple[str, list[Path]]]:
        """Give each reason for passing something over once, with what it holds for."""
        found: dict[str, list[Path]] = {}
        for path, reason in self.skipped:
            found.setdefault(reason, []).append(path)
        return [(reason, list(dict.fromkeys(paths))) for reason, paths in found.items()]


def stated_levels(protocol: Protocol) -> tuple[dict[str, str], dict[str, str]]:
    """Give acquisition and reconstruction as far as a header states them, and what states each.

    An acceleration is stated by its factor, a deep-learning reconstruction by its name. That something else was done
    is never concluded from silence.

    Examples
    --------
    >>> stated_levels(Protocol("DICOM", {"compressed_sensing_factor": 4.0, "parallel_factor_in_plane": 1.0}))
    ({'acquisition': 'CS4'}, {'acquisition': 'compressed_sensing_factor 4 (DICOM)'})
    """
    levels, evidence = {}, {}
    for name, letters in (("compressed_sensing_factor", "CS"), ("parallel_factor_in_plane", "R")):
        factor = protocol.values.get(name, 1.0)
        if "acquisition" not in levels and isinstance(factor, float) and factor > 1:
            levels["acquisition"] = f"{letters}{factor:g}"
            evidence["acquisition"] = f"{name} {factor:g} ({protocol.source})"
    if "deep_learning" in protocol.values:
        levels["reconstruction"] = "DLR"
        evidence["reconstruction"] = f"deep_learning {protocol.values['deep_learning']} ({protocol.source})"
    return levels, evidence


def protocol_in(image: Path, skipped: list[tuple[Path, str]]) -> Protocol:
    """Read how a NIfTI file was made; where its sidecar cannot be used, say so."""
    try:
        return read_protocol(image)
    except ScanError as error:
        why = error.problem.removeprefix(f"{sidecar_of(image)}: the sidecar ")  # it is called as the image
        skipped.append((image, f"its sidecar was not used: {why}"))
        return Protocol("", {})


def grid_in(image: Path) -> Grid | None:
    """Give where the voxels of a file lie; nothing if it cannot be read, or is no volume of three dimensions."""
    opened = peek(image)
    if opened is None or opened.reader.GetDimension() != 3:
        return None
    header = opened.reader
    return Grid(header.GetSize(), header.GetSpacing(), header.GetOrigin(), header.GetDirection())


def top_folder(path: Path, folder: Path) -> str:
    """Give the first folder on the way from a folder to what lies in it, or its own name where there is none.

    Examples
    --------
    >>> top_folder(Path("data/S01/scan/1.dcm"), Path("data")), top_folder(Path("data/1.dcm"), Path("data"))
    ('S01', 'data')
    """
    parts = path.relative_to(folder).parts
    return parts[0] if len(parts) > 1 or (parts and path.is_dir()) else folder.resolve().name
