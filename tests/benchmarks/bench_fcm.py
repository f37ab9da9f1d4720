"""How much faster fuzzy c-means is from bins and a last step over all voxels than when every step takes all voxels.

Run it with `python tests/benchmarks/bench_fcm.py`.
"""

import time
from collections.abc import Callable

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.steps.fcm import TOLERANCE, fuzzy_centres, memberships


def over_all(values: FloatArray, classes: int) -> FloatArray:
    """Find the centres with every step over all values."""
    low, high = values.min(), values.max()
    scaled = (values - low) / (high - low)
    centres = np.quantile(scaled, (np.arange(classes) + 0.5) / classes)
    while True:
        weights = memberships(scaled, centres) ** 2
        moved = weights @ scaled / weights.sum(axis=1)
        if np.abs(moved - centres).max() <= TOLERANCE:
            return np.sort(low + moved * (high - low))
        centres = moved


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Give the least processor time of several calls."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    tissues = ((30, 8), (60, 9), (100, 6))
    for count in (200_000, 1_500_000):
        smooth = np.concatenate([rng.normal(mean, sd, count // 3) for mean, sd in tissues])
        bright = np.where(np.arange(len(smooth)) == 0, 1e4, smooth)
        for name, values in (
            ("three tissues", smooth),
            ("whole numbers", smooth.round()),
            ("one voxel of 10,000", bright),
        ):
            for classes in (3, 4):
                ours, theirs = fuzzy_centres(values, classes), over_all(values, classes)
                difference = np.abs(ours - theirs).max() / np.ptp(values)
                fast = seconds(lambda v=values, k=classes: fuzzy_centres(v, k), 3)
                slow = seconds(lambda v=values, k=classes: over_all(v, k), 1)
                print(
                    f"{len(values)} voxels, {name}, {classes} classes: {fast * 1e3:.1f} ms, "
                    f"over all {slow * 1e3:.0f} ms, ratio {slow / fast:.0f}, difference {difference:.0e} of range",
                    flush=True,
                )


if __name__ == "__main__":
    main()
