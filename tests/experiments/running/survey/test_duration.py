import pytest

from experiments.running.log import log_end, log_start, logged, run_log
from experiments.running.runner import run_study
from experiments.running.survey.duration import (
    START_OF_PROGRAM,
    START_OF_WORKERS,
    Duration,
    duration,
    ends_of_last_run,
)
from experiments.running.survey.tasks import EXTRACTION, Survey, Task
from experiments.study.study import Study


def left(scans, seconds):
    """A plan with so many scans left for one strategy that take so many seconds."""
    task = Task(EXTRACTION, {}, (), ("raw",), scans, seconds)
    return Survey("study", 48, 48, 0, 0, 48 - scans, 0, 0, 0, 1, 1, True, (task,))


def test_processes_share_whole_scans():
    start = START_OF_PROGRAM + START_OF_WORKERS
    assert duration(left(4, 12.0), 2, 7.0) == Duration(6.0, 2, start, 7.0)
    assert duration(left(3, 12.0), 2) == Duration(8.0, 2, start, None)  # one of them does two
    assert duration(left(1, 12.0), 8) == Duration(12.0, 1, start, None)
    assert duration(left(0, 0.0), 2) == Duration(0.0, 0, START_OF_PROGRAM, None)


def test_the_total_is_what_is_known():
    assert Duration(6.0, 2, 5.0, 7.0).total == 18.0
    assert Duration(6.0, 2, 5.0, None).to_mapping() == {
        **{"computing": 6.0, "processes": 2, "start": 5.0, "ends": None},
        "total": 11.0,
    }


FIRST = """2026-11-22T18:00:00Z INFO run started: a, 48 scans, strategies raw, computed in 2 worker processes
2026-11-22T18:00:00Z INFO set-up: started, 1 to do
2026-11-22T18:00:07Z INFO set-up: 1 done in 7.0 s
2026-11-22T18:00:12Z INFO cohort: 24 done in 5.0 s
2026-11-22T18:00:13Z INFO cohort: 24 done in 1.5 s
2026-11-22T18:00:43Z INFO scans: 48 done in 29.5 s
2026-11-22T18:00:50Z INFO statistics: 9 done in 7.0 s
2026-11-22T18:01:00Z INFO run finished: 48 scans, 0 results taken over, 0 failures
"""
STOPPED = """2026-11-23T10:00:00Z INFO run started: a, 48 scans, strategies raw, computed in 2 worker processes
2026-11-23T10:00:09Z INFO scans: 48 done in 9.0 s
2026-11-23T10:00:10Z INFO interrupted; finished work is kept
"""
OVER_MIDNIGHT = """2026-11-23T23:59:50Z INFO run started: a, 48 scans, strategies raw, computed in 2 worker processes
2026-11-23T23:59:53Z INFO scans: 48 done in 3.0 s
2026-11-24T00:00:10Z INFO run finished: 48 scans, 48 results taken over, 0 failures
"""


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        (FIRST, 60 - 5 - 1.5 - 29.5),
        (FIRST + STOPPED, 24.0),
        (FIRST + STOPPED + OVER_MIDNIGHT, 17.0),
        (STOPPED, None),
        ("", None),
        ("2026-11-22T18:01:00Z INFO run finished: 1 scans\n", None),
        (FIRST.replace("18:01:00Z", "18:61:00Z"), None),
        (FIRST.replace("29.5 s", "9999.5 s"), 0.0),
    ],
)
def test_the_ends_are_those_of_the_last_run_that_came_to_its_end(tmp_path, text, ends):
    (tmp_path / "run.log").write_text(text, encoding="utf-8")
    assert ends_of_last_run(tmp_path / "run.log") == ends


def test_a_log_that_is_none_tells_nothing(tmp_path):
    assert ends_of_last_run(tmp_path / "absent") is None
    (tmp_path / "run.log").write_bytes(b"\xff\xfe\x00")
    assert ends_of_last_run(tmp_path / "run.log") is None


def test_lines_as_a_run_logs_them_are_understood(tmp_path):
    path = tmp_path / "run.log"
    with run_log(path):
        log_start("a", 3, ["raw"], "in this process", {"python": "3"})
        clock = iter([0.0, 0.0, 0.0, 600.0]).__next__
        progress = logged(lambda *_: None, clock)
        progress("statistics", 0, 1)
        progress("scans", 0, 3)
        log_end(3, 0, 0)
    assert ends_of_last_run(path) in (0.0, 1.0)  # at most a second passes
    with run_log(path):
        progress("scans", 1, 3)
        progress("scans", 3, 3)
    assert "scans: 3 done in 600.0 s" in path.read_text(encoding="utf-8")


def test_a_run_leaves_what_the_next_estimate_needs(simulated, tmp_path):
    run_study(Study.from_yaml(simulated), tmp_path, track=False)
    ends = ends_of_last_run(tmp_path / "run.log")
    assert ends is not None
    assert ends < 600
