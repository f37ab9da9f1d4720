"""Runs and analyses on a Dask scheduler and workers that are real processes."""

import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import radharmony
from experiments.cli import main
from experiments.executors import choose_executor
from experiments.running.between import FOLDER, SPARE
from experiments.running.runner import run_study
from experiments.study.study import Study
from harmonize.errors import ConfigurationError, OutsideError

pytest.importorskip("distributed", reason="needs the extra 'dask'")

from experiments.executors.cluster import Cluster
from experiments.executors.joblib_backend import joblib_on

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
    pytest.mark.usefixtures("no_page"),
]

TABLES = ("features.parquet", "reliability.parquet", "summary.csv", "strategies.csv", "failures.csv")

PATIENCE = 60
"""Seconds for what takes a few where nothing else runs, and never ends where it hangs."""

MAP = """
import json, logging, sys
from pathlib import Path
from experiments.executors.cluster import Cluster
from tasks_of_cluster import end_by_signal
logging.basicConfig(format="%(message)s")
with Cluster(sys.argv[1], [Path(sys.argv[2])], patience=1) as cluster:
    found = cluster.map(end_by_signal, [(i,) for i in range(6)], lambda done: None, lambda error, number: error.problem)
print(json.dumps(found))
"""

FOLDS = """
import json, sys
import joblib
from experiments.analyses.shared.groups import Workers
from experiments.executors.cluster import Cluster
from tasks_of_cluster import end_by_signal
with Cluster(sys.argv[1]) as cluster:
    cluster.client.wait_for_workers(2)
with Workers(scheduler=sys.argv[1]).joblib():
    parallel = joblib.Parallel(n_jobs=2, return_as="generator_unordered", batch_size=1)
    found = list(parallel(joblib.delayed(end_by_signal)(i) for i in range(10, 16)))
print(json.dumps(found))
"""


