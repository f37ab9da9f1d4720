"""A whole comparison of four strategies against the script that a user would write; needs `pip install pingouin`.

    python tests/benchmarks/bench_study.py [--subjects 6] [--rois 1] [--timed 4] [--track]

The script (naive_study.py) uses the same libraries without sharing work. Each side is a process of its own on one
thread; what is compared is processor time, imports included. The script's images are the first `--timed` ones, their
time is taken for each of the others as well, as its cost is the same; its statistics and ComBat run over all features.
Twenty scans with four ROIs: `--subjects 5 --rois 4 --timed 1 --repeats 1`, as the script takes a minute a scan.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from experiments.executors.worker import ONE_THREAD
from experiments.simulate import Simulation, write_study

BIN_WIDTH = 5.0
MAIN = ("-c", "from experiments.cli import main; main()", "run")
SCRIPT = str(Path(__file__).with_name("naive_study.py"))


def made_study(folder: Path, subjects: int, rois: int) -> Path:
    """Write a study of the size of real scans, with the four strategies and ComBat on one of them."""
    simulation = Simulation(subjects=subjects, sequences=("HASTE",), rois=rois, matrix=256, slices=24, seed=3)
    path = write_study(folder, simulation)
    study = yaml.safe_load(path.read_text(encoding="utf-8"))
    study["extraction"] = {"setting": {"binWidth": BIN_WIDTH, "force2D": True}}
    chains = {"zscore": [], "n4_zscore": ["n4"], "diffusion_zscore": ["diffusion"]}
    chains["n4_diffusion_zscore"] = ["n4", "diffusion"]
    study["strategies"] = {name: {"steps": [*steps, {"zscore": {"region": "image"}}]} for name, steps in chains.items()}
    path.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    return path


def processor_seconds(*arguments: object) -> float:
    """Give the processor time of a Python process, and of all that it waited for, on one thread."""
    before = os.times()
    command = [sys.executable, *map(str, arguments)]
    ended = subprocess.run(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.DEVNULL)
    if ended.returncode not in (0, 3):  # 3: a run came to its end, and something in it failed
        raise SystemExit(ended.returncode)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=6)
    parser.add_argument("--rois", type=int, default=1)
    parser.add_argument("--timed", type=int, default=4, help="images that the script is timed on")
    parser.add_argument("--track", action="store_true", help="record the runs in MLflow as well")
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = made_study(folder / "study", options.subjects, options.rois)
        ours, script = [], []
        asked = ("--quiet",) if options.track else ("--quiet", "--no-tracking")
        for i in range(options.repeats):
            ours.append(processor_seconds(*MAIN, path, "--out", folder / f"run{i}", *asked))
            table = folder / f"run{i}" / "features.parquet"
            processor_seconds(SCRIPT, path, table, folder / f"script{i}", options.timed)
            spent = json.loads((folder / f"script{i}.json").read_text(encoding="utf-8"))
            script.append({**spent, "images": spent["images"] * 4 * options.subjects / options.timed})
        again = processor_seconds(*MAIN, path, "--out", folder / "run0", *asked)
        theirs, own = pd.read_parquet(folder / "script0.parquet"), pd.read_parquet(table)
        timings = json.loads((folder / "run0" / "timings.json").read_text(encoding="utf-8"))["stages"]
    names = [name for name in theirs if name.startswith("original_")]
    both = theirs.merge(own, on=["strategy", "subject", "condition", "roi"], suffixes=("", "_ours"))
    both = both.query("strategy == 'zscore'")
    difference = max(
        np.nanmax(np.abs(both[name] - both[f"{name}_ours"]) / np.maximum(np.abs(both[name]), 1e-9)) for name in names
    )
    best = min(script, key=lambda spent: sum(spent.values()))
    naive = sum(best.values())
    size = f"{4 * options.subjects} scans of 256 x 256 x 24, {options.rois} ROIs, four strategies"
    print(f"{size}, {'with' if options.track else 'without'} MLflow; processor time, best of {options.repeats}")
    print(f"script: {naive:.1f} s ({', '.join(f'{name} {seconds:.1f}' for name, seconds in best.items())})")
    print(f"radharmony: {min(ours):.1f} s, {naive / min(ours):.1f} times less; the same run again: {again:.1f} s")
    print(f"of a run's seconds by the clock: {', '.join(f'{name} {spent:.1f}' for name, spent in timings.items())}")
    print(f"largest relative difference of features under zscore: {difference:.1e}")


if __name__ == "__main__":
    main()
