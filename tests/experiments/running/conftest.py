"""How often a run opens the files of its scans."""

import csv
import sys
from collections import Counter

import pytest
import SimpleITK as sitk

from experiments.running import between

COUNTED: list[Counter[str]] = []


def _count(event, args):
    if event == "open" and COUNTED and str(args[0]).endswith(".nii.gz"):
        COUNTED[-1][str(args[0])] += 1


sys.addaudithook(_count)  # it cannot be taken away again, and counts only where somebody asks for it


@pytest.fixture
def opened(monkeypatch):
    """Count how often Python opens every image and mask, in this process; ITK reads headers by itself."""
    monkeypatch.setattr(between, "SPARE", 0.0)
    counts: Counter[str] = Counter()
    COUNTED.append(counts)
    yield counts
    COUNTED.remove(counts)


@pytest.fixture
def drawn_twice(study_file):
    """The small study, of which a second reader has drawn smaller ROIs on all images but one."""
    table = study_file.parent / "images.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    drawn = []
    for row in rows:
        drawn.append({**row, "segmentation": "anna"})
        other = row["mask"].replace(".nii.gz", "_ben.nii.gz")
        if not (table.parent / other).exists():
            mask = sitk.ReadImage(str(table.parent / row["mask"]))
            border = sitk.BinaryContour(mask > 0, fullyConnected=False)
            sitk.WriteImage(sitk.Mask(mask, border == 0), str(table.parent / other))
        drawn.append({**row, "mask": other, "segmentation": "ben"})
    write_images(study_file, drawn[:-1])
    return study_file


def write_images(study_file, rows):
    """Write a table of images."""
    with (study_file.parent / "images.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
