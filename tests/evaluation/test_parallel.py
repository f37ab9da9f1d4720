import os
from functools import partial

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from evaluation.parallel import in_parallel
from harmonize.errors import RadharmonyError


def times(factor, number):
    return factor * number


def threads(_):
    return [library["num_threads"] for library in threadpool_info()]


def die(number):
    os._exit(number)


@pytest.mark.parametrize("jobs", [None, 1, 2])
def test_results_come_in_the_order_of_the_items(jobs):
    assert in_parallel(partial(times, 3), range(20), jobs) == list(range(0, 60, 3))
    assert in_parallel(partial(times, 3), [], jobs) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_counts_from_nothing_to_the_end(jobs):
    seen = []
    in_parallel(abs, range(4), jobs, lambda *step: seen.append(step))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_each_task_computes_on_one_thread():
    import numpy as np

    np.linalg.svd(np.eye(3))  # so that there is a library to ask
    with threadpool_limits(2):
        assert 2 in threads(0)
        found = in_parallel(threads, [0])[0]
    assert found
    assert set(found) == {1}


def test_an_error_of_a_task_is_raised_as_it_is():
    with pytest.raises(ZeroDivisionError):
        in_parallel(partial(divmod, 1), [1, 0], 2)


def test_a_process_that_dies_is_no_result(golden):
    with golden.error(RadharmonyError, varies=r"(?<=died \().*(?=\);)"):
        in_parallel(die, [1, 2], 2)
