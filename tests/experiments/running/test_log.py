import logging
import re
import warnings

import pytest

from experiments.folder.failures import Failure
from experiments.running.log import LOGGER, log_failures, logged, run_log


def lines(path):
    return [line.partition(" ")[2] for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_run_adds_lines_with_the_time(tmp_path):
    path = tmp_path / "run.log"
    for number in range(2):
        with run_log(path):
            LOGGER.info("run %d", number)
    assert lines(path) == ["INFO run 0", "INFO run 1"]
    assert re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO", path.read_text(encoding="utf-8"))
    assert LOGGER.handlers == []


def test_warnings_stand_in_the_log_and_are_still_warned_of(tmp_path, golden):
    with golden.warning(UserWarning), run_log(tmp_path / "run.log"):
        warnings.warn("odd\nthing", UserWarning, stacklevel=1)
    assert lines(tmp_path / "run.log") == ["INFO warning: UserWarning: odd thing"]


@pytest.mark.parametrize(
    ("error", "line"), [(KeyboardInterrupt(), "interrupted"), (ValueError("no\nluck"), "stopped: ValueError: no luck")]
)
def test_how_it_ended_is_told(tmp_path, error, line):
    with pytest.raises(type(error)), run_log(tmp_path / "run.log"):
        raise error
    assert line in lines(tmp_path / "run.log")[0]


def test_stages_are_told_at_either_end_and_once_a_minute(caplog):
    caplog.set_level(logging.INFO, "radharmony")
    seconds = iter(range(0, 1000))
    seen = []
    progress = logged(lambda *told: seen.append(told), lambda: float(next(seconds)))
    for done in range(101):
        progress("scans", done, 100)
    progress("report", 0, 1)
    assert caplog.messages == [
        "scans: started, 100 to do",
        "scans: 60 of 100",
        "scans: 100 done in 100.0 s",
        "report: started, 1 to do",
    ]
    assert len(seen) == 102


def test_a_failure_is_a_line(caplog):
    caplog.set_level(logging.INFO, "radharmony")
    log_failures([Failure("raw", "S1", "T2", "A", "", "/data/s1.nii", "n4", "no\nluck", "look")])
    assert caplog.messages == ["failed: raw, S1, T2, A, n4: no luck"]


def test_a_full_disk_does_not_stop_the_run_through_its_log():
    with run_log("/dev/full"):
        LOGGER.info("x" * 100)
