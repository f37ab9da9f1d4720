import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from experiments.executors.processes import Processes
from experiments.executors.worker import READY, THREADS, Worker
from harmonize.errors import OutsideError

PATIENCE = 50
"""Seconds for what takes about one where nothing else runs: less than a task that hangs."""


@pytest.fixture(scope="module")
def tasks():
    """A module that worker processes can import, as they can the package's own."""
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)
    import tasks_of_processes

    yield tasks_of_processes
    sys.path.remove(folder)


@pytest.fixture
def processes():
    with Processes(2) as executor:
        yield executor


def quiet(*_):
    pass


def told(error, *_):
    return error.problem


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")  # one that has ended and waits for its parent to be told is not alive
    if not status.exists():
        return True
    fields = status.read_text(encoding="utf-8").rpartition(")")[2].split()
    return fields[0] != "Z" or int(fields[17]) > 1  # its other threads hold its pipes for a moment longer


def gone(pid):
    """Wait for the end of a process that is killed, which a busy system brings later."""
    deadline = time.monotonic() + PATIENCE
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_keep_the_order_of_the_tasks(jobs):
    counts = []
    with Processes(jobs) as executor:
        assert executor.map(pow, [(i, 2) for i in range(7)], counts.append, told) == [i**2 for i in range(7)]
    assert counts == list(range(1, 8))


def test_no_task_starts_no_process(processes):
    assert processes.map(pow, [], quiet, told) == []
    assert processes._workers == []


def test_workers_are_other_processes_and_serve_several_calls(processes, tasks, tmp_path):
    pids = set(processes.map(tasks.meet, [(i, tmp_path) for i in range(4)], quiet, told))
    assert len(pids) == 2
    assert {pid for _, pid in processes.map(tasks.tell, [(i,) for i in range(8)], quiet, told)} <= pids
    assert os.getpid() not in pids


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_task_that_ends_its_worker_is_lost_alone(processes, tasks, caplog):
    signals = {2: signal.SIGSEGV, 5: signal.SIGKILL, 6: signal.SIGABRT}
    counts = []
    found = processes.map(tasks.end_by, [(i, signals) for i in range(9)], counts.append, told)
    assert [value for value in found if isinstance(value, int)] == [0, 1, 3, 4, 7, 8]
    assert found[2] == "the worker process ended by signal 11 (SIGSEGV), and again when this was tried alone"
    assert "SIGKILL" in found[5]
    assert "SIGABRT" in found[6]
    assert counts == list(range(1, 10))
    assert sum("is tried again alone" in message for message in caplog.messages) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_where_a_worker_was_stands_in_the_log_and_not_on_the_terminal(processes, tasks, caplog, capfd):
    caplog.set_level(logging.INFO, "radharmony")
    processes.map(tasks.end_by, [(2, {2: signal.SIGSEGV})], quiet, told)
    (place,) = {message for message in caplog.messages if "was in" in message}
    assert place.startswith("the worker process was in end_by (")
    assert "tasks_of_processes.py, line" in place
    assert capfd.readouterr() == ("", "")


def test_a_task_that_ended_its_worker_by_accident_is_done_the_second_time(processes, tasks, tmp_path):
    calls = [(i, str(tmp_path / "marker")) for i in range(6)]
    assert processes.map(tasks.end_once, calls, quiet, told) == list(range(6))


def test_what_workers_are_doing_is_told(processes, tasks):
    told_now = []
    processes.now = told_now.append
    assert processes.map(tasks.step_by_step, [(i,) for i in range(4)], quiet, told) == list(range(4))
    steps = {step.split(" x ")[0] for line in told_now for step in line.split(", ")}
    assert steps == {"", "read", "n4"}
    assert told_now[-1] == ""


def test_an_exit_code_is_told(processes, tasks):
    (found,) = processes.map(tasks.exit_with, [(7,)], quiet, told)
    assert "ended with exit code 7" in found


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of memory that holds")
def test_a_task_that_runs_out_of_memory_is_tried_again_alone_and_lost(processes, tasks, caplog):
    found = processes.map(tasks.swell, [(i,) for i in range(4)], quiet, told)
    assert found == [0, 1, "the worker process ran out of memory, and again when this was tried alone", 3]
    assert any("ran out of memory" in message for message in caplog.messages)


@pytest.mark.skipif(sys.platform != "linux", reason="needs to know the memory of a process")
def test_a_worker_that_has_grown_gives_way_to_another(tasks):
    with Processes(1) as executor:
        pids = executor.map(tasks.leak, [(i,) for i in range(8)], quiet, told)
    assert len(set(pids)) == 3


def test_libraries_have_one_thread_in_a_worker(tasks, monkeypatch):
    for name in THREADS:
        monkeypatch.setenv(name, "2")
    with Processes(1) as executor:
        itk, pools = executor.map(tasks.threads, [()], quiet, told)[0]
    assert itk == 1
    assert set(pools) == {1}


