"""MLflow's own page of a run, by its own server, in a real browser."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
def shown(finished, tmp_path):
    """The command for a copy of a finished run, as a process that a terminal would end by Ctrl-C; its page."""
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    command = [sys.executable, "-m", "radharmony", "ui", folder, "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        yield process, process.stdout.readline().strip()
        process.terminate()  # a kill would leave the server
        process.wait(60)


def ended_with_its_server(process, sign):
    """End it by a signal, and ask whether all that it started has ended."""
    psutil = pytest.importorskip("psutil", reason="finds the processes that it started")
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    os.kill(process.pid, sign)
    assert process.wait(60) == 0
    assert process.stderr.read() == "Ctrl-C ends it\n"
    return not [one for one in children if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_it_and_the_server(shown):
    process, page = shown
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/#/experiments/1/runs\?.*", page)
    assert ended_with_its_server(process, signal.SIGINT)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_the_page_opens_at_the_strategies_with_the_columns_that_matter(shown, tmp_path):
    """It opened at a page about language models, which is empty, and without a single number."""
    process, page = shown
    done = subprocess.run(
        [
            str(BROWSER),
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--window-size=1900,900", "--virtual-time-budget=20000", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--dump-dom", page),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    columns = dict.fromkeys(re.findall(r'col-id="metrics\.`(\w+)`"', done.stdout))
    assert {"robust_share", "whitelist_size", "icc_median", "ccc_median"} <= {*columns}
    assert "raw: no steps" in done.stdout
    assert "zscore: zscore" in done.stdout
    if sys.platform != "win32":
        assert ended_with_its_server(process, signal.SIGTERM)


def test_what_is_no_run_is_refused(radharmony, tmp_path):
    ended = radharmony("ui", tmp_path)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
