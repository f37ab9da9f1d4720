"""The features of a cohort's table that a whitelist holds."""

import warnings
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from evaluation.reading import Rows, TableFile, TableSource, candidates
from evaluation.reading.keys import ALL
from evaluation.tables import FEATURE_KEYS
from experiments.analyses.shared.groups import Whitelisted
from experiments.analyses.shared.provenance import cohort_of, refuse_same_data
from harmonize.errors import ConfigurationError
from selection import Cohort, Whitelist, apply_whitelist
from selection.differences import Difference
from selection.transfer import Applied, TransferWarning, WhitelistRefusedError


def read_whitelist(
    file: TableFile, chosen: Whitelisted, taken: Collection[str]
) -> tuple[Whitelist | None, dict[str, str]]:
    """Read the whitelist that is asked for, if one is, and find its columns as `guessed_columns` does."""
    if chosen.whitelist is None:
        return None, {}
    whitelist = Whitelist.read(chosen.whitelist)
    return whitelist, guessed_columns(file, whitelist, {}, taken)


def whitelisted(
    whitelist: Whitelist, rows: Rows, table: TableSource, chosen: Whitelisted, guessed: Mapping[str, str]
) -> tuple[tuple[str, ...], list[str]]:
    """Give the features of a table that a whitelist holds, and what there is to say of it.

    Parameters
    ----------
    whitelist : Whitelist
    rows : Rows
    table : Path or TableInMemory
        Where they come from: run.json beside the features of a run says how they were made.
    chosen : Whitelisted
        With the path of the list, `settings` and `allow`.
    guessed : mapping of str to str
        By role the columns of sequence and ROI that go by other names, see `guessed_columns`.

    Raises
    ------
    ConfigurationError
        If the whitelist does not hold for the table, with all reasons.
    """
    path = chosen.whitelist
    refuse_same_data(f"`whitelist`: {path}", whitelist.data_digest, table)
    cohort = cohort_of(table, chosen.settings, _strategy(rows.frame))
    try:
        named = rows.frame.rename(columns={column: role for role, column in guessed.items()})
        applied = apply_quietly(whitelist, named, cohort, chosen.allow)
    except WhitelistRefusedError as error:
        raise ConfigurationError(f"{path}: {refusal('the whitelist', error.reasons)}") from None
    notes = [f"whitelist: column '{column}' is taken as the {role}" for role, column in guessed.items()]
    kept = f"whitelist: {len(applied.features)} of {len(rows.features)} features"
    return applied.features, [*notes, *applied.warnings, kept]


def guessed_columns(
    file: TableFile, whitelist: Whitelist, columns: Mapping[str, str], taken: Collection[str] = ()
) -> dict[str, str]:
    """Find the columns of sequence and ROI by their names as `reliability` does, where the whitelist tells several."""
    found: dict[str, str] = {}
    for role, levels in zip(("sequence", "roi"), zip(*whitelist.places, strict=True), strict=False):
        if role in columns or role in file.header or set(levels) == {ALL}:
            continue
        header = [name for name in file.header if name not in whitelist.known]
        likely = candidates(header, role, {*columns.values(), *found.values(), *FEATURE_KEYS, *taken})
        texts = file.original(likely)
        filled = [name for name in likely if (texts[name].astype(str).str.strip() != "").any()]
        found.update({role: filled[0]} if filled else {})
    return found


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


def refusal(what: str, reasons: Sequence[Difference], hint: str = "") -> str:
    """Give all reasons why something does not hold for a cohort, and the setting that allows it in spite of them."""
    told = "".join(f"\n- {one.text}" for one in reasons)
    allowing = " ".join(f"`allow={kind}`" for kind in dict.fromkeys(one.kind for one in reasons))
    return f"{what} does not hold for this cohort:{told}{hint}\nIf you know better: {allowing}"


def _strategy(frame: pd.DataFrame) -> str | None:
    names = frame["strategy"].unique() if "strategy" in frame else []
    return str(names[0]) if len(names) == 1 else None
