"""Time and memory of N4 in NumPy against SimpleITK's, at the same iterations, in one run.

    python tests/benchmarks/bench_n4.py [--data FOLDER] [--iterations 10 10 10 10] [--shrink 4 2 1] [--cases brain1 ...]

Every measurement has a process of its own, one after the other, NumPy with one thread. Time is the shortest of
`--repeats` calls (SimpleITK: one call), shrinking and the field on the full grid included; memory is how much the
process grew at most above what it held before the call, input included in neither.
"""

import argparse
import multiprocessing
import os
import platform
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from harmonize.n4 import n4_log_bias

DATA = Path(os.environ.get("RADHARMONY_TEST_DATA", Path(__file__).resolve().parents[3] / "shared")) / "data"


def memory_mb(what: str) -> float:
    """Give the memory that the process holds (VmRSS) or held at most since the last reset (VmHWM); Linux only."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def measure(engine: str, path: Path, shrink: int, iterations: list[int], repeats: int) -> tuple[float, float, object]:
    """Give seconds, growth of memory in MB, and the log bias."""
    image = sitk.Cast(sitk.ReadImage(str(path)), sitk.sitkFloat32)
    mask = sitk.OtsuThreshold(image, 0, 1, 200)
    arrays = sitk.GetArrayFromImage(image).astype(np.float64), sitk.GetArrayFromImage(mask) > 0
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    before, shortest = memory_mb("VmRSS"), float("inf")
    for _ in range(repeats if engine == "numpy" else 1):
        start = time.perf_counter()
        if engine == "numpy":
            log_bias = n4_log_bias(*arrays, shrink=shrink, iterations=iterations, convergence_threshold=0).log_bias
        else:
            if engine == "itk, 1 thread":
                sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
            n4 = sitk.N4BiasFieldCorrectionImageFilter()
            n4.SetMaximumNumberOfIterations(iterations)
            n4.SetConvergenceThreshold(0)
            n4.Execute(sitk.Shrink(image, [shrink] * 3), sitk.Shrink(mask, [shrink] * 3))
            field = n4.GetLogBiasFieldAsImage(image)
            sitk.GetArrayFromImage(image / sitk.Exp(field))
            log_bias = sitk.GetArrayFromImage(field)
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, memory_mb("VmHWM") - before, log_bias


def main() -> None:
    """Measure and print one row a case and shrink factor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA / "pyradiomics_cases")
    parser.add_argument("--cases", nargs="+", default=["brain1", "brain2", "breast1"])
    parser.add_argument("--shrink", nargs="+", type=int, default=[4, 2, 1])
    parser.add_argument("--iterations", nargs="+", type=int, default=[10, 10, 10, 10])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; numpy {np.__version__}, ", end="")
    print(f"SimpleITK {sitk.Version.VersionString()}; iterations {options.iterations}")
    heads = ("case", "shrink", "numpy s", "itk s", "itk 1 thread s", "ratio", "ratio 1 thread", "numpy MB", "itk MB")
    print("| " + " | ".join((*heads, "greatest difference", "range")) + " |\n|" + "---|" * (len(heads) + 2))
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    context = multiprocessing.get_context("spawn")
    for case in options.cases:
        for shrink in options.shrink:
            found = []
            for engine in ("numpy", "itk", "itk, 1 thread"):
                with context.Pool(1) as pool:
                    task = (engine, options.data / f"{case}_image.nrrd", shrink, options.iterations, options.repeats)
                    found.append(pool.apply(measure, task))
            (ours, memory, field), (itk, itk_memory, itk_field), (single, _, _) = found
            cells = [case, shrink, f"{ours:.3f}", f"{itk:.2f}", f"{single:.2f}", f"{itk / ours:.0f}"]
            cells += [f"{single / ours:.0f}", f"{memory:.0f}", f"{itk_memory:.0f}"]
            cells += [f"{np.abs(field - itk_field).max():.1e}", f"{np.ptp(itk_field):.2f}"]
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
