"""images.csv and study.yaml of what an import found; what is not known stays empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from evaluation.tables import SEGMENTATION
from experiments.folder.writing import write_csv, write_text
from experiments.importing.centres import Target, table_of_centres
from experiments.importing.found import Form, FoundFolder, FoundScan
from experiments.importing.merging import merged, refuse_elsewhere, rows_there
from harmonize.inputs.names import plain_cell
from harmonize.words import plural

TABLE, STUDY, CENTRES = "images.csv", "study.yaml", "centres.csv"
TODO = "# TODO"
STRATEGIES = """\
extraction:
  setting: # the bin width stands with each strategy, whose scale it has to fit
    force2D: true # thick slices; remove it for voxels that are nearly cubes
    force2Ddimension: auto
strategies: # a first choice, to be changed; `docs/steps.md` lists all steps
  zscore:
    steps:
      - zscore: {region: foreground, scale: 100}
    extraction: {setting: {binWidth: 3}} # of z-scores times 100; `radharmony check` proposes widths
  n4_zscore:
    steps:
      - n4
      - zscore: {region: foreground, scale: 100}
    extraction: {setting: {binWidth: 3}}
"""


@dataclass(frozen=True)
class Written:
    """What an import wrote.

    Parameters
    ----------
    table, study : Path
        The files.
    with_data : bool
        Whether the paths in the table start from the imported folder, so that `data` must name it.
    kept : tuple of str
        What was there already and was left as it is, in words.
    """

    table: Path
    study: Path
    with_data: bool
    kept: tuple[str, ...] = ()


def write_study_files(
    found: FoundFolder,
    subjects: Mapping[str, str],
    folder: Path,
    out: Path,
    preset: Mapping[str, str],
    centres: Sequence[Mapping[str, str]],
    targets: Sequence[Target],
) -> Written:
    """Write the table of images and a study file to be completed; what people wrote stays.

    Parameters
    ----------
    found : FoundFolder
        What was found.
    subjects : mapping of str to str
        What the table calls each person.
    folder : Path
        Where it was found.
    out : Path
        Where to write; made if absent. Scans are added to a table that is there, and rows of it stay as they are; a
        study file that is there stays.
    preset : mapping of str to str
        The files of a preset, whose example rows are replaced; may be empty.
    centres : sequence of mapping
        Rows of the table of centres, if the preset has one.
    targets : sequence of Target
        The scans that centres are wanted for; those without any get empty rows.

    Raises
    ------
    ConfigurationError
        If a table that is there names images that are not in the folder.
    """
    root, with_data = root_of(folder, out)
    new = _table(found, subjects, root)
    old = rows_there(out / TABLE, preset.get(TABLE, ""))
    kept = []
    if old is not None:
        refuse_elsewhere(old, out / TABLE, root)
        drawn = [SEGMENTATION] if SEGMENTATION in new and SEGMENTATION in old else []
        new, known = merged(old, new, "image", *drawn)
        added = f"{plural(len(new) - len(old), 'scan')} added, {known} that stand there already passed over"
        kept.append(f"{TABLE} was there: {plural(len(old), 'row')} kept; {added}")
    write_csv(out / TABLE, new)
    if CENTRES in preset:
        table, stayed = table_of_centres(out / CENTRES, preset[CENTRES], centres, targets)
        write_csv(out / CENTRES, table)
        kept += [stayed] if stayed else []
    texts = {name: text for name, text in preset.items() if name not in (TABLE, CENTRES)} or {STUDY: _study(found, out)}
    for name, text in texts.items():
        if not (out / name).exists():
            write_text(out / name, text)
        elif name == STUDY:
            kept.append(f"{STUDY} was there and stays as it is")
    return Written(out / TABLE, out / STUDY, with_data, tuple(kept))


def root_of(folder: Path, out: Path) -> tuple[Path, bool]:
    """Say from where the paths of a table start, and whether `data` must name it."""
    with_data = not folder.resolve().is_relative_to(out.resolve())
    return (folder if with_data else out), with_data


def image_cell(scan: FoundScan, root: Path) -> str:
    """Give what the table of images names a scan."""
    return _relative(scan.image, root)


def _table(found: FoundFolder, subjects: Mapping[str, str], root: Path) -> pd.DataFrame:
    masks = mask_columns(found.rois)
    factors = (*found.factors, *found.besides)
    known = {column: None for scan in found.scans for column in scan.covariates if column not in factors}
    readers = found.segmentations
    rows = [
        [
            *map(plain_cell, (subjects[scan.person], scan.sequence)),
            *(plain_cell(scan.levels.get(factor, "")) for factor in factors),
            _relative(scan.image, root),
            *(_relative(mine[column], root) if column in mine else "" for column in masks),
            *([plain_cell(reader)] if readers else []),
            plain_cell(scan.series),
            *(plain_cell(scan.covariates.get(column, "")) for column in known),
        ]
        for scan in found.scans
        for reader, mine in (scan.drawn or dict.fromkeys(readers or [""], scan.masks)).items()
    ]
    drawn = [SEGMENTATION] if readers else []
    columns = ["subject", "sequence", *factors, "image", *masks, *drawn, "series", *known]
    return pd.DataFrame(rows, columns=[plain_cell(column) for column in columns])


def mask_columns(rois: Form) -> list[str]:
    """Give the columns of the table that name masks."""
    return [str(column) for column in rois["files"].values()] if "files" in rois else ["mask"] if rois else []


def _relative(path: Path, root: Path) -> str:
    """Give a path as a cell that a spreadsheet does not carry out, and that leads to the same file."""
    name = path.resolve().relative_to(root.resolve()).as_posix()
    return name if plain_cell(name) == name else f"./{name}"


def _study(found: FoundFolder, out: Path) -> str:
    named = (_condition(scan, found.factors) for scan in found.scans)
    conditions = dict.fromkeys(plain_cell(condition) for condition in named if condition)
    so_far = f"so far: {', '.join(conditions)}" if conditions else f"{'+'.join(found.factors)}"
    rois = yaml.safe_dump({"rois": dict(found.rois)}, allow_unicode=True, sort_keys=False, default_flow_style=False)
    readers = ", ".join(map(plain_cell, found.segmentations))
    drawn = f"segmentation: '' {TODO}: by which conditions are compared: {readers}\n" if readers else ""
    return (
        "# Written by `radharmony import`. Complete images.csv and every TODO, then run `radharmony check`.\n"
        + yaml.safe_dump({"name": out.resolve().name, "images": TABLE, "factors": list(found.factors)}, sort_keys=False)
        + f"reference: '' {TODO}: the condition that the others are compared with, {so_far}; `extract` needs none\n"
        + drawn
        + (rois if found.rois else f"rois: {{}} {TODO}: no mask was found; see docs/study_file.md\n")
        + STRATEGIES
    )


def _condition(scan: FoundScan, factors: tuple[str, ...]) -> str:
    return "+".join(scan.levels[factor] for factor in factors) if set(factors) <= set(scan.levels) else ""