def test_what_a_task_raises_is_raised_with_the_place_where_it_happened(processes, tasks, golden):
    with golden.error(ValueError) as caught:
        processes.map(tasks.wrong, [(1,), (1,)], quiet, told)
    assert "in wrong" in "".join(caught.value.__notes__)
    assert processes.map(pow, [(2, 2)], quiet, told) == [4]


def test_a_result_that_cannot_be_sent_is_an_error(processes, tasks):
    with pytest.raises(TypeError, match="cannot leave its process"):
        processes.map(tasks.not_to_be_sent, [()], quiet, told)


def test_workers_that_cannot_start_are_said_so(processes, monkeypatch, golden):
    monkeypatch.setattr("experiments.executors.worker.sys.executable", "/bin/false")
    with golden.error(OutsideError):
        processes.map(pow, [(2, 2)], quiet, told)


def test_an_idle_worker_that_is_killed_is_replaced_and_said(processes, tasks, caplog):
    first = processes.map(tasks.tell, [(i,) for i in range(4)], quiet, told)
    os.kill(first[0][1], signal.SIGKILL)
    while alive(first[0][1]):
        time.sleep(0.01)
    again = processes.map(tasks.tell, [(i,) for i in range(4)], quiet, told)
    assert [number for number, _ in again] == list(range(4))
    (line,) = caplog.messages
    assert line == "a worker process ended by signal 9 (SIGKILL) without a task; another takes its place"


def test_an_interrupt_ends_busy_workers_at_once(tasks, tmp_path):
    with Processes(2) as executor:
        pids = set(executor.map(tasks.meet, [(i, tmp_path) for i in range(2)], quiet, told))
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            executor.map(tasks.slow, [(i, 60) for i in range(4)], quiet, told)
    assert time.monotonic() - start < PATIENCE
    assert all(map(gone, pids))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_while_a_worker_starts_is_left_to_its_parent(capfd):
    """Ctrl-C reaches the whole group: workers that were still importing left tracebacks on the terminal."""
    worker = Worker("time")
    os.kill(worker.process.pid, signal.SIGINT)
    assert worker.connection.recv()[0] == READY
    assert worker.process.poll() is None
    worker.process.kill()
    worker.process.wait()
    worker.connection.close()
    assert capfd.readouterr() == ("", "")


BUSY = """
import sys; sys.path.insert(0, sys.argv[1])
import tasks_of_processes as tasks
from experiments.executors.processes import Processes
from experiments.executors.worker import THREADS
with Processes(2) as executor:
    for pid in executor.map(tasks.meet, [(i, sys.argv[2]) for i in range(2)], print, print):
        print("pid", pid, flush=True)
    print("busy", flush=True)
    executor.map(tasks.slow, [(i, 60) for i in range(4)], print, print)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_workers_do_not_outlive_a_killed_parent(tasks, tmp_path):
    folder = str(Path(tasks.__file__).parent)
    pids = set()
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, folder, str(tmp_path)], stdout=subprocess.PIPE, encoding="utf-8"
    ) as parent:
        for line in parent.stdout:
            if line.startswith("pid"):
                pids.add(int(line.split()[1]))
            if line == "busy\n":
                break
        time.sleep(0.3)
        parent.kill()
    assert len(pids) == 2
    assert all(map(gone, pids))


@pytest.mark.skipif(sys.platform == "win32", reason="a process of Windows keeps the number of its parent")
def test_where_the_system_does_not_end_it_a_process_sees_that_its_parent_is_gone():
    watch = "import os; from experiments.executors.worker import _watch; parent = os.getppid(); "
    watch += "print(os.getpid(), flush=True); _watch(parent)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {watch!r}])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, encoding="utf-8") as parent:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    deadline = time.monotonic() + PATIENCE
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)


def test_a_task_that_takes_too_long_is_lost_and_the_others_go_on(processes, tasks, caplog):
    # A header that made a library loop held the whole run up for ever.
    processes.limit = 1.0
    began = time.monotonic()
    with caplog.at_level(logging.INFO, logger="radharmony"):
        found = processes.map(tasks.sleep_if_odd, [(0,), (1,), (2,), (4,)], quiet, told)
    assert found == [0, "this took more than 0.0166667 minutes, the limit for a scan", 2, 4]
    assert time.monotonic() - began < PATIENCE
    assert "took more than" in caplog.text


def test_a_worker_is_started_where_the_work_is_worth_its_start(tmp_path, tasks):
    """An audit of a few scans started two workers, of which each imported for as long as it then worked."""
    with Processes(2) as executor:
        assert len({pid for _, pid in executor.map(tasks.tell, [(i,) for i in range(50)], quiet, told)}) == 1
        assert len({*executor.map(tasks.meet, [(i, tmp_path) for i in range(2)], quiet, told)}) == 2
