import os

import pytest

from experiments.running.parallel import side_by_side
from harmonize.errors import RadharmonyError


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_keep_the_order_of_the_tasks(jobs):
    counts = []
    assert side_by_side(pow, [(i, 2) for i in range(7)], jobs, counts.append) == [i**2 for i in range(7)]
    assert counts == list(range(1, 8))


def test_no_task():
    assert side_by_side(pow, [], 1, print) == []


def test_a_dead_worker_is_said_so():
    with pytest.raises(
        RadharmonyError, match=r"(?s)a worker process died .* run the same command again, with --jobs 1"
    ):
        side_by_side(os._exit, [(3,), (3,)], 2, print)
