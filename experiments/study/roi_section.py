"""The section `rois` of a study file."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from experiments.study.circle_table import read_circles
from experiments.study.csv_file import read_rows
from experiments.study.manifest import LABEL, Rois
from experiments.study.study_file import RESERVED
from harmonize.errors import ConfigurationError
from harmonize.image.regions import REGIONS
from harmonize.inputs.configuration import build
from harmonize.inputs.names import refuse_names
from harmonize.inputs.paths import path_within


def read_rois(value: object, where: str, folder: Path, factors: tuple[str, ...]) -> Rois:
    """Read where the ROIs are; raises `ConfigurationError` for what is none, or can mean two things."""
    circles = value.get("circles") if isinstance(value, Mapping) else None
    if isinstance(value, Mapping) and circles is not None:
        value = {key: item for key, item in value.items() if key != "circles"}
    if isinstance(value, Mapping) and isinstance(value.get("labels"), str):
        value = {**value, "labels": _label_table(path_within(value["labels"], folder, f"{where}: labels"))}
    rois = build(Rois, value, where)
    if circles is not None:
        rois = replace(rois, circles=read_circles(circles, folder, factors, f"{where}: circles"))
    forms = (rois.labels, rois.segments, rois.files)
    if sum(map(bool, forms)) != 1 and (any(forms) or not rois.circles):
        raise ConfigurationError(
            f"{where}: give either `labels` (name: label of one label map), `segments` (name: its name in a DICOM SEG "
            "or RTSTRUCT) or `files` (name: column with its mask), and `circles` besides or instead"
        )
    for name, label in rois.labels.items():
        if not LABEL.holds(label):
            raise ConfigurationError(
                f"{where}: labels: {name} is {label}, expected 1 or more (0 is the background), and at most 32 bits"
            )
    refuse_names(rois.names, where)
    for name in rois.names:
        if not name.strip() or name in REGIONS:
            why = "is a region of the steps already" if name.strip() else "is empty"
            raise ConfigurationError(f"{where}: '{name}' cannot name a ROI: it {why}; choose another name")
    twice = [name for name in set(rois.names) if rois.names.count(name) > 1]
    if twice:
        raise ConfigurationError(f"{where}: '{min(twice)}' is both a circle and a ROI of its own; rename one")
    for name, column in rois.files.items():
        if column in RESERVED - {"mask"}:
            raise ConfigurationError(f"{where}: files: {name}: column '{column}' has a meaning of its own")
    for mapping in forms:
        if len(set(mapping.values())) < len(mapping):
            raise ConfigurationError(
                f"{where}: two ROIs share one label, name or column: {dict(mapping)}; give each its own"
            )
    return rois


def _label_table(path: Path) -> dict[str, int]:
    rows = read_rows(path)
    if not {"label", "name"} <= set(rows[0][1]):
        raise ConfigurationError(f"{path}: expected the columns 'label' and 'name', found {', '.join(rows[0][1])}")
    table: dict[str, int] = {}
    for line, row in rows:
        if not row["label"].isdecimal() or len(row["label"]) > 10 or not row["name"] or row["name"] in table:
            raise ConfigurationError(f"{path}, line {line}: expected a whole number and a name of its own, found {row}")
        table[row["name"]] = int(row["label"])
    return table
