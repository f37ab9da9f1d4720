import json

import pytest

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
    return Survey("study", 48, 48, 48, 0, 0, 0.0, 48 - scans, 0, 0, 0, 1, 1, True, (task,))


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


STAGES = {"register": 1.0, "fit": 5.0, "look": 30.0, "compare": 9.0}


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ({"total": 60.0, "stages": STAGES}, 24.0),
        ({"total": 6.0, "stages": STAGES}, 0.0),
        ({"total": 60.0, "stages": {"compare": 9.0}}, None),
        ({"total": "long", "stages": STAGES}, None),
        ([60.0], None),
    ],
)
def test_the_ends_are_what_the_last_run_took_besides_computing(tmp_path, told, ends):
    (tmp_path / "timings.json").write_text(json.dumps(told), encoding="utf-8")
    assert ends_of_last_run(tmp_path) == ends


def test_timings_that_are_none_tell_nothing(tmp_path):
    assert ends_of_last_run(tmp_path / "absent") is None
    (tmp_path / "timings.json").write_bytes(b"\xff\xfe\x00")
    assert ends_of_last_run(tmp_path) is None


@pytest.mark.usefixtures("no_page")
def test_a_run_leaves_what_the_next_estimate_needs(simulated, tmp_path):
    run_study(Study.from_yaml(simulated), tmp_path, track=False)
    ends = ends_of_last_run(tmp_path)
    assert ends is not None
    assert ends < 600
