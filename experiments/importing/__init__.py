"""From a folder of DICOM files, a BIDS dataset or plain NIfTI files to images.csv and a study file to be completed."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Literal

import pandas as pd
import yaml

from experiments.folder.writing import write_csv
from experiments.importing.arms import ASKED, FACTORS, with_arms
from experiments.importing.bids import find_bids, is_bids
from experiments.importing.centres import Target, centre_rows, targets_of
from experiments.importing.dicom_folder import ECHO_TIMES, find_dicom
from experiments.importing.found import FoundFolder, FoundScan, top_folder
from experiments.importing.merging import as_written, named_before, rows_there, still_to_ask
from experiments.importing.plain_files import find_plain, left_beside, names_factor, refuse_nameless, with_told_arms
from experiments.importing.point_files import Counting
from experiments.importing.study_files import CENTRES, STUDY, TABLE, TODO, image_cell, root_of, write_study_files
from experiments.presets import preset_texts
from experiments.study.study_file import RESERVED
from harmonize.errors import ConfigurationError
from harmonize.inputs.names import UNSURE
from harmonize.words import some

__all__ = ["FoundFolder", "FoundScan", "Imported", "import_folder"]

NOT_SAID = Counting()
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
    kept : tuple of str
        What was there already and was left as it is, in words.
    """

    found: FoundFolder
    subjects: dict[str, str]
    table: Path
    study: Path
    with_data: bool
    kept: tuple[str, ...] = ()

    @property
    def empty(self) -> int:
        """Cells of factors that nothing stated, to be filled in."""
        return sum(factor not in scan.levels for scan in self.found.scans for factor in self.found.factors)

    @property
    def unsure(self) -> int:
        """Cells that were concluded and end with a question mark, to be confirmed."""
        levels = ((self.subjects[scan.person], scan.sequence, *scan.levels.values()) for scan in self.found.scans)
        return sum(level.endswith(UNSURE) for own in levels for level in own)

    @property
    def to_complete(self) -> list[Path]:
        """The files in which something is open still, in words or cells."""
        centres = self.study.with_name(CENTRES)
        is_open = {
            self.table: bool(self.empty or self.unsure),
            centres: centres.exists() and bool(pd.read_csv(centres, dtype=str)["x"].isna().any()),
            self.study: TODO in self.study.read_text(encoding="utf-8"),
        }
        return [path for path, still in is_open.items() if still]