def results(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


def test_a_run_with_a_worker_killed_on_the_way_gives_the_same_bytes(pageless, dask, simulated, finished, tmp_path):
    victim = dask.worker("--no-nanny")
    dask.worker("--no-nanny")
    out = tmp_path / "out"
    command = [*pageless, "run", simulated, "--out", out, "--no-tracking", "--scheduler", dask.address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as run:
        while len(list((out / "finished").glob("*.json"))) < 3 and run.poll() is None:
            time.sleep(0.02)
        os.kill(victim.pid, signal.SIGKILL)
        _, told = run.communicate()
    assert run.returncode == 0, told
    assert results(out) == results(finished.folder)
    log = (out / "run.log").read_text(encoding="utf-8")
    assert f"computed on the Dask scheduler {dask.address}" in log
    assert "run finished: 12 scans" in log
    assert len(re.findall(r"WARNING the Dask worker tcp://\S+ ended; its tasks go to others", log)) == 1
    assert log.endswith(", 0 failures\n")


def test_workers_hand_volumes_over_to_each_other_at_a_barrier(pageless, dask, study_file, tmp_path):
    if shutil.disk_usage(tmp_path).free < 1.1 * SPARE * shutil.disk_usage(tmp_path).total:
        pytest.skip("the disk is too full for anything to be handed over")
    change = "  zscore:\n    steps: [n4, nyul]\n    extraction: {setting: {binWidth: 7}}\n"
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("  zscore:\n    steps: [zscore]\n", change))
    table = study_file.with_name("images.csv")
    rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(row for row in rows if "REF,DLR" not in row and "ACC,STD" not in row), encoding="utf-8")
    for _ in range(2):
        dask.worker("--no-nanny")
    out, seen = tmp_path / "out", set()
    command = [*pageless, "run", study_file, "--out", out, "--no-tracking", "--scheduler", dask.address, "--quiet"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as run:
        while run.poll() is None:
            seen |= {path.name for path in out.glob(f"{FOLDER}/*.volume")}
            time.sleep(0.01)
        told = run.stderr.read()
    assert run.returncode == 0, told
    assert len(seen) == 6
    assert not (out / FOLDER).exists()
    run_study(Study.from_yaml(study_file), tmp_path / "here", track=False)
    assert results(out) == results(tmp_path / "here")


def test_a_task_that_ends_its_workers_is_lost_alone_and_all_is_done_elsewhere(dask, tmp_path):
    dask.worker()
    dask.worker()
    ran = dask.script(MAP, tmp_path / "tasks_of_cluster.py")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found[2].startswith("the worker process ended without a word")
    assert [value[0] for number, value in enumerate(found) if number != 2] == [0, 1, 3, 4, 5]
    assert "its task is tried again alone" in ran.stderr


def test_a_worker_that_does_not_see_the_files_ends_the_run_with_the_reason(dask, tmp_path):
    # there is one machine, whose processes see all of it: the file is taken away once the run has seen it
    dask.worker("--no-nanny")
    path = tmp_path / "image.nii.gz"
    path.touch()
    ran = dask.script(MAP.replace("    found", "    Path(sys.argv[2]).unlink()\n    found"), path)
    assert "does not see" in ran.stderr
    assert "on a file system that all workers share" in ran.stderr


def test_joblib_computes_on_the_workers(dask):
    workers = [dask.worker("--no-nanny").pid for _ in range(2)]  # for one alone joblib computes where it is
    ran = dask.script(FOLDS)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert sorted(number for number, _ in found) == list(range(10, 16))
    assert {pid for _, pid in found} <= set(workers)


def test_an_interrupt_takes_the_tasks_back(pageless, dask, simulated, tmp_path):
    dask.worker("--no-nanny")
    out = tmp_path / "out"
    command = [*pageless, "run", simulated, "--out", out, "--no-tracking", "--scheduler", dask.address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as run:
        while len(list((out / "finished").glob("*.json"))) < 1 and run.poll() is None:
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        start = time.monotonic()
        _, told = run.communicate()
    assert run.returncode == 130
    assert time.monotonic() - start < PATIENCE
    assert "interrupted; finished work is kept" in told
    assert "Traceback" not in told
    time.sleep(2)
    done = len(list((out / "finished").glob("*.json")))
    time.sleep(2)
    assert len(list((out / "finished").glob("*.json"))) == done < 24


def test_a_scheduler_that_dies_ends_the_run_in_one_line(pageless, mortal, simulated, tmp_path):
    mortal.worker("--no-nanny")
    out = tmp_path / "out"
    command = [*pageless, "run", simulated, "--out", out, "--no-tracking", "--quiet", "--scheduler", mortal.address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as run:
        while len(list((out / "finished").glob("*.json"))) < 1 and run.poll() is None:
            time.sleep(0.02)
        mortal.processes[0].kill()
        _, told = run.communicate()
    assert run.returncode == 5
    assert told.startswith("radharmony: the connection to the Dask scheduler is lost; finished work is kept")
    assert len(told.splitlines()) == 1
    assert "run the same command again" in told


def test_no_scheduler_is_said_so(golden):
    with golden.error(ConfigurationError, varies=r"(?<=\().*(?=\))"), choose_executor(1, "tcp://127.0.0.1:9"):
        pass


FROZEN = """
import sys, threading, time
import joblib
from experiments.executors import cluster, joblib_backend
from harmonize.errors import OutsideError
cluster.PULSE, cluster.SILENCE = 0.3, 1.5
try:
    if sys.argv[2] == "joblib":
        with joblib_backend.joblib_on(sys.argv[1]):
            print("begun", flush=True)
            joblib.Parallel(n_jobs=2)(joblib.delayed(time.sleep)(0.5) for _ in range(200))
    else:
        with cluster.Cluster(sys.argv[1]) as place:
            print("begun", flush=True)
            place.map(time.sleep, [(0.5,)] * 200, lambda done: None, print)
except OutsideError as error:
    print(error)
"""


@pytest.mark.parametrize("way", ["joblib", "map"])
@pytest.mark.parametrize("sign", [signal.SIGSTOP, signal.SIGKILL])
def test_a_scheduler_that_freezes_or_dies_is_told(mortal, way, sign):
    """A frozen process keeps its connections: the command waited for ever."""
    for _ in range(2):
        mortal.worker("--no-nanny")
    code = f"from distributed import Client\nimport sys\nClient(sys.argv[1]).wait_for_workers(2)\n{FROZEN}"
    command = [sys.executable, "-c", code, mortal.address, way]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as asking:
        assert asking.stdout.readline() == "begun\n"
        time.sleep(0.5)
        mortal.processes[0].send_signal(sign)
        start = time.monotonic()
        told, errors = asking.communicate(timeout=2 * PATIENCE)
    mortal.processes[0].send_signal(signal.SIGCONT)
    assert told.startswith("the connection to the Dask scheduler is lost; finished work is kept")
    assert "Traceback" not in errors
    assert time.monotonic() - start < PATIENCE


@pytest.mark.parametrize("nanny", [(), ("--no-nanny",)])
def test_a_worker_without_radharmony_is_told_and_not_ended(dask, tmp_path, nanny, golden):
    """It ended when it received a task, as did the next, and the command waited for ever."""
    without = tmp_path / "without" / "radharmony"
    without.mkdir(parents=True)
    (without / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'radharmony'\")\n")
    dask.environment["PYTHONPATH"] = str(without.parent)
    dask.worker(*nanny)
    with Cluster(dask.address) as cluster:
        with golden.error(OutsideError, varies=r"(?<=127.0.0.1:)\d+"):
            cluster.map(abs, [(1,), (2,)], print, print)
        with golden.error(OutsideError, varies=r"(?<=127.0.0.1:)\d+"):
            cluster.examine_workers()
        assert len(cluster.client.nthreads()) == 1


class Http(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(params=["silent", "http"])
def no_scheduler(request):
    """Somebody who listens and is no scheduler: one who never answers, one who answers as a web server does."""
    if request.param == "silent":
        with socket.create_server(("127.0.0.1", 0)) as listener:
            yield listener.getsockname()[1]
        return
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Http)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_whoever_listens_and_is_no_scheduler_is_told_with_exit_5(
    no_scheduler, study_file, tmp_path, monkeypatch, golden
):
    monkeypatch.setattr("experiments.executors.cluster.CONNECT", 1.0)
    address = f"tcp://127.0.0.1:{no_scheduler}"
    with golden.error(OutsideError, varies=rf"(?<=:){no_scheduler}"), joblib_on(address):
        pass
    monkeypatch.setattr(sys, "argv", ["radharmony", "run", str(study_file), "--out", str(tmp_path / "out")])
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--no-tracking", "--quiet", "--scheduler", address])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 5


def test_a_worker_started_beside_a_module_called_like_a_floor(dask):
    """The task, named by a module of experiments, was looked for in the user's own."""
    (dask.folder / "experiments.py").write_text("raise RuntimeError('own')")
    dask.worker("--no-nanny")
    with Cluster(dask.address) as cluster:
        found = cluster.map(repr, [(radharmony.Round(),)], print, lambda error, _: error.problem)
    assert found == ["Round()"]
