"""Time of anisotropic diffusion in NumPy against SimpleITK's filters, at the same iterations, in one run.

    python tests/benchmarks/bench_diffusion.py [--data FOLDER] [--cases brain1 ...] [--iterations 5] [--repeats 5]

Both in this process, by turns, on 64-bit images; shortest of `--repeats` calls, as elapsed and as processor time (the
latter is the fairer one on a busy machine). "2D" is every slice on its own. NumPy needs one thread; SimpleITK runs
with one thread and with its default number. Memory is how much a process of its own (Linux only) grew at most above
what it held before one call, input included in neither. Where MedPy is installed (`pip install medpy`), its Perona and
Malik follows, in processor time: 32 bits, and a conductance from the difference across a face alone; the schemes agree
along one axis only, which is asserted. So does its scheme in 64 bits, written as it writes it.
"""

import argparse
import importlib.util
import multiprocessing
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from harmonize.anisotropic import diffuse, recommended_time_step

DATA = Path(os.environ.get("RADHARMONY_TEST_DATA", Path(__file__).resolve().parents[3] / "shared")) / "data"
FILTERS = {
    "gradient": sitk.GradientAnisotropicDiffusionImageFilter,
    "curvature": sitk.CurvatureAnisotropicDiffusionImageFilter,
}


def with_simpleitk(images: list[sitk.Image], flow: str, iterations: int, threads: int) -> np.ndarray:
    """Filter images one by one with the recommended time step."""
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)  # a filter's own number has no effect on this one
    done = []
    for image in images:
        diffusion = FILTERS[flow]()
        diffusion.SetTimeStep(recommended_time_step(image.GetSpacing()))
        diffusion.SetNumberOfIterations(iterations)
        diffusion.SetConductanceParameter(3.0)
        done.append(sitk.GetArrayFromImage(diffusion.Execute(image)))
    return np.stack(done)


def timed(call: Callable[[], np.ndarray]) -> tuple[float, float, np.ndarray]:
    """Give elapsed seconds, processor seconds and the result of a call."""
    elapsed, processor = time.perf_counter(), time.process_time()
    result = call()
    return time.perf_counter() - elapsed, time.process_time() - processor, result


