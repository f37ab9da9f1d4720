"""How large the measurement error of features is: from a folder of `radharmony reliability`, a run, or a table."""

from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.claims.measurement_error import COLUMNS, KEYS, NUMBERS, RAW, measurement_error_table
from evaluation.reading import TableFile, TableSource, source_of
from evaluation.reliability.status import Status
from evaluation.tables import ALL_CONDITIONS, RELIABILITY_COLUMNS
from experiments.folder.belonging import check_belonging
from experiments.folder.files import FEATURES, RELIABILITY
from experiments.folder.kinds import RunTable
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError

AGAIN = "run `radharmony reliability` again"
MEASUREMENT_ERROR = RunTable(
    "measurement_error.parquet",
    texts=[name for name in COLUMNS if name not in NUMBERS],
    numbers=NUMBERS,
    advice=AGAIN,
)
LEVEL = 0.95
"""Of the limits of a reliability table, which does not say it."""
STATISTICS = {"rc": "rc", "rdc": "rdc", "mdc": "mdc", "wcv_log": "wcv"}
"""Rows of a reliability table, and the columns that they make."""


def read_measurement_error(given: object) -> tuple[TableSource, pd.DataFrame]:
    """Read what `measurement_error_table` gives, or compute it of a run's features.

    Parameters
    ----------
    given : str, Path or DataFrame
        The folder of `radharmony reliability` or of a run; measurement_error.parquet; or a reliability table with the
        statistic ``rc`` or ``rdc``, which tells neither the scale nor the range of the features.

    Returns
    -------
    source : Path or TableInMemory
        The table, for what is said of how its features were made.
    errors : DataFrame

    Raises
    ------
    ConfigurationError
        For anything else.
    """
    source = source_of(given)
    if isinstance(source, Path) and source.is_dir():
        folder = RunFolder(source)
        if folder.path(MEASUREMENT_ERROR).is_file():
            return folder.path(RELIABILITY), MEASUREMENT_ERROR.read(source)
        run = RunFolder.open(source)  # says what is wrong with a folder that is none
        run.check()
        return run.path(FEATURES), measurement_error_table(run.features)
    if isinstance(source, Path):
        check_belonging(source)
    file = TableFile.open(source)
    if set(COLUMNS) <= set(file.header):
        table = file.read([name for name in COLUMNS if name not in NUMBERS])
        beside = RunFolder(source.parent).path(RELIABILITY) if isinstance(source, Path) else source
        return beside, table.astype(dict.fromkeys(NUMBERS, "float64"))
    if set(RELIABILITY_COLUMNS) <= set(file.header):
        texts = [name for name in RELIABILITY_COLUMNS if name not in ("estimate", "lower", "upper", "n")]
        numbers = dict.fromkeys(("estimate", "lower", "upper", "n"), "float64")
        return source, _of_statistics(file.read(texts).astype(numbers), str(source))
    raise ConfigurationError(
        f"{source}: is neither {MEASUREMENT_ERROR} nor a reliability table; expected what `radharmony reliability` "
        "writes of subjects that did not change, or the folder of a run"
    )


def _of_statistics(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Take the coefficients of a reliability table; neither scale nor range of the features are known then."""
    rows = table[(table["condition"] == ALL_CONDITIONS) & table["statistic"].isin([*STATISTICS, "rc_log_upper"])]
    if not rows["statistic"].isin(["rc", "rdc"]).any():
        raise ConfigurationError(
            f"{where}: has no statistic 'rc' or 'rdc'; compute it with `statistics=rc`, or name the folder that "
            "`radharmony reliability` wrote"
        )
    wide = rows.pivot_table(
        index=list(KEYS), columns="statistic", values=["estimate", "lower", "upper"], sort=False, dropna=False
    )
    found = pd.DataFrame(index=wide.index)
    for part, end in (("estimate", ""), ("lower", "_lower"), ("upper", "_upper")):
        for name, column in STATISTICS.items():
            found[f"{column}{end}"] = wide.get((part, name), np.nan)
        rise = wide.get((part, "rc_log_upper"), np.nan)
        found[f"rc_log{end}"] = np.log1p(rise / 100)
    known = rows.drop_duplicates(list(KEYS)).set_index(list(KEYS))["n"]
    found = found.assign(n=known, level=LEVEL, scale=RAW, status=str(Status.OK)).reset_index()
    return found.reindex(columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, "float64"))
