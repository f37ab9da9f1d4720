"""Time of anisotropic diffusion in NumPy against SimpleITK's filters, at the same iterations, in one run.

    python tests/benchmarks/bench_diffusion.py [--data FOLDER] [--cases brain1 ...] [--iterations 5] [--repeats 5]

Both in this process, by turns, on 64-bit images; shortest of `--repeats` calls, as elapsed and as processor time (the
latter is the fairer one on a busy machine). "2D" is every slice on its own. NumPy needs one thread; SimpleITK runs
with one thread and with its default number.
"""

import argparse
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
    print("| " + " | ".join((*heads, "ratio processor", "greatest difference")) + " |\n|" + "---|" * (len(heads) + 2))
    for case in options.cases:
        image = sitk.ReadImage(str(options.data / f"{case}_image.nrrd"), sitk.sitkFloat64)
        array, spacing = sitk.GetArrayFromImage(image), image.GetSpacing()[::-1]
        for flow in FILTERS:
            for dimensions in (3, 2):
                images = [image] if dimensions == 3 else [image[:, :, z] for z in range(image.GetSize()[2])]
                slice_axis = None if dimensions == 3 else 0
                calls = [
                    partial(diffuse, array, spacing, flow=flow, iterations=options.iterations, slice_axis=slice_axis),
                    partial(with_simpleitk, images, flow, options.iterations, 1),
                    partial(with_simpleitk, images, flow, options.iterations, threads),
                ]
                rounds = [[timed(call) for call in calls] for _ in range(options.repeats)]
                ours, single, default = (min(one[i][0] for one in rounds) for i in range(3))
                processor, itk_processor = (min(one[i][1] for one in rounds) for i in range(2))
                off = np.abs(rounds[0][0][2] - rounds[0][1][2].reshape(array.shape)).max()
                cells = [case, flow, f"{dimensions}D", f"{ours:.3f}", f"{single:.2f}", f"{default:.2f}"]
                cells += [f"{single / ours:.1f}", f"{default / ours:.1f}", f"{itk_processor / processor:.1f}"]
                print("| " + " | ".join([*cells, f"{off:.0e}"]) + " |", flush=True)


if __name__ == "__main__":
    main()
