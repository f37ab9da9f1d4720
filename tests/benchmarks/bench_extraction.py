"""Ten small ROIs of one volume: PyRadiomics' own loop with its defaults against `extract`, in one run.

Run with `python tests/benchmarks/bench_extraction.py`. The loop reads files, as its documentation shows, computes its
diagnostics and sees the whole image for each ROI. Both compute the same 93 features of the same intensities.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor
from scipy.ndimage import gaussian_filter

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.pyradiomics import quiet
from harmonize.image.volume import Grid, Volume, to_itk

GRID = Grid((320, 260, 35), spacing=(1.2, 1.2, 5.0))
REPEATS = 3
T = TypeVar("T")


def made_volume() -> Volume:
    """Give an image of whole numbers with ten disks of 15 pixels across in three slices."""
    random = np.random.default_rng(1)
    image = np.rint(500 + 600 * gaussian_filter(random.normal(size=GRID.shape), (0.5, 1, 1)))
    y, x = np.mgrid[-7:8, -7:8]
    disk = x**2 + y**2 <= 7.5**2
    masks = {}
    for number in range(10):
        mask = np.zeros(GRID.shape, bool)
        z, top, left = (int(random.integers(2, size - 20)) for size in GRID.shape)
        mask[z : z + 3, top : top + 15, left : left + 15] = disk
        masks[f"disk {number}"] = mask
    return Volume(image, GRID, masks)


def own_loop(image: Path, masks: dict[str, Path]) -> dict[str, dict[str, float]]:
    """Run PyRadiomics as a script that uses it does, apart from its log lines."""
    with quiet():
        extractor = RadiomicsFeatureExtractor()
        extractor.disableAllFeatures()
        for name in ExtractionSettings().featureClass:
            extractor.enableFeatureClassByName(name)
        return {name: dict(extractor.execute(str(image), str(mask))) for name, mask in masks.items()}


def read(image: Path, masks: dict[str, Path]) -> Volume:
    """Read the same files once."""
    found = sitk.ReadImage(str(image))
    arrays = {name: sitk.GetArrayFromImage(sitk.ReadImage(str(mask))) == 1 for name, mask in masks.items()}
    return Volume(sitk.GetArrayFromImage(found).astype(np.float64), Grid.of(found), arrays)


def extracted(volume: Volume) -> dict[str, dict[str, float]]:
    """Run `extract`."""
    return {name: dict(found.values) for name, found in extract(volume, ExtractionSettings()).features.items()}


def best_of(function: Callable[[], T]) -> tuple[float, T]:
    """Give the shortest time in seconds, and the result."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def main() -> None:
    """Measure, compare and print."""
    volume = made_volume()
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.nii.gz"
        sitk.WriteImage(sitk.Cast(volume.to_itk(), sitk.sitkInt16), str(image))
        masks = {name: Path(folder) / f"{name}.nii.gz" for name in volume.masks}
        for name, path in masks.items():
            sitk.WriteImage(to_itk(volume.masks[name], volume.grid), str(path))
        theirs, expected = best_of(lambda: own_loop(image, masks))
        from_files, found = best_of(lambda: extracted(read(image, masks)))
        volume = read(image, masks)
    in_memory, _ = best_of(lambda: extracted(volume))
    ours = np.array([[values[name] for name in values] for values in found.values()])
    own = np.array([[float(expected[roi][name]) for name in values] for roi, values in found.items()])
    difference = np.abs(ours - own)
    print(f"{len(found)} ROIs x {ours.shape[1]} features, best of {REPEATS}")
    print(f"PyRadiomics' own loop over files {theirs:8.3f} s")
    print(f"extract, reading the files once  {from_files:8.3f} s  {theirs / from_files:5.1f} times faster")
    print(f"extract, volume in memory        {in_memory:8.3f} s  {theirs / in_memory:5.1f} times faster")
    relative = difference / np.maximum(np.abs(own), np.finfo(float).tiny)
    print(f"largest difference: absolute {difference.max():.2g}, relative {relative.max():.2g}")
    if relative.max() > 1e-12:
        raise SystemExit("the values differ by more than 1e-12")


if __name__ == "__main__":
    main()
