"""Writing a study to a folder: scans, label maps, images.csv and study.yaml."""

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk
import yaml
from numpy.typing import NDArray

from experiments.folder.file_names import unique_names
from experiments.folder.writing import write_csv
from experiments.simulate.bin_width import choose_bin_width
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Grid, Volume, to_itk
from harmonize.steps.zscore import ZScore

COLUMNS = ("subject", "sequence", "acquisition", "reconstruction", "image", "mask")
DESCRIPTION = (
    "Simulated arms: REF and ACC are acquisitions without and with acceleration, STD is the zero-filled "
    "reconstruction, and DLR an edge-preserving denoising that stands in for a deep-learning reconstruction and is not "
    "one. Strategies that denoise resemble the surrogate; do not take their lead here for a finding about scanners."
)
HEADER = """\
# {name}: every scan in four arms.
# REF is acquired without, ACC with acceleration; STD is the zero-filled reconstruction, DLR an edge-preserving
# denoising surrogate (non-local means) for a deep-learning reconstruction, which it is not.
# Bin widths were chosen from the intensity ranges of the ROIs in these images.
"""


def prepare_folder(folder: Path) -> Path:
    """Make the folder of a new study, or take an empty one.

    Raises
    ------
    ConfigurationError
        If the folder holds anything, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder}: is a file, expected a folder; name another one")
    if folder.is_dir() and any(folder.iterdir()):
        what = "already holds a study" if (folder / "study.yaml").exists() else "is not empty"
        raise ConfigurationError(f"{folder}: {what}; name a new or an empty folder, or remove this one")
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class StudyWriter:
    """Writes scans one by one and, at the end, the tables that make them a study.

    Parameters
    ----------
    folder : Path
        As `prepare_folder` gives it.
    labels : mapping of str to int
        Label of each ROI in the label maps.
    scans : iterable of (str, str)
        Subject and sequence of all that will be written, so that no two of them share a file.
    """

    folder: Path
    labels: Mapping[str, int]
    scans: InitVar[Iterable[tuple[str, str]]]
    names: dict[tuple[str, ...], str] = field(init=False)
    _rows: list[dict[str, str]] = field(default_factory=list)
    _ranges: dict[str, list[float]] = field(default_factory=lambda: {"raw": [], "scaled": []})

    def __post_init__(self, scans: Iterable[tuple[str, str]]) -> None:
        self.names = unique_names(scans)

    def write_mask(self, stem: str, label_map: NDArray[np.integer], grid: Grid) -> str:
        """Write a label map; gives its path relative to the folder."""
        path = f"masks/{stem}.nii.gz"
        _write(to_itk(label_map.astype(np.uint16), grid), self.folder / path)
        return path

    def write_scan(
        self,
        subject: str,
        sequence: str,
        condition: str,
        image: FloatArray,
        grid: Grid,
        mask: str,
        rois: list[BoolArray],
        covariates: Mapping[str, str] | None = None,
    ) -> None:
        """Write one image and remember its row (with further columns, if any) and the intensity ranges of its ROIs."""
        acquisition, reconstruction = condition.split("+")
        path = f"images/{self.names[subject, sequence]}_{acquisition}_{reconstruction}.nii.gz"
        _write(to_itk(image.astype(np.float32), grid), self.folder / path)
        row = (subject, sequence, acquisition, reconstruction, path, mask)
        self._rows.append({**dict(zip(COLUMNS, row, strict=True)), **(covariates or {})})
        volume = Volume(image, grid)
        for kind, values in (("raw", volume), ("scaled", ZScore()(volume))):
            self._ranges[kind] += [float(np.ptp(values.image[roi])) for roi in rois if roi.any()]

    def finish(self, name: str) -> Path:
        """Write images.csv and study.yaml; gives the path of the latter."""
        write_csv(self.folder / "images.csv", pd.DataFrame(self._rows))
        raw, scaled = (choose_bin_width(self._ranges[kind]) for kind in ("raw", "scaled"))
        document = {
            "name": name,
            "description": DESCRIPTION,
            "images": "images.csv",
            "reference": "REF+STD",
            "factors": ["acquisition", "reconstruction"],
            "rois": {"labels": dict(self.labels)},
            "extraction": {"setting": {"binWidth": scaled, "force2D": True}},
            "strategies": {
                "raw": {"extraction": {"setting": {"binWidth": raw}}, "steps": []},
                "zscore": {"steps": [{"zscore": {"region": "foreground"}}]},
                "n4_zscore": {"steps": ["n4", "zscore"]},
                "diffusion_zscore": {"steps": [{"diffusion": {"flow": "gradient"}}, "zscore"]},
            },
            "thresholds": {"icc": 0.90, "ccc": 0.90},
        }
        path = self.folder / "study.yaml"
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        path.write_text(HEADER.format(name=name) + text, encoding="utf-8")
        return path


def _write(image: sitk.Image, path: Path) -> None:
    sitk.WriteImage(image, str(path), useCompression=True, compressionLevel=1)
