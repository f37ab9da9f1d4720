"""The features of a cohort's table that a whitelist holds."""

import warnings
from pathlib import Path

import pandas as pd

from evaluation.reading import TableSource
from experiments.analyses.shared.groups import Whitelisted
from experiments.analyses.shared.provenance import cohort_of, refuse_same_data
from harmonize.errors import ConfigurationError
from selection import Cohort, Whitelist, apply_whitelist
from selection.transfer import Applied, TransferWarning, WhitelistRefusedError


def whitelisted(
    path: Path, frame: pd.DataFrame, table: TableSource, chosen: Whitelisted
) -> tuple[tuple[str, ...], list[str]]:
    """Give the features of a table that a whitelist holds, and what there is to say of it.

    Parameters
    ----------
    path : Path
        The whitelist.
    frame : DataFrame
        The rows.
    table : Path or TableInMemory
        Where they come from: run.json beside the features of a run says how they were made.
    chosen : Whitelisted
        With `settings` and `allow`.

    Raises
    ------
    ConfigurationError
        If the whitelist does not hold for the table, with all reasons.
    """
    whitelist = Whitelist.read(path)
    refuse_same_data(f"`whitelist`: {path}", whitelist.data_digest, table)
    cohort = cohort_of(table, chosen.settings, _strategy(frame))
    try:
        applied = apply_quietly(whitelist, frame, cohort, chosen.allow)
    except WhitelistRefusedError as error:
        raise ConfigurationError(f"{path}: {refusal(error)}") from None
    return applied.features, list(applied.warnings)


def apply_quietly(
    whitelist: Whitelist,
    frame: pd.DataFrame,
    cohort: Cohort | None,
    allow: tuple[str, ...],
    place: tuple[str, str] | None = None,
) -> Applied:
    """Apply a whitelist; what it warns of is told as notes instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TransferWarning)
        return apply_whitelist(whitelist, frame, cohort, place=place, allow=allow)


def refusal(error: WhitelistRefusedError, hint: str = "") -> str:
    """Give all reasons why a whitelist does not hold, and the setting that allows it in spite of them."""
    reasons = "".join(f"\n- {one.text}" for one in error.reasons)
    allowing = " ".join(f"`allow={kind}`" for kind in error.kinds)
    return f"the whitelist does not hold for this cohort:{reasons}{hint}\nIf you know better: {allowing}"


def _strategy(frame: pd.DataFrame) -> str | None:
    names = frame["strategy"].unique() if "strategy" in frame else []
    return str(names[0]) if len(names) == 1 else None