def memory_mb(what: str) -> float:
    """Give the memory that the process holds (VmRSS) or held at most since the last reset (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def calls(path: Path, flow: str, dimensions: int, iterations: int, threads: int) -> list[Callable[[], np.ndarray]]:
    """Read an image and give the ways to filter it: NumPy, SimpleITK with one thread, and with the default number."""
    image = sitk.ReadImage(str(path), sitk.sitkFloat64)
    array, spacing = sitk.GetArrayFromImage(image), image.GetSpacing()[::-1]
    images = [image] if dimensions == 3 else [image[:, :, z] for z in range(image.GetSize()[2])]
    slice_axis = None if dimensions == 3 else 0
    return [
        partial(diffuse, array, spacing, flow=flow, iterations=iterations, slice_axis=slice_axis),
        partial(with_simpleitk, images, flow, iterations, 1),
        partial(with_simpleitk, images, flow, iterations, threads),
    ]


def growth(engine: int, path: Path, flow: str, dimensions: int, iterations: int) -> float:
    """Give by how many MB this process grew at most during one call."""
    call = calls(path, flow, dimensions, iterations, 1)[engine]
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    before = memory_mb("VmRSS")
    call()
    return memory_mb("VmHWM") - before


def faces_alone(image: np.ndarray, iterations: int, edge: float, time_step: float) -> np.ndarray:
    """Diffuse as MedPy does, but in 64 bits: what flows through a face hangs on the difference across it alone."""
    image = image.copy()
    for _ in range(iterations):
        change = np.zeros_like(image)
        for axis in range(image.ndim):
            steps = np.diff(image, axis=axis)
            flux = np.exp(-((steps / edge) ** 2)) * steps
            np.moveaxis(change, axis, 0)[:-1] += np.moveaxis(flux, axis, 0)
            np.moveaxis(change, axis, 0)[1:] -= np.moveaxis(flux, axis, 0)
        image += time_step * change
    return image


def against_medpy(path: Path, iterations: int, repeats: int) -> None:
    """Print the processor time of both, and assert that one line of voxels diffuses the same."""
    from medpy.filter.smoothing import anisotropic_diffusion

    array = sitk.GetArrayFromImage(sitk.ReadImage(str(path), sitk.sitkFloat64))
    line = array[:1, array.shape[1] // 2, :].copy()
    edge_squared = 2 * 9.0 * float(np.mean(np.gradient(np.pad(line[0], 1, "edge"))[1:-1] ** 2))
    ours = diffuse(line, (1.0, 1.0), iterations=1, time_step=0.125)
    theirs = anisotropic_diffusion(line[0], 1, np.sqrt(edge_squared), 0.125)
    np.testing.assert_allclose(ours[0], theirs, atol=1e-5 * np.ptp(line))
    for dimensions in (3, 2):
        parts = array[None] if dimensions == 3 else array
        spacing = (1.0, 1.0, 1.0)
        times: list[tuple[float, ...]] = []
        for _ in range(repeats):
            _, mine, _ = timed(
                partial(diffuse, array, spacing, iterations=iterations, slice_axis=None if dimensions == 3 else 0)
            )
            _, other, _ = timed(lambda parts=parts: [anisotropic_diffusion(p, iterations, 50, 0.06) for p in parts])
            _, double, same = timed(lambda parts=parts: np.stack([faces_alone(p, iterations, 50, 0.06) for p in parts]))
            times.append((mine, other, double))
        np.testing.assert_allclose(same[0], anisotropic_diffusion(parts[0], iterations, 50, 0.06), rtol=1e-4, atol=1e-2)
        mine, other, double = (min(column) for column in zip(*times, strict=True))
        print(
            f"{path.stem}, gradient {dimensions}D: {mine:.3f} s, MedPy {other:.3f} s, ratio {other / mine:.2f}; "
            f"its scheme in 64 bits {double:.3f} s, ratio {double / mine:.2f}"
        )


def main() -> None:
    """Measure and print one row a case, flow and number of dimensions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA / "pyradiomics_cases")
    parser.add_argument("--cases", nargs="+", default=["brain1", "brain2", "breast1"])
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; numpy {np.__version__}, ", end="")
    print(f"SimpleITK {sitk.Version.VersionString()}; {options.iterations} iterations")
    heads = ("case", "flow", "", "numpy s", "itk 1 thread s", f"itk {threads} threads s", "ratio", "ratio default")
    context = multiprocessing.get_context("spawn")
    print(
        "| "
        + " | ".join((*heads, "ratio processor", "numpy MB", "itk MB", "greatest difference"))
        + " |\n|"
        + "---|" * (len(heads) + 4)
    )
    for case in options.cases:
        path = options.data / f"{case}_image.nrrd"
        for flow in FILTERS:
            for dimensions in (3, 2):
                ways = calls(path, flow, dimensions, options.iterations, threads)
                rounds = [[timed(call) for call in ways] for _ in range(options.repeats)]
                with context.Pool(1, maxtasksperchild=1) as pool:  # a new process for each
                    memory = [
                        pool.apply(growth, (engine, path, flow, dimensions, options.iterations)) for engine in (0, 1)
                    ]
                ours, single, default = (min(one[i][0] for one in rounds) for i in range(3))
                processor, itk_processor = (min(one[i][1] for one in rounds) for i in range(2))
                off = np.abs(rounds[0][0][2] - rounds[0][1][2].reshape(rounds[0][0][2].shape)).max()
                cells = [case, flow, f"{dimensions}D", f"{ours:.3f}", f"{single:.2f}", f"{default:.2f}"]
                cells += [f"{single / ours:.1f}", f"{default / ours:.1f}", f"{itk_processor / processor:.1f}"]
                print(
                    "| " + " | ".join([*cells, *(f"{megabytes:.0f}" for megabytes in memory), f"{off:.0e}"]) + " |",
                    flush=True,
                )
    if importlib.util.find_spec("medpy"):
        for case in options.cases:
            against_medpy(options.data / f"{case}_image.nrrd", options.iterations, options.repeats)


if __name__ == "__main__":
    main()
