"""The time that a task has."""

import time

import pytest
from click.testing import CliRunner

from experiments.cli.run import run
from experiments.executors import Serial
from experiments.executors.limit import OutOfTime, limited


def spin(number):
    while number:
        try:
            time.sleep(0.001)
        except Exception:  # what guards against any error does not swallow the end of the time
            number = 0
    return number


def test_in_this_process_a_task_ends_where_it_is_in_python():
    with Serial() as executor:
        executor.limit = 0.2
        found = executor.map(spin, [(0,), (1,), (0,)], lambda _: None, lambda error, *_: error.problem)
    assert found[::2] == [0, 0]
    assert "this took more than" in found[1]


def test_a_task_within_its_time_is_left_alone():
    with limited(0.05):
        pass
    time.sleep(0.1)  # nothing comes after the end
    with limited(None):
        time.sleep(0.01)


def test_the_time_of_one_task_is_not_that_of_the_next():
    for _ in range(3):
        with limited(0.5):
            time.sleep(0.2)
    with pytest.raises(OutOfTime), limited(0.01):
        time.sleep(0.1)


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf"])
def test_a_limit_that_is_none_is_refused(minutes):
    ran = CliRunner().invoke(run, ["study.yaml", "--out", "out", "--time-limit", minutes])
    assert ran.exit_code == 2
    assert "expected minutes above 0" in ran.output
