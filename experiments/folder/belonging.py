"""Whether a file that somebody names belongs to a run, and is as the run left it."""

from pathlib import Path

from experiments.folder.files import FILES, LOG, RUN
from experiments.folder.kinds import PlaceInRun
from experiments.folder.refused import unfinished
from experiments.folder.run_folder import OF_RUNS, RunFolder
from harmonize.errors import ConfigurationError

PLACES = frozenset(file for file in FILES if isinstance(file, PlaceInRun) and file.sealed and not file.may_go)
"""Folders below that of a run that runs alone write into."""


def check_belonging(file: Path) -> None:
    """Refuse a file of a run that is not finished, or that was changed; any other file passes.

    Parameters
    ----------
    file : Path
        Whatever a command is given.

    Raises
    ------
    ConfigurationError
    """
    for path in dict.fromkeys((file.absolute(), file.resolve())):  # a link and what it leads to
        _check_in(path.parent, path.name)
        if path.parent.name in PLACES:
            _check_in(path.parent.parent, f"{path.parent.name}/{path.name}")


def _check_in(folder: Path, name: str) -> None:
    if name not in OF_RUNS and "/" not in name:
        return  # whatever else somebody keeps there
    if not (folder / RUN).is_file():
        if (folder / LOG).is_file():
            raise ConfigurationError(f"{folder / name}: {unfinished(folder)}")
        return
    run = RunFolder.open(folder)
    if name in OF_RUNS or name in run.files:
        run.check([name])
