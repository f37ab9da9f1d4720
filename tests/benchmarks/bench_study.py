"""A whole comparison of four strategies against the script that a user would write; needs `pip install pingouin`.

The script (naive_study.py) uses the same libraries without sharing work. Its images are timed on the first subject
and scaled to all, as its cost is the same for each; its statistics and ComBat run over all features. Both sides use
one process, and SimpleITK in the script as many threads as it likes; `--jobs` gives radharmony more processes as well.
"""

import argparse
import contextlib
import io
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from naive_study import STRATEGIES, features, harmonized, statistics

from experiments import Study, run_study
from experiments.simulate import Simulation, write_study

BIN_WIDTH = 5.0


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--subjects", type=int, default=6)
    parser.add_argument("--rois", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = made_study(folder / "study", options.subjects, options.rois)
        study = Study.from_yaml(path)
        timed = {}
        for jobs in (1, options.jobs):
            start = time.perf_counter()
            run = run_study(study, folder / f"out{jobs}", jobs=jobs, track=False)
            timed[jobs] = time.perf_counter() - start
        start = time.perf_counter()
        run_study(study, run.folder, jobs=options.jobs, track=False)
        again = time.perf_counter() - start
        ours = pd.read_parquet(run.folder / "features.parquet")

        scans = pd.read_csv(path.parent / "images.csv")
        first = scans[scans["subject"] == scans["subject"][0]]
        labels = yaml.safe_load(path.read_text(encoding="utf-8"))["rois"]["labels"]
        start = time.perf_counter()
        theirs = features(first, path.parent, labels, BIN_WIDTH)
        images = (time.perf_counter() - start) * options.subjects
        start = time.perf_counter()
        statistics(ours, study.reference)
        loops = time.perf_counter() - start
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            list(harmonized(ours))
        combat = time.perf_counter() - start
        naive = images + loops + combat

    keys = ["strategy", "subject", "condition", "roi"]
    names = [name for name in theirs if name.startswith("original_")]
    both = theirs.merge(ours, on=keys, suffixes=("", "_ours")).query("strategy == 'zscore'")
    difference = max(
        np.nanmax(np.abs(both[name] - both[f"{name}_ours"]) / np.maximum(np.abs(both[name]), 1e-9)) for name in names
    )
    print(f"{len(scans)} scans of 256 x 256 x 24, {len(labels)} ROIs, {len(STRATEGIES)} strategies")
    print(f"script: images {images:.0f} s (one subject scaled), statistics {loops:.0f} s, ComBat {combat:.1f} s")
    for jobs, seconds in timed.items():
        print(f"radharmony, {jobs} process(es): {seconds:.1f} s, {naive / seconds:.1f} times faster")
    print(f"the same run again: {again:.1f} s")
    print(f"largest relative difference of features under zscore: {difference:.1e}")


if __name__ == "__main__":
    main()
