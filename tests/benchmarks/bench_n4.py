"""Time and memory of N4 in NumPy against SimpleITK's, at the same iterations, in one run.

    python tests/benchmarks/bench_n4.py [--data FOLDER] [--iterations 10 10 10 10] [--shrink 4 2 1] [--cases brain1 ...]
    python tests/benchmarks/bench_n4.py --shrink 4 --cases 15x512x512 60x512x512

A case is an image of PyRadiomics, or slices, rows and columns of a simulated one. Every measurement has a process of
its own, one after the other, both sides with one thread. Time is that of the processor, the shortest of `--repeats`
calls (SimpleITK: one call), from the image to the corrected image; memory is how much the process grew at most above
what it held before the call, input included in neither.
"""

import argparse
import multiprocessing
import os
import platform
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from harmonize.image.volume import Grid, Volume
from harmonize.n4 import n4_log_bias
from harmonize.steps import N4BiasField

DATA = Path(os.environ.get("RADHARMONY_TEST_DATA", Path(__file__).resolve().parents[3] / "shared")) / "data"


def memory_mb(what: str) -> float:
    """Give the memory that the process holds (VmRSS) or held at most since the last reset (VmHWM); Linux only."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def image_of(case: str, data: Path) -> sitk.Image:
    """Read an image, or simulate one: two tissues in an ellipse, noise, a smooth bias."""
    if not case[0].isdigit():
        return sitk.Cast(sitk.ReadImage(str(data / f"{case}_image.nrrd")), sitk.sitkFloat32)
    shape = [int(size) for size in case.split("x")]
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, size) for size in shape], indexing="ij", sparse=True)
    tissue = 100.0 * (np.hypot(x / 0.7, y / 0.85) < 1) + 80.0 * (np.hypot((x + 0.1) / 0.25, (y - 0.2) / 0.3) < 1)
    noise = np.random.default_rng(0).normal(0, 4, (2, *shape))
    magnitude = np.hypot(tissue * np.exp(0.3 * x + 0.2 * y**2 - 0.1 * z) + noise[0], noise[1])
    return sitk.GetImageFromArray(magnitude.astype(np.float32))


def measure(
    engine: str, data: Path, case: str, shrink: int, iterations: list[int], repeats: int
) -> tuple[float, float, object]:
    """Give seconds, growth of memory in MB, and the log bias."""
    image = image_of(case, data)
    mask = sitk.OtsuThreshold(image, 0, 1, 200)
    arrays = sitk.GetArrayFromImage(image).astype(np.float64), sitk.GetArrayFromImage(mask) > 0
    volume = Volume(arrays[0], Grid.of(image), {"otsu": arrays[1]})
    levels = {"levels": len(iterations), "iterations": iterations[0], "convergence_threshold": 0.0}
    step = N4BiasField(region="otsu", extent="samples", shrink=shrink, **levels)
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    before, shortest = memory_mb("VmRSS"), float("inf")
    for _ in range(repeats if engine == "numpy" else 1):
        start = time.process_time()
        if engine == "numpy":
            step(volume)
        else:
            sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
            n4 = sitk.N4BiasFieldCorrectionImageFilter()
            n4.SetMaximumNumberOfIterations(iterations)
            n4.SetConvergenceThreshold(0)
            n4.Execute(sitk.Shrink(image, [shrink] * 3), sitk.Shrink(mask, [shrink] * 3))
            field = n4.GetLogBiasFieldAsImage(image)
            sitk.GetArrayFromImage(image / sitk.Exp(field))
        shortest = min(shortest, time.process_time() - start)
    grown = memory_mb("VmHWM") - before
    if engine != "numpy":
        return shortest, grown, sitk.GetArrayFromImage(field)
    found = n4_log_bias(*arrays, shrink=shrink, iterations=iterations, convergence_threshold=0)
    return shortest, grown, found.log_bias


def main() -> None:
    """Measure and print one row a case and shrink factor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA / "pyradiomics_cases")
    parser.add_argument("--cases", nargs="+", default=["brain1", "brain2", "breast1"])
    parser.add_argument("--shrink", nargs="+", type=int, default=[4, 2, 1])
    parser.add_argument("--iterations", nargs="+", type=int, default=[10] * 4, help="the same at each level")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; numpy {np.__version__}, ", end="")
    print(f"SimpleITK {sitk.Version.VersionString()}; iterations {options.iterations}")
    heads = ("case", "shrink", "numpy s", "itk s", "ratio", "numpy MB", "itk MB")
    print("| " + " | ".join((*heads, "greatest difference", "range")) + " |\n|" + "---|" * (len(heads) + 2))
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    context = multiprocessing.get_context("spawn")
    for case in options.cases:
        for shrink in options.shrink:
            found = []
            for engine in ("numpy", "itk"):
                with context.Pool(1) as pool:
                    task = (engine, options.data, case, shrink, options.iterations, options.repeats)
                    found.append(pool.apply(measure, task))
            (ours, memory, field), (itk, itk_memory, itk_field) = found
            cells = [case, shrink, f"{ours:.3f}", f"{itk:.2f}", f"{itk / ours:.0f}"]
            cells += [f"{memory:.0f}", f"{itk_memory:.0f}"]
            cells += [f"{np.abs(field - itk_field).max():.1e}", f"{np.ptp(itk_field):.2f}"]
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
