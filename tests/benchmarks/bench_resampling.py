"""Time of resampling against SimpleITK's filter on the same grids, in one run.

    python tests/benchmarks/bench_resampling.py [--repeats 5]

Both with one thread, by turns, 64-bit images; processor time, shortest of `--repeats` calls. The difference is taken
where the new voxels lie within the centres of the old ones: beyond them SimpleITK gives 0.
"""

import argparse
import time

import numpy as np
import SimpleITK as sitk

from harmonize.image.volume import Grid, to_itk
from harmonize.steps.regrid import resample_onto
from harmonize.steps.resample import ORDERS, resampled_grid

INTERPOLATORS = {"nearest": sitk.sitkNearestNeighbor, "linear": sitk.sitkLinear, "bspline": sitk.sitkBSpline}
CASES = (
    ((25, 256, 256), (0.78, 0.78, 6.5), (1.0, 1.0, None)),
    ((25, 256, 256), (0.78, 0.78, 6.5), (1.0, 1.0, 1.0)),
    ((60, 384, 384), (0.78, 0.78, 3.0), (1.0, 1.0, 1.0)),
)
TURN = 0.05
"""Angle between the grids that do not share their axes: in plane, or out of it."""


def with_simpleitk(image: sitk.Image, new: Grid, interpolator: int) -> np.ndarray:
    """Interpolate at the voxels of a grid."""
    place = (new.origin, new.spacing, new.direction)
    return sitk.GetArrayFromImage(
        sitk.Resample(image, new.size, sitk.Transform(), interpolator, *place, 0.0, sitk.sitkFloat64)
    )


def main() -> None:
    """Measure and print one row a case and interpolator."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    print("| from | to | axes | interpolator | ours, ms | SimpleITK, ms | ratio | largest difference |")
    print("|" + "---|" * 8)
    for shape, spacing, wanted in CASES:
        array = np.random.default_rng(0).normal(100, 9, shape)
        old = Grid(shape[::-1], spacing)
        straight = resampled_grid(old, wanted)
        c, s = np.cos(TURN), np.sin(TURN)
        turned = Grid(straight.size, straight.spacing, straight.origin, (c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0))
        tilt = (1.0, 0.0, 0.0, 0.0, c, -s, 0.0, s, c)
        tilted = Grid(straight.size, straight.spacing, straight.origin, tilt)
        image = to_itk(array, old)
        for axes, new in {"shared": straight, "turned": turned, "tilted": tilted}.items():
            z, y, x = np.indices(new.shape)
            places = old.indices(new.points(np.stack([x, y, z], axis=-1)).reshape(-1, 3))
            within = ((places >= 0) & (places <= np.array(old.size) - 1)).all(axis=-1).reshape(new.shape)
            for name, order in ORDERS.items():
                times: dict[str, list[float]] = {"ours": [], "itk": []}
                for _ in range(options.repeats):
                    start = time.process_time()
                    ours = resample_onto(array, old, new, order)
                    between = time.process_time()
                    theirs = with_simpleitk(image, new, INTERPOLATORS[name])
                    times["itk"].append(time.process_time() - between)
                    times["ours"].append(between - start)
                mine, itk = (1000 * min(found) for found in times.values())
                sizes = [" x ".join(map(str, grid.shape)) for grid in (old, new)]
                off = float(np.abs(ours - theirs)[within].max())
                cells = (*sizes, axes, name, f"{mine:.1f}", f"{itk:.1f}", f"{itk / mine:.1f}", f"{off:.0e}")
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
