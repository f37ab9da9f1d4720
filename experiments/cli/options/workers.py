"""The options that say where a command computes."""

import math
import os
from contextlib import AbstractContextManager, nullcontext

import click

from harmonize.errors import ConfigurationError

NOT_BOTH = "--scheduler and --jobs exclude each other: a cluster has the workers that it has"


def _jobs(ctx: click.Context, _param: click.Parameter, value: int | None) -> int:
    if value is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if value < 1:
        raise click.BadParameter(f"expected 1 or more, found {value}")
    if ctx.params.get("scheduler") is not None:
        raise click.UsageError(NOT_BOTH)
    return value


jobs_option = click.option(
    "--jobs", type=int, callback=_jobs, help="Worker processes side by side [default: one a core]."
)


def _seconds(_ctx: click.Context, _param: click.Parameter, minutes: float) -> float:
    if not (math.isfinite(minutes) and minutes > 0):
        raise click.BadParameter(f"expected minutes above 0, found {minutes:g}")
    return minutes * 60


time_limit_option = click.option(
    "--time-limit",
    type=float,
    metavar="MINUTES",
    default=120.0,
    show_default=True,
    callback=_seconds,
    help="How long one scan may take; one that exceeds it is a failure, and the others go on.",
)


def _scheduler(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and ctx.get_parameter_source("jobs") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError(NOT_BOTH)
    if value is not None:
        from experiments.executors.address import check_address

        try:
            check_address(value)
        except ConfigurationError as error:
            raise click.BadParameter(str(error)) from error
    return value


scheduler_option = click.option(
    "--scheduler",
    metavar="ADDRESS",
    callback=_scheduler,
    help="Compute on the workers of a Dask scheduler, such as tcp://127.0.0.1:8786, instead.",
)


def joblib_workers(scheduler: str | None) -> AbstractContextManager[None]:
    """Give a context in which joblib computes on the workers of a scheduler; one that changes nothing for none.

    `n_jobs` is without effect within: a cluster has the workers that it has.
    """
    if scheduler is None:
        return nullcontext()
    from experiments.executors.joblib_backend import joblib_on

    return joblib_on(scheduler)
