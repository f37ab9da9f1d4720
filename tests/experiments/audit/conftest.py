"""A small sound study whose parts a test can break one by one."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
import yaml

from experiments.audit.audit import audit
from experiments.audit.findings import Audit
from experiments.study.study import Study

SHAPE = (6, 24, 24)
LIVER, SPLEEN = (slice(1, 5), slice(2, 10), slice(2, 12)), (slice(1, 5), slice(14, 22), slice(2, 12))


@dataclass
class SmallStudy:
    """Three subjects, one sequence, two conditions, two ROIs; nothing is wrong with it."""

    folder: Path
    rows: list[dict[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def image(self, name: str, array: np.ndarray | None = None, spacing: tuple[float, ...] = (1.0, 1.0, 4.0)) -> Path:
        """Write an image; by default noise that differs with the name."""
        if array is None:
            array = np.random.default_rng([*name.encode()]).normal(300, 100, SHAPE)
        return self._write(sitk.GetImageFromArray(np.asarray(array)), name, spacing)

    def labels(self, name: str, array: np.ndarray | None = None, spacing: tuple[float, ...] = (1.0, 1.0, 4.0)) -> Path:
        """Write a label map; by default liver 1 and spleen 2."""
        return self._write(sitk.GetImageFromArray(label_map() if array is None else array), name, spacing)

    def row(self, subject: str, condition: str) -> dict[str, str]:
        """Find a row of images.csv."""
        return next(
            r for r in self.rows if (r["subject"], f"{r['acquisition']}+{r['reconstruction']}") == (subject, condition)
        )

    def write(self) -> Path:
        """Write images.csv and study.yaml."""
        with (self.folder / "images.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
        path = self.folder / "study.yaml"
        path.write_text(yaml.safe_dump(self.values, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    def audit(self, **options: Any) -> Audit:
        """Write and audit."""
        return audit(Study.from_yaml(self.write()), **options)

    def _write(self, image: sitk.Image, name: str, spacing: tuple[float, ...]) -> Path:
        image.SetSpacing(spacing)
        sitk.WriteImage(image, str(self.folder / name))
        return self.folder / name


def label_map() -> np.ndarray:
    """Give the labels of the small study."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[LIVER], labels[SPLEEN] = 1, 2
    return labels


@pytest.fixture
def small(tmp_path: Path) -> SmallStudy:
    study = SmallStudy(tmp_path)
    for subject in ("S1", "S2", "S3"):
        for acquisition, reconstruction in (("REF", "STD"), ("ACC", "DLR")):
            name = f"{subject}_{acquisition}.nii.gz"
            study.image(name)
            row = {"subject": subject, "sequence": "T2", "acquisition": acquisition, "reconstruction": reconstruction}
            study.rows.append({**row, "image": name, "mask": f"{subject}_rois.nii.gz"})
        study.labels(f"{subject}_rois.nii.gz")
    study.values = {
        "images": "images.csv",
        "reference": "REF+STD",
        "rois": {"labels": {"liver": 1, "spleen": 2}},
        "extraction": {"setting": {"force2D": True, "binWidth": 12}},
        "strategies": {"raw": None, "zscore": {"steps": [{"zscore": {"region": "image"}}]}},
    }
    return study


@pytest.fixture
def kinds():
    """Give the levels and kinds of an audit, sorted, each once."""
    return lambda found: sorted({f"{finding.level} {finding.kind}" for finding in found.findings})
