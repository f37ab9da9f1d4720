import numpy as np
import SimpleITK as sitk
from threadpoolctl import threadpool_info, threadpool_limits

from experiments.executors import Serial
from experiments.running.store.finished import store_at
from experiments.running.tasks import each


def threads(_):
    blas = [library["num_threads"] for library in threadpool_info()]
    return sitk.ProcessObject.GetGlobalDefaultNumberOfThreads(), set(blas)


def swell(number):
    if number == 1:
        raise MemoryError
    return number


def answers(function, tasks, folder):
    return each(Serial(), function, tasks, store_at(folder), lambda _: None, lambda error, *task: (error.problem, task))


def test_a_task_has_one_thread_where_more_were_allowed(tmp_path):
    """Sums of several threads come in any order, and their last digit with them."""
    np.linalg.svd(np.eye(3))  # so that there is a library to ask
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(2)
    try:
        with threadpool_limits(2):
            assert answers(threads, [(0,), (1,)], tmp_path) == [(1, {1})] * 2
            assert threads(0) == (2, {2})
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def test_answers_come_in_the_order_of_the_tasks(tmp_path):
    assert answers(divmod, [(7, 2), (9, 4), (5, 5)], tmp_path) == [(3, 1), (2, 1), (1, 0)]


def test_a_task_that_is_lost_is_told_as_it_was_given(tmp_path):
    lost = "the worker process ran out of memory, and again when this was tried alone"
    assert answers(swell, [(0,), (1,), (2,)], tmp_path) == [0, (lost, (1,)), 2]
