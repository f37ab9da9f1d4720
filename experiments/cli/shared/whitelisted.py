"""The features of a cohort's table that a whitelist holds."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.cli.shared.provenance import cohort_of, refuse_same_data
from harmonize.errors import ConfigurationError
from selection import Whitelist, apply_whitelist
from selection.transfer import TransferWarning, WhitelistRefusedError


def whitelisted(
    path: Path, frame: pd.DataFrame, table: Path, options: Mapping[str, Any]
) -> tuple[tuple[str, ...], list[str]]:
    """Give the features of a table that a whitelist holds, and what there is to say of it.

    Parameters
    ----------
    path : Path
        The whitelist.
    frame : DataFrame
        The rows.
    table : Path
        Where they come from: run.json beside the features of a run says how they were made.
    options : mapping
        With `settings` and `allow`.

    Raises
    ------
    ConfigurationError
        If the whitelist does not hold for the table, with all reasons.
    """
    whitelist = Whitelist.read(path)
    refuse_same_data(f"--whitelist: {path}", whitelist.data_digest, table)
    cohort = cohort_of(table, options["settings"], _strategy(frame))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TransferWarning)  # told as notes
        try:
            applied = apply_whitelist(whitelist, frame, cohort, allow=options["allow"])
        except WhitelistRefusedError as error:
            allowing = " ".join(f"--allow {kind}" for kind in error.kinds)
            raise ConfigurationError(f"{path}: {error}\nOn the command line: {allowing}") from None
    return applied.features, list(applied.warnings)


def _strategy(frame: pd.DataFrame) -> str | None:
    names = frame["strategy"].unique() if "strategy" in frame else []
    return str(names[0]) if len(names) == 1 else None
