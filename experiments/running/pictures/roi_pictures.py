"""The pictures of an extraction: the ROIs of a few subjects on their slices, as the scans were read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.folder.file_names import safe_name
from experiments.folder.files import PICTURES
from experiments.running.between import Between, open_for
from experiments.running.pictures.drawing import LARGEST, draw_each, write_picture
from experiments.running.pictures.listing import as_drawn, content_of, known_pictures, list_pictures, scans_of
from experiments.running.pictures.pictured import FIRST
from experiments.running.pictures.pictures import BUDGET
from experiments.running.pictures.roi_slices import roi_layout
from experiments.running.work import Work
from experiments.study.manifest import Scan
from experiments.study.study import Study
from harmonize.digest import digest_of

DRAWING = 1
"""Raise it when pictures are drawn otherwise: those of earlier runs are then drawn again."""


def picture(work: Work) -> None:
    """Draw the ROIs of the first subjects on their slices, from scans that are open already: `pictures/`.

    Who has no features is not pictured; pictures of the same scans that are there are taken over.
    """
    study = replace(work.study, scans=work.study.images)
    known, place = known_pictures(work.run), work.run.path(PICTURES)
    cells = pictured_cells(study, work.features)
    per_tile = min(BUDGET // max(1, len(cells) * len(study.scanned) * len(study.rois)), LARGEST**2)
    records: dict[str, dict[str, Any]] = {}
    tasks = []
    for subject, sequence in cells:
        scans = scans_of(study, sequence, subject)
        content = [[*scan.key, content_of(scan, work.store)] for scan in scans if isinstance(scan, Scan)]
        key = digest_of(["rois", DRAWING, per_tile, content, list(study.scanned), list(study.rois)])
        file = f"{safe_name(subject, sequence)}_{key[:8]}.jpg"
        drawn = as_drawn(work.run, known, file, key)
        record = {"file": file, "key": key, "subject": subject, "sequence": sequence, "strategies": [], "chosen": FIRST}
        records[file] = drawn or {}
        if drawn is None:
            tasks.append((scans, study.rois, per_tile, place, record, work.between))
    for made in draw_each(work, draw_on_slices, tasks):
        records |= {made["file"]: made} if made else {}
    list_pictures(work.run, known, study.pictures, [record for record in records.values() if record])


def pictured_cells(study: Study, features: pd.DataFrame) -> list[tuple[str, str]]:
    """Give subject and sequence of each picture: all sequences of the first subjects that have features."""
    present = set(zip(features["subject"], features["sequence"], strict=True))
    with_features = {subject for subject, _ in present}
    first = [subject for subject in study.subjects if subject in with_features][: study.pictures]
    return [(subject, sequence) for subject in first for sequence in study.sequences if (subject, sequence) in present]


def draw_on_slices(
    scans: Sequence[Scan | str],
    rois: Sequence[str],
    per_tile: int,
    place: Path,
    record: dict[str, Any],
    between: Between | None = None,
) -> dict[str, Any]:
    """Draw one subject and sequence, and give what is said of the picture; nothing where no scan can be used."""
    title = f"{record['subject']}, {record['sequence']}"
    found = roi_layout(scans, rois, title, lambda scan: (scan, *open_for(scan, between, keep=False)))
    return write_picture(found, rois, per_tile, place, record) if found.rows else {}
