"""What joblib computes, such as the folds of a cross-validation, on the workers of a Dask scheduler."""

import contextlib
from collections.abc import Iterator

import joblib

from experiments.executors.address import refuse_silent_scheduler
from experiments.executors.cluster import Cluster, raise_in_words

WORKERS = 3600.0
"""Seconds to wait for the first worker of a scheduler that has none yet: a queue of a cluster takes its time."""

OWN = ("radharmony", "harmonize", "evaluation", "selection", "experiments")
"""What radharmony is made of."""


@contextlib.contextmanager
def joblib_on(address: str) -> Iterator[None]:
    """Have everything that joblib computes within the context computed on the workers of a Dask scheduler.

    Raises
    ------
    ConfigurationError
        If nobody listens there.
    OutsideError
        If no scheduler answers, or no longer, or one of its workers has other software.
    """
    refuse_silent_scheduler(address)
    with Cluster(address) as cluster:
        cluster.examine_workers()
        with joblib.parallel_config(backend="dask", client=cluster.client, wait_for_workers_timeout=WORKERS):
            try:
                yield
            except Exception as error:
                raise_in_words(error, cluster.lost, OWN)
                raise