def import_folder(
    folder: str | Path,
    out: str | Path,
    *,
    naming: Naming = "pseudonym",
    pattern: str | None = None,
    key: str | Path | None = None,
    preset: str | None = None,
    centres: str | Path | None = None,
    counting: Counting = NOT_SAID,
) -> Imported:
    """Make images.csv and study.yaml from a folder of DICOM files, a BIDS dataset or plain NIfTI files.

    Only what headers and names state is written. What they do not state stays empty, and `radharmony check` refuses
    the table until it is filled in.

    Parameters
    ----------
    folder : str or Path
        A BIDS dataset, or a folder with DICOM files at any depth, or else with NIfTI files: each subject's in a folder
        of its own, or told by `pattern`.
    out : str or Path
        The folder of the study; made if absent. What people wrote into its files stays: scans are added to a table
        that is there, and only the example rows of a preset are replaced.
    naming : {"pseudonym", "folder", "patient-id"}
        What subjects of DICOM files are called: sub-01, sub-02, ...; the first folder; or the PatientID. Those of a
        BIDS dataset keep their labels, and plain NIfTI files those of their folders: with a question mark, unless
        "folder" says that these are people.
    pattern : str, optional
        Regular expression that is searched in the description of each series (DICOM), the file name (BIDS) or the path
        below the folder without its ending (plain NIfTI files, where `(?P<subject>...)` may be named too); its named
        groups `(?P<sequence>...)`, `(?P<acquisition>...)` and so on override what was found.
    key : str or Path, optional
        File to write who is who to; it identifies people, so it is written on request only.
    preset : str, optional
        The name of a preset, whose study file is written. For `deep-learning-reconstruction`, sequences and arms are
        told by description, type of image and header (`experiments.importing.arms`); what is only concluded ends with
        a question mark, which `radharmony check` refuses until it is removed.
    centres : str or Path, optional
        A file of points, or a folder of them, for the table of centres of the preset.
    counting : Counting, optional
        What tables of points do not say themselves.

    Returns
    -------
    Imported
        What was found, and the files.

    Raises
    ------
    ConfigurationError
        If nothing was found, the key is there already, the table there is of other images, or the pattern or the name
        of the preset is wrong.
    """
    texts = preset_texts(preset) if preset is not None else {}
    folder, out = Path(folder), Path(out)
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder")
    if key is not None and Path(key).exists():
        raise ConfigurationError(f"{key} is there already; name another file")
    found = find_bids(folder) if is_bids(folder) else find_dicom(folder)
    plain = not found.scans and not is_bids(folder)
    if plain:
        named = find_plain(folder, people=naming == "folder")
        found = replace(named, skipped=(*found.skipped, *named.skipped))
    if not found.scans:
        raise ConfigurationError(f"{folder}: {_no_scan(found)}")
    if not is_bids(folder):
        found = left_beside(found, folder, None if centres is None else Path(centres))
    if preset is not None:
        found = _as_designed(found, yaml.safe_load(texts[STUDY])["factors"])
    elif plain:
        found = with_told_arms(found, by_pattern=pattern is not None and names_factor(pattern))
    if pattern is not None:
        found = _with_pattern(found, pattern, {"sequence", "subject"} if plain else {"sequence"})
        if preset is None and names_factor(pattern):
            found = _without_unstated(found, pattern)
    refuse_nameless(found, folder)
    folders = [top_folder(scan.image, folder) for scan in found.scans]
    if naming == "folder":
        scans = (replace(scan, person=name) for scan, name in zip(found.scans, folders, strict=True))
        found = replace(found, scans=tuple(scans))
    elif len(set(folders)) > 1 and len({scan.person for scan in found.scans}) == 1:
        remark = f"all scans are of one person, in {len(set(folders))} folders; use `naming=folder` if these are people"
        found = replace(found, remarks=(*found.remarks, remark))
    old = rows_there(out / TABLE, texts.get(TABLE, ""))
    known = {} if old is None or "image" not in old else {row["image"]: row for row in old.to_dict("records")}
    asked = [scan.sequence for scan in found.scans]
    own = [known.get(image_cell(scan, root_of(folder, out)[0]), {}) for scan in found.scans]
    found = as_written(found, own, TABLE)
    found = replace(found, remarks=(*found.remarks, *_nothing_compared(found)))
    subjects = _subjects(found, naming, named_before(found, own, known.values()))
    found = replace(found, remarks=tuple(still_to_ask(found, subjects)))
    targets: list[Target] = []
    rows: list[dict[str, str]] = []
    if CENTRES in texts:
        design = yaml.safe_load(texts[STUDY])
        reference = dict(zip(design["factors"], str(design["reference"]).split("+"), strict=True))
        as_found = [replace(scan, sequence=name) for scan, name in zip(found.scans, asked, strict=True)]
        targets = targets_of(as_found, subjects, [scan.sequence for scan in found.scans], folders, reference)
        if centres is not None:
            rows, told = centre_rows(Path(centres), targets, counting, reference)
            found = replace(found, remarks=(*found.remarks, *told))
    elif centres is not None:
        raise ConfigurationError("`centres`: needs a `preset` with a table of centres: deep-learning-reconstruction")
    written = write_study_files(found, subjects, folder, out, texts, rows, targets)
    if key is not None:
        _write_key(found, subjects, folder, Path(key))
    return Imported(found, subjects, written.table, written.study, written.with_data, written.kept)


