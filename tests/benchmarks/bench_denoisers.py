"""Seconds of the denoisers on a brain image, and of non-local means against SimpleITK's PatchBasedDenoising per voxel.

Run as `python tests/benchmarks/bench_denoisers.py [folder with pyradiomics_cases]`.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from harmonize import Bilateral, Median, NonlocalMeans, TotalVariation, Volume, read_image


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main(folder: Path) -> None:
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    image, grid = read_image(folder / "brain1_image.nrrd")
    volume = Volume(image, grid)
    taken = {}
    for kind in (Median, Bilateral, NonlocalMeans, TotalVariation):
        for dimension in (2, 3):
            step = kind(dimension=dimension)
            taken[step.name, dimension] = seconds(lambda step=step: step(volume))
            print(f"{step.name:16} {dimension}D {taken[step.name, dimension]:7.2f} s")
    part = sitk.GetImageFromArray(np.ascontiguousarray(image[12, 60:124, 60:124]).astype(np.float32))
    patches = sitk.PatchBasedDenoisingImageFilter()
    patches.SetNumberOfIterations(1)
    patches.SetNumberOfThreads(1)
    slow = seconds(lambda: patches.Execute(part)) / 64**2
    fast = taken["nonlocal_means", 2] / image.size
    print(f"one iteration of PatchBasedDenoising: {slow / fast:.0f} times nonlocal_means in 2D, per voxel")


if __name__ == "__main__":
    default = Path(__file__).resolve().parents[3] / "shared" / "data" / "pyradiomics_cases"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
