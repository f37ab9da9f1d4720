"""A worker process does not grow with the number of scans."""

import sys

import pytest

from experiments.executors import Processes
from experiments.executors.worker import resident
from experiments.running.scan_task import process_image
from experiments.running.store.finished import Store
from experiments.study.study import Study


@pytest.mark.skipif(sys.platform != "linux", reason="needs to know the memory of a process")
def test_the_memory_of_a_worker_does_not_grow_with_the_number_of_scans(simulated, tmp_path):
    study = Study.from_yaml(simulated)

    def compute(executor, rounds):
        tasks = [([scan], study.strategies, Store(tmp_path / str(i))) for i in rounds for scan in study.scans]
        executor.map(process_image, tasks, print, lambda error, *_: error)
        (held,) = executor.map(resident, [()], print, lambda error: error)
        return held

    with Processes(1) as executor:
        after_24 = compute(executor, range(2))
        after_96 = compute(executor, range(2, 8))
    assert after_24 > 50_000_000
    assert after_96 < after_24 + 20_000_000
