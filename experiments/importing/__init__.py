"""From a folder of DICOM files or a BIDS dataset to images.csv and a study file to be completed."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from experiments.folder.writing import write_csv
from experiments.importing.bids import find_bids, is_bids
from experiments.importing.dicom_folder import find_dicom
from experiments.importing.found import FoundFolder, FoundScan, top_folder
from experiments.importing.study_files import write_study_files
from experiments.study.study_file import RESERVED
from harmonize.errors import ConfigurationError
from harmonize.words import some

__all__ = ["FoundFolder", "FoundScan", "Imported", "import_folder"]

Naming = Literal["pseudonym", "folder", "patient-id"]


@dataclass(frozen=True)
class Imported:
    """What an import left.

    Parameters
    ----------
    found : FoundFolder
        What was found.
    subjects : mapping of str to str
        What the table calls each person.
    table, study : Path
        The files.
    with_data : bool
        Whether `data` must name the imported folder.
    """

    found: FoundFolder
    subjects: dict[str, str]
    table: Path
    study: Path
    with_data: bool

    @property
    def empty(self) -> int:
        """Cells of factors that nothing stated, to be filled in."""
        return sum(factor not in scan.levels for scan in self.found.scans for factor in self.found.factors)


def import_folder(
    folder: str | Path,
    out: str | Path,
    *,
    naming: Naming = "pseudonym",
    pattern: str | None = None,
    key: str | Path | None = None,
) -> Imported:
    """Make images.csv and study.yaml from a folder of DICOM files or a BIDS dataset.

    Only what headers and names state is written. What they do not state stays empty, and `radharmony check` refuses
    the table until it is filled in.

    Parameters
    ----------
    folder : str or Path
        A BIDS dataset, or a folder with DICOM files at any depth.
    out : str or Path
        The folder of the study; made if absent. Nothing in it is overwritten.
    naming : {"pseudonym", "folder", "patient-id"}
        What subjects of DICOM files are called: sub-01, sub-02, ...; the first folder; or the PatientID. Those of a
        BIDS dataset keep their labels.
    pattern : str, optional
        Regular expression that is searched in the description of each series (DICOM) or the file name (BIDS); its
        named groups `(?P<sequence>...)`, `(?P<acquisition>...)` and so on override what was found.
    key : str or Path, optional
        File to write who is who to; it identifies people, so it is written on request only.

    Returns
    -------
    Imported
        What was found, and the files.

    Raises
    ------
    ConfigurationError
        If nothing was found, a file is there already, or the pattern is wrong.
    """
    folder, out = Path(folder), Path(out)
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder")
    if key is not None and Path(key).exists():
        raise ConfigurationError(f"{key} is there already; name another file")
    found = find_bids(folder) if is_bids(folder) else find_dicom(folder)
    if not found.scans:
        raise ConfigurationError(f"{folder}: {_no_scan(found)}")
    if pattern is not None:
        found = _with_pattern(found, pattern)
    folders = [top_folder(scan.image, folder) for scan in found.scans]
    if naming == "folder":
        scans = (replace(scan, person=name) for scan, name in zip(found.scans, folders, strict=True))
        found = replace(found, scans=tuple(scans))
    elif len(set(folders)) > 1 and len({scan.person for scan in found.scans}) == 1:
        remark = f"all scans are of one person, in {len(set(folders))} folders; use `naming=folder` if these are people"
        found = replace(found, remarks=(*found.remarks, remark))
    found = replace(found, remarks=(*found.remarks, *_nothing_compared(found)))
    subjects = _subjects(found, naming)
    table, study, with_data = write_study_files(found, subjects, folder, out)
    if key is not None:
        _write_key(found, subjects, folder, Path(key))
    return Imported(found, subjects, table, study, with_data)


def _nothing_compared(found: FoundFolder) -> list[str]:
    """Say that conditions of one sequence need one name, where every scan of a person has another."""
    names = list(dict.fromkeys(scan.sequence for scan in found.scans))
    if len(names) < 2 or len({(scan.person, scan.sequence) for scan in found.scans}) < len(found.scans):
        return []
    return [
        f"each of the sequences {some(names)} holds one scan a person, so that nothing would be compared: scans that "
        "are to be compared need one name in the column sequence; write it there, or find it in the names with "
        "`pattern`, such as '(?P<sequence>[^_]+)_(?P<acquisition>.+)'"
    ]


def _no_scan(found: FoundFolder) -> str:
    if not found.skipped:
        return "neither DICOM images of MR nor a BIDS dataset with images in anat"
    reasons = [
        f"{f'{len(paths)} files, such as ' if len(paths) > 1 else ''}{paths[0].name}: {reason}"
        for reason, paths in found.passed_over()
    ]
    return f"holds no scan that can be used as it lies ({some(reasons, apart='; ', what='more reasons')})"


def _with_pattern(found: FoundFolder, pattern: str) -> FoundFolder:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(f"`pattern`: is no regular expression ({error})") from error
    names = list(expression.groupindex)
    if not names:
        raise ConfigurationError("`pattern`: has no named group such as (?P<acquisition>...)")
    taken = [name for name in names if name in RESERVED - {"sequence"} or name == "series"]
    if taken:
        raise ConfigurationError(f"`pattern`: the group '{taken[0]}' has a meaning of its own in images.csv; rename it")
    scans, missed = [], 0
    for scan in found.scans:
        match = expression.search(scan.series)
        groups = {name: text for name, text in match.groupdict().items() if text} if match else {}
        missed += match is None
        sequence = groups.pop("sequence", scan.sequence)
        evidence = dict.fromkeys(groups, "pattern")
        scans.append(
            replace(scan, sequence=sequence, levels={**scan.levels, **groups}, evidence={**scan.evidence, **evidence})
        )
    factors = tuple(dict.fromkeys([*found.factors, *(name for name in names if name != "sequence")]))
    remarks = (*found.remarks, f"the pattern does not fit {missed} of {len(scans)} scans") if missed else found.remarks
    return replace(found, scans=tuple(scans), factors=factors, remarks=remarks)


def _subjects(found: FoundFolder, naming: Naming) -> dict[str, str]:
    """Say what the table calls each person."""
    names = {scan.person: scan.subject for scan in found.scans}
    width = max(2, len(str(len(names))))
    return {
        person: name or (f"sub-{i:0{width}}" if naming == "pseudonym" else person)
        for i, (person, name) in enumerate(names.items(), start=1)
    }


def _write_key(found: FoundFolder, subjects: dict[str, str], folder: Path, path: Path) -> None:
    people = {scan.person: scan for scan in found.scans}.values()
    rows = [(subjects[scan.person], scan.person, top_folder(scan.image, folder)) for scan in people]
    write_csv(path, pd.DataFrame(rows, columns=["subject", "source", "folder"]))
