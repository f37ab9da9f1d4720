"""Programs of this computer that strategies name: nothing is run that whoever starts a run has not allowed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from evaluation.extraction.extractors import check_engine
from evaluation.extraction.pyradiomics import check_installed
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.errors import ConfigurationError, ScanError
from harmonize.steps import ExternalCommand


def with_commands(study: Study, *, allowed: bool) -> Study:
    """Give a study whose commands may run, with the digests of their programs.

    Raises
    ------
    ConfigurationError
        Where there are commands and they are not allowed, or a program is missing or another than the study names.
    """
    named = [(one.name, step) for one in study.strategies for step in one.steps if isinstance(step, ExternalCommand)]
    if named and not allowed:
        name, step = named[0]
        raise ConfigurationError(
            f"strategies: {name}: command: would run '{' '.join(step.run)}' on this computer; look whether you trust "
            "the study with that, and give `allow_commands`"
        )
    return replace(study, strategies=tuple(map(with_programs, study.strategies)))


def check_engines(study: Study) -> None:
    """Raise `ConfigurationError` where a strategy's features need PyRadiomics or MIRP, and it is not there."""
    for one in study.strategies:
        try:
            check_engine(one.extraction.engine)
            if one.extraction.engine == "pyradiomics":
                check_installed()
        except (ScanError, ConfigurationError) as error:
            raise ConfigurationError(f"strategies: {one.name}: {error}") from error


def with_programs(strategy: Strategy) -> Strategy:
    """Give a strategy whose commands know the digests of their programs, and may run; raises as `with_commands`."""
    try:
        return _changed(strategy, ExternalCommand.allowed)
    except ConfigurationError as error:
        raise ConfigurationError(f"strategies: {strategy.name}: {error}") from error


def in_folder(strategy: Strategy, folder: Path) -> Strategy:
    """Give a strategy whose commands look for files in a folder."""
    return _changed(strategy, lambda step: replace(step, folder=str(folder)))


def _changed(strategy: Strategy, change: Callable[[ExternalCommand], ExternalCommand]) -> Strategy:
    steps = tuple(change(step) if isinstance(step, ExternalCommand) else step for step in strategy.steps)
    return replace(strategy, steps=steps)
