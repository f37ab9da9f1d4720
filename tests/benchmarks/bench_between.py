"""What handing volumes over saves between the pass that fits a cohort step and the pass for features.

    python tests/benchmarks/bench_between.py [--matrix 192] [--slices 20] [--subjects 1]

The scans of a simulated study pass one strategy, `nyul` behind another step, twice: with volumes handed over, and as if
the disk had no room to spare. Seconds are those of the processor until all features are there, writing and checking
included; features are compared, and the ratios are those of one run of this script.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from experiments.executors import Serial
from experiments.folder.run_folder import RunFolder
from experiments.running import between
from experiments.running.scan_stages import fit
from experiments.running.scans import process_scans
from experiments.running.store.finished import Store
from experiments.running.work import Work
from experiments.simulate import Simulation, write_study
from experiments.study.study import Study
from harmonize.steps import parse_steps

STEPS = {
    "`n4`, shrink 4": {"n4": {"shrink": 4}},
    "`n4`, shrink 2": {"n4": {"shrink": 2}},
    "`n4`, shrink 1": {"n4": {"shrink": 1}},
    "`total_variation`": "total_variation",
}


def run(study: Study, out: Path) -> tuple[float, int, list[object]]:
    """Give the seconds until features are there, the bytes handed over, and the features."""
    store, executor, start = Store(out / "finished"), Serial(), time.process_time()
    with between.handing_over(out) as place:
        work = Work(study, RunFolder(out), store, executor, lambda *_: None, (), place)
        fit(work)
        size = sum(path.stat().st_size for path in place.folder.iterdir())
        results = process_scans(work, audited=False)
    return time.process_time() - start, size, [result.rows for result in results]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--matrix", type=int, default=192)
    parser.add_argument("--slices", type=int, default=20)
    parser.add_argument("--subjects", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulation = Simulation(
            subjects=options.subjects,
            rois=2,
            matrix=options.matrix,
            slices=options.slices,
            seed=1,
            sequences=("HASTE",),
        )
        study = Study.from_yaml(write_study(folder / "study", simulation))
        base = study.strategies[0]
        print(f"{len(study.scans)} scans of {options.matrix} x {options.matrix} x {options.slices}")
        print("| before `nyul` | steps twice, s | handed over, s | ratio | MB handed over |")
        print("|---|---|---|---|---|")
        for i, (title, step) in enumerate(STEPS.items()):
            one = replace(study, strategies=(replace(base, name="one", steps=parse_steps([step, "nyul"], "")),))
            seconds, found = {}, {}
            for way, spare in (("twice", 1.0), ("once", 0.0)):
                between.SPARE = spare  # the part of the disk that is left free
                out = folder / f"{way}{i}"
                out.mkdir()
                seconds[way], size, found[way] = run(one, out)
            assert found["once"] == found["twice"]
            ratio = seconds["once"] / seconds["twice"]
            cells = [title, f"{seconds['twice']:.1f}", f"{seconds['once']:.1f}", f"{ratio:.2f}", f"{size / 1e6:.0f}"]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
