"""Peak memory of worker processes and of the run itself, for more and more scans.

Each case is a run of its own on a simulated study, whose processes are watched until they end. The peak of a worker
must not depend on the number of scans; the run itself holds the feature table, so that its own peak grows by what a
row of features takes.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from subprocess import DEVNULL, Popen

import psutil

from experiments.simulate import Simulation, write_study

SEQUENCES, ARMS = ("HASTE", "HASTE-FS"), 4
WORKER = "executors.worker"


def peaks(study: Path, out: Path, jobs: int) -> tuple[float, list[float]]:
    """Run a study; give the peak of resident memory of the run and of each worker, in MB."""
    command = [sys.executable, "-c", "from experiments.cli import main; main()", "run", study, "--out", out]
    options = ["--jobs", str(jobs), "--no-tracking", "--quiet"]
    own, workers = 0.0, dict[int, float]()
    with Popen([*map(str, command), *options], stdout=DEVNULL) as run:
        process = psutil.Process(run.pid)
        while run.poll() is None:
            try:
                own = max(own, process.memory_info().rss / 1e6)
                for child in process.children():
                    if WORKER in " ".join(child.cmdline()):
                        workers[child.pid] = max(workers.get(child.pid, 0.0), child.memory_info().rss / 1e6)
            except psutil.Error:
                pass  # it has ended meanwhile
            time.sleep(0.05)
    if run.returncode:
        raise SystemExit(f"the run ended with {run.returncode}")
    return own, sorted(workers.values())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--subjects", type=int, nargs="+", default=[2, 5, 10, 20])
    parser.add_argument("--matrix", type=int, default=192)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for subjects in options.subjects:
            place = Path(folder) / str(subjects)
            simulation = Simulation(subjects=subjects, sequences=SEQUENCES, rois=4, matrix=options.matrix, slices=4)
            study = write_study(place / "study", simulation)
            own, workers = peaks(study, place / "out", options.jobs)
            listed = ", ".join(f"{peak:.0f}" for peak in workers)
            scans = subjects * len(SEQUENCES) * ARMS
            print(f"{scans} scans: workers {listed} MB at most, the run {own:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
