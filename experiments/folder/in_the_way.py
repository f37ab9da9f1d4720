"""What stands in the place of a file of a run and cannot be written over."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from experiments.folder.files import FILES, FINISHED, INTERMEDIATES, PICTURES, TRACKING
from experiments.folder.kinds import PlaceInRun
from harmonize.errors import ConfigurationError

ENDINGS = (".csv", ".html", ".json", ".md", ".parquet", ".svg", ".tex", ".tfm")
"""How the names of files end that a run leaves in folders below its own."""
OTHERS = (FINISHED, INTERMEDIATES, PICTURES, TRACKING)
"""Whose content is looked after where it is written."""


def refuse_in_the_way(folder: Path, *added: PlaceInRun) -> None:
    """Refuse a folder where a file of a run is to stand, and a file where a folder is, before anything is written.

    Parameters
    ----------
    folder : Path
        That of the run, which need not be there yet.
    *added : PlaceInRun
        Folders of it that an analysis is about to add.

    Raises
    ------
    ConfigurationError
        With the first of them, and what to do.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     refuse_in_the_way(Path(place))
    """
    files = (*FILES, *added)
    for path in _files(folder, files):
        if path.is_dir() and not path.is_symlink():
            raise ConfigurationError(f"{path}: is a folder where a file of the run is to stand; move or remove it")
    for file in files:
        path = folder / file
        if isinstance(file, PlaceInRun) and file != FINISHED and path.exists() and not path.is_dir():
            raise ConfigurationError(f"{path}: is a file where a folder of the run is to stand; move or remove it")


def _files(folder: Path, files: Iterable[str]) -> Iterator[Path]:
    """Give what bears the name of a file of a run, those in folders below by what they end in."""
    for file in files:
        if file in OTHERS:
            continue
        if not isinstance(file, PlaceInRun):
            yield folder / file
        elif (folder / file).is_dir():
            yield from (path for path in sorted((folder / file).iterdir()) if path.suffix in ENDINGS)
