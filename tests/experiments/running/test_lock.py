"""Two runs at once, in real processes."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from experiments.running import lock
from experiments.running.lock import HOLDER, results_folder
from harmonize.errors import ConfigurationError

HOLD = """if True:
    import sys, time
    from pathlib import Path
    from experiments.running.lock import results_folder
    with results_folder(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def holding(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def start(pageless):
    def started(*arguments):
        command = [*pageless, *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")

    return started


def test_the_second_is_refused_and_told_which_process_has_the_folder(holding, tmp_path, golden):
    with (
        golden.error(ConfigurationError, varies=f"(?<=process ){holding.pid} on .* since [^;]*"),
        results_folder(tmp_path),
    ):
        pass
    assert (tmp_path / HOLDER).is_file()  # that of the first


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_killed_process_blocks_nobody(holding, tmp_path):
    os.kill(holding.pid, signal.SIGKILL)
    holding.wait()
    with results_folder(tmp_path):
        assert json.loads((tmp_path / HOLDER).read_text(encoding="utf-8"))["process"] == os.getpid()
    assert not (tmp_path / HOLDER).exists()


@pytest.mark.usefixtures("holding")
def test_whatever_stands_in_the_note_of_the_holder_is_only_told(tmp_path, golden):
    (tmp_path / HOLDER).write_text("[]")
    with golden.error(ConfigurationError), results_folder(tmp_path):
        pass


def test_a_second_run_into_the_same_folder_is_refused_and_the_first_is_whole(start, finished, study_file, tmp_path):
    command = ("run", study_file, "--out", tmp_path / "out", "--no-tracking", "--jobs", 1, "--quiet")
    first = start(*command)
    while not (tmp_path / "out" / HOLDER).exists():
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    second = start(*command)
    _, told = second.communicate()
    assert second.returncode == 2
    assert f"process {first.pid} on" in told
    assert "Traceback" not in told
    _, told = first.communicate()
    assert first.returncode == 0, told
    assert (tmp_path / "out" / "features.parquet").read_bytes() == (finished.folder / "features.parquet").read_bytes()


def test_two_runs_at_once_on_one_cache_give_the_same_bytes(start, finished, study_file, tmp_path):
    cache = tmp_path / "cache"
    runs = [
        start("run", study_file, "--out", tmp_path / name, "--cache", cache, "--no-tracking", "--jobs", 1, "--quiet")
        for name in ("one", "two")
    ]
    for run in runs:
        _, told = run.communicate()
        assert run.returncode == 0, told
    for name in ("features.parquet", "reliability.parquet", "strategies.csv", "failures.csv"):
        expected = (finished.folder / name).read_bytes()
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() == expected
    assert len(list(cache.glob("*.json"))) == 2 * 12  # beside the digests of files, and nothing half-written
    assert [path.name for path in cache.iterdir() if path.suffix != ".json"] == [".files"]
    assert not (tmp_path / "one" / "finished").exists()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_told_and_has_a_way_round(golden, tmp_path, monkeypatch, code):
    def none_here(*_args, **_options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(lock.FileLock, "acquire", none_here)
    first, second = lock.results_folder(tmp_path), lock.results_folder(tmp_path)
    with golden.warning(lock.LockWarning, varies=r"(?<=locks \().*(?=\), so)"):
        first.__enter__()
    with (
        pytest.warns(lock.LockWarning),
        golden.error(ConfigurationError, varies=r"(?<=process ).*(?=\); wait)"),
    ):
        second.__enter__()
    first.__exit__(None, None, None)
    assert not (tmp_path / lock.MARKER).exists()


def test_a_folder_that_cannot_be_written_into_is_another_matter(tmp_path, monkeypatch):
    def refused(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(lock.FileLock, "acquire", refused)
    with pytest.raises(PermissionError), lock.results_folder(tmp_path):
        pass
