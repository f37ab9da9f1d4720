"""Features of ROIs: the engine against PyRadiomics' classes one ROI after the other, and its own loop, in one run.

Run with `python tests/benchmarks/bench_extraction.py`. Processor time of this process, shortest of several calls, by
turns; one thread if OMP_NUM_THREADS and OPENBLAS_NUM_THREADS are 1. PyRadiomics' loop reads files, as its documentation
shows, computes its diagnostics and sees the whole image for each ROI; all compute the same 93 features of the same
intensities. With nyxus installed (`pip install nyxus`), its features of the same files are timed as well.
"""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor
from scipy.ndimage import gaussian_filter

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.pyradiomics import quiet
from evaluation.extraction.settings import ENGINES
from harmonize.image.volume import Grid, Volume, to_itk

REPEATS = {"radharmony": 7, "pyradiomics": 3}
Values = dict[str, dict[str, float]]


def made_image(grid: Grid, seed: int) -> np.ndarray:
    """Give whole numbers of correlated noise."""
    noise = np.random.default_rng(seed).normal(size=grid.shape)
    return np.rint(500 + 600 * gaussian_filter(noise, (0.5, 1, 1)))


def circles() -> Volume:
    """Give an image with ten disks of 15 pixels across in three slices."""
    grid = Grid((320, 260, 35), spacing=(1.2, 1.2, 5.0))
    random = np.random.default_rng(1)
    y, x = np.mgrid[-7:8, -7:8]
    masks = {}
    for number in range(10):
        mask = np.zeros(grid.shape, bool)
        z, top, left = (int(random.integers(2, size - 20)) for size in grid.shape)
        mask[z : z + 3, top : top + 15, left : left + 15] = x**2 + y**2 <= 7.5**2
        masks[f"disk {number}"] = mask
    return Volume(made_image(grid, 1), grid, masks)


def tumour() -> Volume:
    """Give an image with an ellipsoid of 257,000 voxels."""
    grid = Grid((120, 110, 80), spacing=(1.0, 1.0, 1.5))
    axes = np.ogrid[tuple(slice(0, size) for size in grid.shape)]
    inside = sum(((axis - n / 2) / r) ** 2 for axis, n, r in zip(axes, grid.shape, (34, 42, 43), strict=True)) <= 1
    return Volume(made_image(grid, 2), grid, {"tumour": inside})


def own_loop(image: Path, masks: Mapping[str, Path], setting: Mapping[str, Any]) -> Values:
    """Run PyRadiomics as a script that uses it does, apart from its log lines."""
    with quiet():
        extractor = RadiomicsFeatureExtractor(**setting)
        extractor.disableAllFeatures()
        for name in ExtractionSettings().featureClass:
            extractor.enableFeatureClassByName(name)
        return {name: dict(extractor.execute(str(image), str(mask))) for name, mask in masks.items()}


def read(image: Path, masks: Mapping[str, Path]) -> Volume:
    """Read the same files once."""
    found = sitk.ReadImage(str(image))
    arrays = {name: sitk.GetArrayFromImage(sitk.ReadImage(str(mask))) == 1 for name, mask in masks.items()}
    return Volume(sitk.GetArrayFromImage(found).astype(np.float64), Grid.of(found), arrays)


def extracted(volume: Volume, setting: Mapping[str, Any], engine: str) -> Values:
    """Run `extract`."""
    found = extract(volume, ExtractionSettings(setting, engine=engine)).features
    return {name: dict(roi.values) for name, roi in found.items()}


def seconds(function: Callable[[], Values]) -> tuple[float, Values]:
    """Give the processor time of one call, and what it gives."""
    start = time.process_time()
    found = function()
    return time.process_time() - start, found


def apart(one: Values, other: Values) -> float:
    """Give the largest relative difference of two tables."""
    pairs = [(one[roi][name], float(other[roi][name])) for roi in one for name in one[roi]]
    return max(abs(a - b) / max(abs(b), 1e-12) for a, b in pairs)


def measured(name: str, volume: Volume, setting: Mapping[str, Any]) -> None:
    """Measure one volume, and print."""
    taken: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    for turn in range(max(REPEATS.values())):
        for engine in ENGINES:
            if turn < REPEATS[engine]:
                taken[engine].append(seconds(lambda engine=engine: extracted(volume, setting, engine))[0])
    ours, today = (1000 * min(taken[engine]) / len(volume.masks) for engine in ENGINES)
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.nii.gz"
        sitk.WriteImage(sitk.Cast(volume.to_itk(), sitk.sitkInt16), str(image))
        masks = {roi: Path(folder) / f"{roi}.nii.gz" for roi in volume.masks}
        for roi, path in masks.items():
            sitk.WriteImage(to_itk(volume.masks[roi], volume.grid), str(path))
        loop, theirs = seconds(lambda: own_loop(image, masks, setting))
        calls = [seconds(lambda: extracted(read(image, masks), setting, ENGINES[0])) for _ in range(3)]
        from_files, same = min(spent for spent, _ in calls), calls[0][1]
        other = nyxus(image, masks, setting)
    print(
        f"{name:<12} {ours:9.2f} {today:9.2f} {today / ours:7.1f} {1000 * from_files / len(masks):11.2f} "
        f"{1000 * loop / len(masks):11.1f} {loop / from_files:7.1f} {other:>9} {apart(same, theirs):9.1e}"
    )


def measured_shape(name: str, volume: Volume) -> None:
    """Measure shape of one volume by both engines, and print."""
    taken: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    values: dict[str, Values] = {}
    for _ in range(3):
        for engine in ENGINES:
            settings = ExtractionSettings(featureClass={"shape": None}, engine=engine)
            spent, values[engine] = seconds(
                lambda settings=settings: {
                    roi: dict(found.values) for roi, found in extract(volume, settings).features.items()
                }
            )
            taken[engine].append(spent)
    ours, theirs = (1000 * min(taken[engine]) / len(volume.masks) for engine in ENGINES)
    print(f"{name:<12} {ours:9.2f} {theirs:9.2f} {theirs / ours:7.1f} {apart(*values.values()):9.1e}")


def nyxus(image: Path, masks: Mapping[str, Path], setting: Mapping[str, Any]) -> str:
    """Give the time a ROI that nyxus takes in 3D for intensity and texture of the same files, if it is installed."""
    try:
        from nyxus import Nyxus3D
    except ImportError:
        return "-"
    if setting["force2D"]:
        return "-"
    tool = Nyxus3D(["*3D_ALL_INTENSITY*", *(f"*3D_{name}*" for name in ("GLCM", "GLRLM", "GLSZM", "GLDM", "NGTDM"))])
    start = time.process_time()
    for path in masks.values():
        tool.featurize_files([str(image)], [str(path)], True)
    return f"{1000 * (time.process_time() - start) / len(masks):.1f}"


def main() -> None:
    """Measure, compare and print."""
    print("ms a ROI: engine, PyRadiomics' classes, ratio; from files: engine, PyRadiomics' own loop, ratio, nyxus;")
    print("largest relative difference between the engine and the loop")
    for name, volume in (("circles", circles()), ("tumour", tumour())):
        for flat in (True, False):
            measured(f"{name} {'2D' if flat else '3D'}", volume, {"force2D": flat})
    print("shape in 3D, ms a ROI: engine, PyRadiomics' class, ratio; largest relative difference")
    for name, volume in (("circles", circles()), ("tumour", tumour())):
        measured_shape(name, volume)


if __name__ == "__main__":
    main()
