"""images.csv and study.yaml of what an import found; what is not known stays empty."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import yaml

from experiments.folder.writing import write_csv, write_text
from experiments.importing.found import Form, FoundFolder, FoundScan
from harmonize.errors import ConfigurationError
from harmonize.inputs.names import plain_cell

TABLE, STUDY = "images.csv", "study.yaml"
STRATEGIES = """\
extraction:
  setting:
    binWidth: 3 # of z-scores times 100; `radharmony check` counts the bins, 16 to 128 are usual
    force2D: true # thick slices; remove it for voxels that are nearly cubes
    force2Ddimension: auto
strategies: # a first choice, to be changed; `docs/steps.md` lists all steps
  zscore:
    steps:
      - zscore: {region: foreground, scale: 100}
  n4_zscore:
    steps:
      - n4
      - zscore: {region: foreground, scale: 100}
"""


def write_study_files(
    found: FoundFolder, subjects: Mapping[str, str], folder: Path, out: Path
) -> tuple[Path, Path, bool]:
    """Write the table of images and a study file to be completed.

    Parameters
    ----------
    found : FoundFolder
        What was found.
    subjects : mapping of str to str
        What the table calls each person.
    folder : Path
        Where it was found.
    out : Path
        Where to write; made if absent.

    Returns
    -------
    table, study : Path
        The files.
    with_data : bool
        Whether the paths in the table start from `folder`, so that `data` must name it.

    Raises
    ------
    ConfigurationError
        If one of the files is there already.
    """
    for name in (TABLE, STUDY):
        if (out / name).exists():
            raise ConfigurationError(f"{out / name} is there already; name another folder, or remove it first")
    with_data = not folder.resolve().is_relative_to(out.resolve())
    root = folder if with_data else out
    write_csv(out / TABLE, _table(found, subjects, root))
    write_text(out / STUDY, _study(found, out))
    return out / TABLE, out / STUDY, with_data


def _table(found: FoundFolder, subjects: Mapping[str, str], root: Path) -> pd.DataFrame:
    masks = mask_columns(found.rois)
    known = {column: None for scan in found.scans for column in scan.covariates if column not in found.factors}
    rows = [
        [
            *map(plain_cell, (subjects[scan.person], scan.sequence)),
            *(plain_cell(scan.levels.get(factor, "")) for factor in found.factors),
            _relative(scan.image, root),
            *(_relative(scan.masks[column], root) if column in scan.masks else "" for column in masks),
            plain_cell(scan.series),
            *(plain_cell(scan.covariates.get(column, "")) for column in known),
        ]
        for scan in found.scans
    ]
    columns = ["subject", "sequence", *found.factors, "image", *masks, "series", *known]
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
    return (
        "# Written by `radharmony import`. Complete images.csv and every TODO, then run `radharmony check`.\n"
        + yaml.safe_dump({"name": out.resolve().name, "images": TABLE, "factors": list(found.factors)}, sort_keys=False)
        + f"reference: '' # TODO: the condition that the others are compared with, {so_far}\n"
        + (rois if found.rois else "rois: {} # TODO: no mask was found; see docs/study_file.md\n")
        + STRATEGIES
    )


def _condition(scan: FoundScan, factors: tuple[str, ...]) -> str:
    return "+".join(scan.levels[factor] for factor in factors) if set(factors) <= set(scan.levels) else ""
