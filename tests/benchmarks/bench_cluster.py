"""A run of 240 scans on two workers of a Dask scheduler against the same with `--jobs 2`; needs `radharmony[dask]`.

    python tests/benchmarks/bench_cluster.py --folder made [--subjects 30] [--matrix 128] [--slices 3] [--defaults]

Simulated scans in two sequences and four arms, five ROIs, four strategies, without MLflow. Scheduler
and workers run on this machine, with Dask's own looking at itself turned down as docs/clusters.md says, or with
`--defaults`; their processor time from their start counts. The results of both runs are compared.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
from bench_study import MAIN

from experiments.executors.worker import ONE_THREAD
from experiments.simulate import Simulation, write_study

PORT = 8799
ADDRESS = f"tcp://127.0.0.1:{PORT}"
UNWATCHED = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
}
"""Environment without what Dask does by the clock, task or none: stacks sampled every 10 ms, ticks every 20 ms."""


def spent(processes: list["subprocess.Popen[bytes]"]) -> float:
    """Give the seconds of the processor that processes which still run have had."""
    ticks = (Path(f"/proc/{one.pid}/stat").read_text("utf-8").rpartition(")")[2].split()[11:13] for one in processes)
    return sum(int(user) + int(system) for user, system in ticks) / os.sysconf("SC_CLK_TCK")


def timed(*command: object) -> tuple[float, float]:
    """Run a command; give its seconds of the processor, with those of its processes, and by the clock."""
    before, start = os.times(), time.monotonic()
    subprocess.run([sys.executable, *map(str, command)], env={**os.environ, **ONE_THREAD}, check=True)
    after = os.times()
    own = after.children_user + after.children_system - before.children_user - before.children_system
    return own, time.monotonic() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="for the study and its runs; a study there is used")
    parser.add_argument("--subjects", type=int, default=30)
    parser.add_argument("--matrix", type=int, default=128)
    parser.add_argument("--slices", type=int, default=3)
    parser.add_argument("--defaults", action="store_true", help="leave Dask as it comes")
    options = parser.parse_args()
    folder = options.folder.absolute()
    study = folder / "study" / "study.yaml"
    if not study.exists():
        simulation = Simulation(subjects=options.subjects, matrix=options.matrix, slices=options.slices)
        write_study(study.parent, simulation)
    run = (*MAIN, study, "--quiet", "--no-tracking", "--out")
    own, clock = timed(*run, folder / "jobs", "--jobs", 2)
    print(f"--jobs 2: {own:.1f} s of the processor, {clock:.0f} s by the clock", flush=True)
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(PORT)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", ADDRESS, "--nthreads", "1", "--no-nanny"]
    started = []
    environment = {**os.environ, **ONE_THREAD, **({} if options.defaults else UNWATCHED)}
    try:
        for command in (dask, worker, worker):
            command = [*command, "--no-dashboard"]
            started.append(subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL))
        time.sleep(15)
        before = [spent([one]) for one in started]
        client, on_clock = timed(*run, folder / "dask", "--scheduler", ADDRESS)
        scheduler, *workers = (spent([one]) - had for one, had in zip(started, before, strict=True))
    finally:
        for process in started:
            process.terminate()
            process.wait()
    total = client + scheduler + sum(workers)
    parts = f"command {client:.1f}, scheduler {scheduler:.1f}, workers {sum(workers):.1f}"
    print(f"two Dask workers: {total:.1f} s ({parts}), {on_clock:.0f} s by the clock")
    print(f"ratio: {total / own:.2f} of the processor, {on_clock / clock:.2f} by the clock")
    same = pd.read_parquet(folder / "jobs" / "features.parquet").equals(
        pd.read_parquet(folder / "dask" / "features.parquet")
    )
    print(f"the same features: {same}; files in finished/: {sum(path.is_file() for path in _finished(folder))}")


def _finished(folder: Path) -> list[Path]:
    return list((folder / "dask" / "finished").rglob("*"))


if __name__ == "__main__":
    main()
