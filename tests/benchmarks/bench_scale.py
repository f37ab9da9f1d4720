"""What the stages after the scans take of a study of a thousand subjects: seconds, peak memory, size of the report.

    python tests/benchmarks/bench_scale.py [--subjects 1000] [--rois 10] [--features 93] [--harmonized 2]

A study of four arms and eight strategies, some of which have a harmonizer. Its feature rows are drawn instead of
extracted, everything else is what `radharmony run` does, stage by stage in this process; then the report is written,
and the run is compared with itself under another name. Seconds are of this process, on one thread. The peak is that of
its resident memory while the stage ran (Linux alone tells it).
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from experiments.audit.cells import completeness
from experiments.audit.findings import Audit
from experiments.compare import compare_runs
from experiments.executors import Serial
from experiments.folder.failures import failure_table
from experiments.folder.files import AUDIT, FAILURES
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import recorded
from experiments.report import write_report
from experiments.running import stages
from experiments.running.record import record_of
from experiments.running.rows import ScanRows
from experiments.running.scan_task import ScanResult
from experiments.running.shared_images import names_of_images
from experiments.running.spare_memory import give_back
from experiments.running.store.finished import store_at
from experiments.running.work import Work
from experiments.simulate import Simulation, write_study
from experiments.study.harmonizer import Harmonizer
from experiments.study.study import Study
from experiments.versions import all_versions
from harmonize.digest import sealed
from harmonize.steps import parse_steps

CLASSES = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
STRATEGIES = 8


def study_of(folder: Path, subjects: int, rois: int, harmonized: int) -> Study:
    """Give a study of so many subjects, whose images there are not."""
    simulation = Simulation(subjects=1, sequences=("HASTE",), rois=1, matrix=96, slices=2)
    base = Study.from_yaml(write_study(folder, simulation))
    plain = [
        replace(base.strategies[0], name=f"zscore{i}", steps=parse_steps([{"zscore": {"scale": 100.0 + i}}], ""))
        for i in range(STRATEGIES - harmonized)
    ]
    harmonizer = Harmonizer.parse({"combat": {"reference": base.reference}}, "")
    combat = [replace(plain[i], name=f"{plain[i].name}-combat", harmonizer=harmonizer) for i in range(harmonized)]
    names = [f"roi{i}" for i in range(rois)]
    source = next(iter(base.scans[0].masks.values()))
    scans = tuple(
        replace(scan, subject=f"S{number:04}", masks=dict.fromkeys(names, source), line=4 * number + i + 2)
        for number in range(subjects)
        for i, scan in enumerate(base.scans)
    )
    return replace(base, scans=scans, rois=tuple(names), strategies=(*plain, *combat))


def results_of(study: Study, n_features: int) -> list[ScanResult]:
    """Draw what the scans of a study gave: subjects, a shift of each condition, and errors."""
    rng = np.random.default_rng(0)
    names = tuple(f"original_{CLASSES[i % len(CLASSES)]}_Feature{i}" for i in range(n_features))
    images = list(names_of_images(study.strategies))
    noise = np.linspace(0.6, 0.1, len(images))[:, None, None] * np.exp(0.5 * rng.normal(size=n_features))
    shifts = {name: 0.3 * rng.normal(size=n_features) for name in study.conditions}
    cells = tuple((name, roi, 400, 32) for name in images for roi in study.rois)
    found, truth = [], {}
    for scan in study.scans:
        if scan.subject not in truth:
            truth = {scan.subject: 10 + rng.normal(size=(len(study.rois), n_features))}
        values = truth[scan.subject] + shifts[scan.condition]
        values = values + noise * rng.normal(size=(len(images), *values.shape))
        found.append(ScanResult(ScanRows(cells, names, values.reshape(len(cells), -1)), (), {}))
    return found


def measured(what: str, call: Callable[[], object]) -> None:
    """Print the seconds of processor time and the peak of resident memory of a call."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from now on
    start = time.process_time()
    call()
    seconds = time.process_time() - start
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    peak, now = (int(status[name].split()[0]) / 1024 for name in ("VmHWM", "VmRSS"))
    print(f"{what:15} {seconds:7.1f} s, peak {peak:6.0f} MB, {now:6.0f} MB after it", flush=True)


def run(study: Study, n_features: int, out: Path) -> None:
    """Make the folder of a run, and print what that took."""
    work = Work(study, RunFolder.begin(out), store_at(out / "finished"), Serial(), lambda *_: None, ())
    work.results = results_of(study, n_features)
    with recorded() as written:
        work.failures = failure_table([])
        work.run.write(FAILURES, work.failures)
        for stage in (stages.gather, stages.pair, stages.harmonize, stages.judge, stages.compare):
            measured(stage.__name__, partial(stage, work))
            give_back()
        cells = {(*scan.key, roi) for scan in study.scans for roi in study.rois}
        work.run.write(AUDIT, sealed({**Audit((), completeness(study, cells), (), (2,)).to_mapping(), "of": None}))
    record = {**record_of(study), **work.record, "settings_digest": "", "data_digest": "", "slice_axis": 2}
    record |= {"versions": all_versions(), "started": "2000-01-01T00:00:00+00:00", "seconds": 0.0}
    work.run.finish({**record, "finished": record["started"]}, written)
    measured("report", partial(write_report, out, work.run))
    work.run.seal()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=1000)
    parser.add_argument("--rois", type=int, default=10)
    parser.add_argument("--features", type=int, default=93)
    parser.add_argument("--harmonized", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name), Path(name) / "run"
        out.mkdir()
        study = study_of(folder / "study", options.subjects, options.rois, options.harmonized)
        print(f"{len(study.scans)} scans, {options.rois} ROIs, {STRATEGIES} strategies, {options.features} features")
        run(study, options.features, out)
        print(f"report.html {(out / 'report.html').stat().st_size / 1e6:.1f} MB")
        other = folder / "again"
        shutil.copytree(out, other, copy_function=os.link)
        give_back()
        measured("compare runs", lambda: compare_runs(RunFolder.open(out), RunFolder.open(other)).to_mapping())


if __name__ == "__main__":
    main()
