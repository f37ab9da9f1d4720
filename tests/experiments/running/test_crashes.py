"""Ends that nobody asked for, as real as they come: what is finished stays, and the same command does the rest."""

import os
import random
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from experiments.running.runner import run_study
from experiments.study.study import Study

psutil = pytest.importorskip("psutil", reason="finds the worker processes of a run")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

TABLES = ("features.parquet", "reliability.parquet", "summary.csv", "strategies.csv", "failures.csv")

PATIENCE = 60
"""Seconds for what takes about one where nothing else runs, and never ends where it hangs."""

DEADLY = """
import os, signal, time
from experiments.running.scan_task import process_image


def deadly_scan(scans, strategies, store, between, wanted):
    \"\"\"Process a scan as ever, but of one only the first strategy, and then crash.\"\"\"
    (scan,) = scans
    if scan.key[0] == "SUBJECT" and scan.condition == "ACC+DLR":
        process_image(scans, strategies[:1], store, between, wanted)
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(10)
    return process_image(scans, strategies, store, between, wanted)
"""


def tables(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


@pytest.fixture
def start(pageless):
    def started(study, out, jobs=2):
        return subprocess.Popen(
            [*pageless, "run", str(study), "--out", str(out), "--jobs", str(jobs), "--no-tracking"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    return started


def workers_of(process):
    """The worker processes that are at work."""
    try:
        children = psutil.Process(process.pid).children()
        return [child for child in children if "executors.worker" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


def results_in(out):
    return len(list((out / "finished").glob("*.json")))


def wait_for(condition, process):
    while process.poll() is None and not condition():
        time.sleep(0.01)


def all_gone(processes, seconds):
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.usefixtures("no_page")
def test_a_scan_that_crashes_its_worker_is_a_row_and_the_others_go_on(simulated, finished, tmp_path, monkeypatch):
    study = Study.from_yaml(simulated)
    subject = study.subjects[1]
    (tmp_path / "deadly.py").write_text(DEADLY.replace("SUBJECT", subject))
    monkeypatch.syspath_prepend(str(tmp_path))
    import deadly

    with monkeypatch.context() as patch:
        patch.setattr("experiments.running.scans.process_image", deadly.deadly_scan)
        crashed = run_study(study, tmp_path / "out", jobs=2, track=False)
    failures = pd.read_csv(tmp_path / "out" / "failures.csv", keep_default_na=False)
    assert len(crashed.failures) == len(failures) == 1
    (row,) = failures.to_dict("records")
    assert (row["strategy"], row["subject"], row["condition"]) == ("zscore", subject, "ACC+DLR")
    assert row["problem"] == "the worker process ended by signal 11 (SIGSEGV), and again when this was tried alone"
    features = pd.read_parquet(tmp_path / "out" / "features.parquet")
    assert len(features) == 2 * 12 * 2 - 2  # of this scan, what it finished before is there
    log = (tmp_path / "out" / "run.log").read_text(encoding="utf-8")
    assert "WARNING a worker process ended by signal 11 (SIGSEGV); its task is tried again alone" in log
    assert f"failed: zscore, {subject}, HASTE, ACC+DLR" in log

    mended = run_study(study, tmp_path / "out", track=False, retry_failed=True)
    assert (len(mended.failures), mended.reused) == (0, 23)
    assert tables(tmp_path / "out") == tables(finished.folder)


def test_a_worker_killed_from_outside_costs_nothing(start, simulated, finished, tmp_path):
    out = tmp_path / "out"
    with start(simulated, out) as run:
        wait_for(lambda: results_in(out) >= 2, run)
        victims = workers_of(run)
        victims[0].kill()
        _, told = run.communicate()
    assert run.returncode == 0, told
    assert tables(out) == tables(finished.folder)


def test_a_run_killed_again_and_again_is_resumed_and_gives_the_same_bytes(start, simulated, finished, tmp_path):
    out = tmp_path / "out"
    moments = [
        lambda: (out / "run.log").exists(),
        lambda: results_in(out) >= 4,
        lambda: (out / "reliability.parquet").exists(),
    ]
    for moment in moments:
        with start(simulated, out) as run:
            wait_for(moment, run)
            time.sleep(random.uniform(0, 0.2))  # noqa: S311  any moment will do
            workers = workers_of(run)
            run.kill()
            assert all_gone(workers, PATIENCE)
            run.communicate()
    run_study(Study.from_yaml(simulated), out, track=False)
    assert tables(out) == tables(finished.folder)
    assert {path.name for path in out.iterdir()} >= {"report.html", "run.json"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_ends_all_within_seconds(start, simulated, tmp_path, jobs):
    out = tmp_path / "out"
    with start(simulated, out, jobs) as run:
        wait_for(lambda: results_in(out) >= 1, run)
        workers = workers_of(run)
        before = time.monotonic()
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the workers as well
        _, told = run.communicate()
    assert time.monotonic() - before < PATIENCE
    assert run.returncode == 130
    assert told.splitlines()[-1] == "interrupted; finished work is kept, run the same command again"
    assert "Traceback" not in told
    assert 1 <= len(workers) <= jobs  # no more than are worth their start
    assert all_gone(workers, PATIENCE)
    assert (out / "run.log").read_text(encoding="utf-8").splitlines()[-1].endswith("interrupted; finished work is kept")