def _as_designed(found: FoundFolder, factors: Sequence[str]) -> FoundFolder:
    """Take the factors of a preset; those that were found besides stay as columns."""
    if tuple(factors) == FACTORS:
        found = with_arms(found)
    besides = [factor for factor in found.factors if factor not in factors]
    remarks = [
        f"the column {name} tells scans apart, but the preset does not: name it among the factors, or keep one scan"
        for name in besides
    ]
    return replace(found, factors=tuple(factors), besides=tuple(besides), remarks=(*found.remarks, *remarks))


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
        return (
            "holds neither DICOM images of MR, nor a BIDS dataset with images in anat, nor NIfTI files (.nii, "
            ".nii.gz); name the folder that does"
        )
    reasons = [
        f"{f'{len(paths)} files or volumes, such as ' if len(paths) > 1 else ''}{paths[0].name}: {reason}"
        for reason, paths in found.passed_over()
    ]
    return f"holds no scan that can be used as it lies ({some(reasons, apart='; ', what='more reasons')})"


def _with_pattern(found: FoundFolder, pattern: str, own: Collection[str]) -> FoundFolder:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(f"`pattern`: '{pattern}' is no regular expression ({error}); correct it") from error
    names = list(expression.groupindex)
    if not names:
        raise ConfigurationError(
            f"`pattern`: '{pattern}' has no named group such as (?P<acquisition>...); add one for each column"
        )
    taken = [name for name in names if name in RESERVED - set(own) or name == "series"]
    if taken:
        raise ConfigurationError(f"`pattern`: the group '{taken[0]}' has a meaning of its own in images.csv; rename it")
    scans, missed = [], 0
    for scan in found.scans:
        match = expression.search(scan.series)
        groups = {name: text for name, text in match.groupdict().items() if text} if match else {}
        missed += match is None
        sequence = groups.pop("sequence", scan.sequence)
        subject = groups.pop("subject", "")
        evidence = dict.fromkeys(groups, "pattern")
        scans.append(
            replace(
                scan,
                sequence=sequence,
                levels={**scan.levels, **groups},
                evidence={**scan.evidence, **evidence},
                person=subject or scan.person,
                subject=subject or scan.subject,
            )
        )
    factors = tuple(dict.fromkeys([*found.factors, *(name for name in names if name not in own)]))
    answered = () if missed else (ECHO_TIMES, *(f"{ASKED} {name} " for name in names))
    remarks = tuple(remark for remark in found.remarks if not remark.startswith(answered))
    remarks = (*remarks, f"the pattern does not fit {missed} of {len(scans)} scans") if missed else remarks
    return replace(found, scans=tuple(scans), factors=factors, remarks=remarks)


def _without_unstated(found: FoundFolder, pattern: str) -> FoundFolder:
    """Leave out the factors that nothing speaks of, where a pattern names what tells the scans apart."""
    named = {*re.compile(pattern).groupindex, *(name for scan in found.scans for name in scan.levels)}
    return replace(found, factors=tuple(name for name in found.factors if name in named))


def _subjects(found: FoundFolder, naming: Naming, before: Mapping[str, str]) -> dict[str, str]:
    """Say what the table calls each person."""
    names = {scan.person: scan.subject for scan in found.scans}
    width = max(2, len(str(len(names))))
    numbers = (f"sub-{i:0{width}}" for i in count(1))
    free = (name for name in numbers if name not in before.values())
    return {
        person: before.get(person) or name or (next(free) if naming == "pseudonym" else person)
        for person, name in names.items()
    }


def _write_key(found: FoundFolder, subjects: dict[str, str], folder: Path, path: Path) -> None:
    people = {scan.person: scan for scan in found.scans}.values()
    rows = [(subjects[scan.person], scan.person, top_folder(scan.image, folder)) for scan in people]
    write_csv(path, pd.DataFrame(rows, columns=["subject", "source", "folder"]))
