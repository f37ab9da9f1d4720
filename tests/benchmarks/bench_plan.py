"""What strategies cost that share their first steps, and what a second run of an unchanged study costs.

    python tests/benchmarks/bench_plan.py [--strategies 1 2 4 8 16] [--matrix 128] [--slices 10] [--scans 2]

Strategies are N4, total variation, and a z-score of their own each, so that k of them have k + 2 distinct steps instead
of 3 k. Every number of strategies is computed for the same simulated scans twice, in this process: all together, and
one by one, as if nothing were shared. The ratios are those of one run of this script.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from experiments.running.between import read_usable
from experiments.running.runner import run_study
from experiments.running.scan_task import process_image
from experiments.running.store.finished import Store
from experiments.running.tasks import one_thread
from experiments.simulate import Simulation, write_study
from experiments.study.plan import tree_of, walk
from experiments.study.study import Study
from harmonize.steps import parse_steps


def seconds(function) -> float:
    """Give the time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strategies", nargs="+", type=int, default=[1, 2, 4, 8, 16])
    parser.add_argument("--matrix", type=int, default=128)
    parser.add_argument("--slices", type=int, default=10)
    parser.add_argument("--scans", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulation = Simulation(
            subjects=2, sequences=("HASTE",), rois=2, matrix=options.matrix, slices=options.slices, seed=1
        )
        study = Study.from_yaml(write_study(folder / "study", simulation))
        scans, base = study.scans[: options.scans], study.strategies[0]

        def strategies(count):
            steps = [["n4", "total_variation", {"zscore": {"scale": 100 + i}}] for i in range(count)]
            return [replace(base, name=f"s{i}", steps=parse_steps(entries, "")) for i, entries in enumerate(steps)]

        def steps_alone(groups):
            with one_thread():
                for scan in scans:
                    volume, _ = read_usable(scan)
                    for group in groups:
                        for _ in walk([strategy.steps for strategy in group], volume):
                            pass

        def whole(groups, place):
            for scan in scans:
                for group in groups:
                    process_image([scan], group, Store(folder / place))

        print(f"{len(scans)} scans of {options.matrix} x {options.matrix} x {options.slices}; seconds")
        print("| strategies | distinct steps | steps apart | steps s | apart s | ratio | all s | apart s | ratio |")
        print("|" + "---|" * 9)
        for count in options.strategies:
            found = strategies(count)
            single = [[strategy] for strategy in found]
            tree = tree_of(strategy.steps for strategy in found)
            shared, apart = seconds(lambda f=found: steps_alone([f])), seconds(lambda s=single: steps_alone(s))
            together = seconds(lambda f=found, c=count: whole([f], f"together{c}"))
            separate = seconds(lambda s=single, c=count: whole(s, f"apart{c}"))
            cells = [count, len(tree) - 1, 3 * count, f"{shared:.2f}", f"{apart:.2f}", f"{apart / shared:.1f}"]
            cells += [f"{together:.2f}", f"{separate:.2f}", f"{separate / together:.1f}"]
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)

        print("\nA whole run without tracking, seconds")
        print("| run | all | until the scans are done | taken over |")
        print("|---|---|---|---|")
        study = replace(study, strategies=tuple(strategies(4)))
        for run in ("first", "second"):
            start, done = time.perf_counter(), {}

            def progress(what, _done, _total, start=start, done=done):
                done[what] = time.perf_counter() - start

            found = run_study(study, folder / "out", track=False, progress=progress)
            taken = f"{found.reused} of {len(study.scans) * 4}"
            print(f"| {run} | {time.perf_counter() - start:.1f} | {done['scans']:.2f} | {taken} |", flush=True)


if __name__ == "__main__":
    main()
