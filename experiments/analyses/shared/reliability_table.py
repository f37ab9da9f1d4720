"""Reading the reliability table of a study, for what is chosen by it."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.reading import TableFile, TableSource, source_of
from evaluation.tables import RELIABILITY_COLUMNS, RELIABILITY_KEYS, check_reliability_table
from experiments.analyses.shared.reliability_source import read_source
from experiments.folder.belonging import check_belonging
from experiments.folder.files import COEFFICIENTS, OF_A_FEATURE, RELIABILITY
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest

if TYPE_CHECKING:
    from experiments.analyses.reliability.facets import FacetsFound
    from experiments.analyses.reliability.run import ReliabilityFound

KINDS = {**dict.fromkeys(("estimate", "lower", "upper"), "float64"), "n": "int64"}


def read_reliability(given: object, strategy: str | None) -> tuple[TableSource, pd.DataFrame, str, str | None]:
    """Read a reliability table and check it.

    Parameters
    ----------
    given : str, Path, DataFrame, ReliabilityFound or FacetsFound
        A table, also of coefficients of facets, the folder of a run or of `radharmony reliability`, or what
        `run_reliability` or `run_generalizability` gives.
    strategy : str or None
        The strategy that is wanted; None if there is one only.

    Returns
    -------
    file : Path or TableInMemory
        The table's.
    table : DataFrame
        With all strategies.
    strategy : str
        The one wanted.
    digest : str or None
        Of the feature table that a result in memory was computed from; None for any other.

    Raises
    ------
    ConfigurationError
        For what is no reliability table, and a strategy that is not there or not named.
    """
    computed = computed_of(given)
    file = source_of(computed.computed if computed else given)
    if isinstance(file, Path) and file.is_dir():
        _check_run(file)
        file, found = _read_folder(file, strategy)
    elif isinstance(file, Path):
        _check_run(file)
        found = _checked(file)
        _check_run(file)  # a run may have begun to write there meanwhile
    else:
        found = _checked(file)
    known = [str(name) for name in found["strategy"].unique()]
    if strategy is None and len(known) > 1:
        raise ConfigurationError(f"{file}: holds the strategies {', '.join(known)}; name one with `strategy`")
    if strategy is not None and strategy not in known:
        raise ConfigurationError(f"`strategy`: there is no '{strategy}' in {file}; {suggest(strategy, known)}")
    name = strategy or known[0]
    return file, found, name, computed.sources[name]["sha256"] if computed else None


def computed_of(given: object) -> "ReliabilityFound | FacetsFound | None":
    """Give the result of an analysis of reliability; its module and all statistics are imported for one alone."""
    if isinstance(given, str | Path | pd.DataFrame):
        return None
    from experiments.analyses.reliability.facets import FacetsFound
    from experiments.analyses.reliability.run import ReliabilityFound

    return given if isinstance(given, ReliabilityFound | FacetsFound) else None


def _read_folder(folder: Path, strategy: str | None) -> tuple[Path, pd.DataFrame]:
    """Read what a folder has: its reliability table, its coefficients of facets, or both as one table."""
    file = RunFolder(folder).path(RELIABILITY)
    of_facets = COEFFICIENTS.left_in(folder)
    files = [file, *of_facets] if file.is_file() or not of_facets else of_facets
    found = [_checked(path) for path in files]
    _check_run(folder)  # a run may have begun to write there meanwhile
    for name in [str(name) for name in found[0]["strategy"].unique()] if strategy is None else [strategy]:
        made_from = {read_source(path, name) for path in files} - {None}
        if len(made_from) > 1:
            raise ConfigurationError(
                f"{folder}: {' and '.join(path.name for path in files)} were computed from different tables; name the "
                "one that is meant, or compute both anew"
            )
    rows = pd.concat(found, ignore_index=True)  # a run has coefficients of its rule in both
    return files[0], rows.drop_duplicates(list(RELIABILITY_KEYS), ignore_index=True)


def _check_run(path: Path) -> None:
    if path.is_dir() and RunFolder.stands_in(path):
        RunFolder.open(path).check()
    check_belonging(path)


def _checked(path: TableSource) -> pd.DataFrame:
    file = TableFile.open(path)
    try:
        if "coefficient" in file.header and "statistic" not in file.header:
            from evaluation.generalizability.table import as_reliability  # only here: it takes long

            return check_reliability_table(
                as_reliability(file.read((*OF_A_FEATURE, "coefficient", "status")).astype(KINDS))
            )
        absent = [name for name in RELIABILITY_COLUMNS if name not in file.header]
        if absent:
            raise ConfigurationError(
                f"column '{absent[0]}' is missing; expected a table of `radharmony run` or `radharmony reliability`"
            )
        return check_reliability_table(file.read((*RELIABILITY_KEYS, "status")).astype(KINDS))
    except (ConfigurationError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
