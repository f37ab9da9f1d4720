"""What a run leaves of registered pairs: the rows of registration.csv, and overlays to be looked at."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.tables import SEGMENTATION
from experiments.folder.failures import ALL, Failure
from experiments.folder.file_names import unique_names
from experiments.folder.writing import write_bytes
from experiments.study.manifest import Scan
from harmonize.errors import ScanError
from harmonize.registration import RefusedMotionError, Registered

if TYPE_CHECKING:
    import pandas as pd

Motion = Registered | ScanError

COLUMNS = (
    *("subject", "sequence", "condition", "rois", "status", "translation_mm", "rotation_degrees", "residual_mm"),
    *("overlap", "metric_before", "metric_after", "by", "transforms", "picture", "beyond", "problem"),
)
"""Columns of registration.csv."""


def found_of(motion: Motion) -> Registered | None:
    """Give a motion that was found, trusted or refused."""
    if isinstance(motion, RefusedMotionError):
        return motion.found
    return motion if isinstance(motion, Registered) else None


def row_of(scan: Scan, rois: Sequence[str], motion: Motion, name: str) -> dict[str, Any]:
    """Give the row of a pair.

    Parameters
    ----------
    scan : Scan
        That ROIs are carried to.
    rois : sequence of str
        Those that move as one.
    motion : Registered or ScanError
        What was found, or why nothing is used; of a refused motion the values too.
    name : str
        The file of the transforms.
    """
    row: dict[str, Any] = dict(zip(COLUMNS, (*scan.key, ", ".join(rois)), strict=False))
    if scan.segmentation:
        row[SEGMENTATION] = scan.segmentation
    if isinstance(motion, RefusedMotionError):
        row |= {"status": "refused", "beyond": ", ".join(motion.beyond), "problem": motion.problem}
        return row | _values(motion.found)
    if isinstance(motion, ScanError):
        return {**row, "status": "refused", "problem": motion.problem}
    return {**row, "status": "carried", **_values(motion), "transforms": name}


def with_lost(table: "pd.DataFrame", failures: Iterable[Failure]) -> "pd.DataFrame":
    """Say of carried ROIs which were lost when they were drawn on the scan; a pair that lost all of them is `lost`.

    Parameters
    ----------
    table : DataFrame
        Rows of registration.csv.
    failures : iterable of Failure
        Of the run.
    """
    failed = {(*one.key, one.segmentation, one.roi): one.problem for one in failures if one.strategy == ALL}
    rows = []
    for row in table.to_dict("records"):
        rois = row["rois"].split(", ")
        cell = row["subject"], row["sequence"], row["condition"], row.get(SEGMENTATION, "")
        keys = [(*cell, roi) for roi in rois]
        lost = {key[-1]: failed[key] for key in keys if key in failed}
        if row["status"] == "carried" and lost:
            status = "lost" if len(lost) == len(rois) else row["status"]
            problem = "; ".join(f"{roi}: {text}" for roi, text in lost.items())
            row |= {"status": status, "problem": f"lost when drawn: {problem}"}
        rows.append(row)
    return table.from_records(rows, columns=list(table.columns))


def _values(motion: Registered) -> dict[str, Any]:
    return {
        "translation_mm": motion.translation,
        "rotation_degrees": motion.rotation,
        "residual_mm": motion.residual,
        "overlap": motion.overlap,
        "metric_before": motion.metric_before,
        "metric_after": motion.metric_after,
        "by": motion.by,
    }


def write_overlays(overlays: Sequence[str], rows: Sequence[Mapping[str, Any]], place: Path | None) -> list[str]:
    """Write the overlays of pairs, and remove those of an earlier run.

    Parameters
    ----------
    overlays : sequence of str
        JPEG files in base 64, one a row; empty where there is none.
    rows : sequence of mapping
        As `row_of` gives them.
    place : Path, optional
        The folder; None where no pictures are wanted.

    Returns
    -------
    list of str
        The names of the files, in that order.
    """
    told = ("subject", "sequence", "condition", *([SEGMENTATION] if any(SEGMENTATION in row for row in rows) else []))
    keys = [tuple(str(row[name]) for name in (*told, "rois")) for row in rows]
    named = unique_names(keys)
    names = [f"{named[key]}.jpg" if overlay else "" for key, overlay in zip(keys, overlays, strict=True)]
    if place is not None:
        for path in place.glob("*.jpg"):
            if path.name not in names:
                path.unlink()
        for name, overlay in zip(names, overlays, strict=True):
            if name:
                write_bytes(place / name, base64.b64decode(overlay))
    return names
