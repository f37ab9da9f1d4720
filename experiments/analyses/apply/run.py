"""The application of a whitelist: the table of another cohort, and every reason why the list may not hold for it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.reading import Table, TableFile
from evaluation.reading.columns import feature_values
from evaluation.reading.doubts import names_a_feature
from evaluation.tables import FEATURE_KEYS
from experiments.analyses.apply.settings import ApplicationSettings
from experiments.analyses.select.run import SelectionFound
from experiments.analyses.shared.provenance import cohort_of
from experiments.analyses.shared.table_files import given_table
from experiments.analyses.shared.whitelisted import apply_quietly, guessed_columns, refusal
from experiments.folder.belonging import check_belonging
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown, suggest
from harmonize.inputs.files import one_look
from harmonize.inputs.paths import as_path
from harmonize.printed import Printed
from selection import Whitelist
from selection.transfer import Applied, WhitelistRefusedError


@dataclass(frozen=True, repr=False)
class ApplicationFound(Printed):
    """A reduced table, or one for each sequence and ROI.

    Parameters
    ----------
    parts : mapping of tuple of str to Applied
        By sequence and ROI where each has a table of its own; by nothing where there is one.
    original : DataFrame
        What is no feature, as it stands in the file.
    columns : mapping of str to str
        What the table calls sequence and ROI.
    notes : tuple of str
        What was left out, and which columns were guessed.
    """

    parts: dict[tuple[str, ...], Applied]
    original: pd.DataFrame
    columns: dict[str, str]
    notes: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """In what the table differs from what the whitelist was made for, in any part."""
        return tuple(dict.fromkeys(text for part in self.parts.values() for text in part.warnings))

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give the rows and features of each part, below what there is to say of them."""
        rows = [
            {
                "part": " / ".join(names) or "all",
                "rows": str(len(part.table)),
                "features": str(len(part.features)),
                "left out": str(len(part.left_out)),
            }
            for names, part in self.parts.items()
        ]
        said = [*(f"note: {text}" for text in self.notes), *(f"warning: {text}" for text in self.warnings)]
        return "\n".join(["whitelist applied", *said]), pd.DataFrame(rows)


@one_look()
def run_application(
    whitelist: str | Path | Whitelist | SelectionFound, table: Table, settings: ApplicationSettings | None = None
) -> ApplicationFound:
    """Keep the features of a table that a whitelist holds; `write_applied` writes what is left.

    Parameters
    ----------
    whitelist : str, Path, Whitelist or SelectionFound
        A whitelist as JSON, or in memory as `run_selection` gives it.
    table : str, Path or DataFrame
        Features of another cohort: CSV or Parquet of any tool, or what pandas has in memory.
    settings : ApplicationSettings, optional

    Raises
    ------
    ConfigurationError
        If the features were made with other settings, nothing says how, or one is absent, with every reason.
    """
    settings, source = settings or ApplicationSettings(), given_table(table)
    rules = _whitelist(whitelist)
    settings.check_files()
    if settings.contrast is not None:
        rules = rules.under(settings.contrast)
    columns = {role: name for role, name in (("sequence", settings.sequence), ("roi", settings.roi)) if name}
    file = TableFile.open(source, settings.decimal)
    guessed = guessed_columns(file, rules, columns)
    frame, original = _read(file, rules, {**columns, **guessed}, settings.decimal)
    frame, strategy, notes = _of_strategy(frame, rules, settings.strategy)
    notes = (
        *(f"column '{name}' is taken as the {role}; name another with `{role}`" for role, name in guessed.items()),
        *notes,
    )
    cohort = cohort_of(source, settings.settings, strategy)
    applied = {}
    for names, part in _parts(frame, settings.separate).items():
        try:
            applied[names] = apply_quietly(rules, part, cohort, settings.allow, settings.place)
        except WhitelistRefusedError as error:
            hint = "\n`settings` says how the features were made." if cohort is None else ""
            raise ConfigurationError(refusal("the whitelist", error.reasons, hint)) from None
    return ApplicationFound(applied, original, {**columns, **guessed}, notes)


def _whitelist(given: object) -> Whitelist:
    """Take a whitelist as people hand it in."""
    if isinstance(given, SelectionFound):
        return given.whitelist
    if isinstance(given, Whitelist):
        return given
    path = as_path(given, "whitelist (or a Whitelist)")
    check_belonging(path)
    return Whitelist.read(path)


def _read(
    file: TableFile, whitelist: Whitelist, columns: dict[str, str], decimal: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the table with numbers in the features, under the names of the roles, and what is no feature as it came."""
    path = file.path
    for role, column in columns.items():
        refuse_unknown([column], file.header, f"`{role}`", "there is no column")
        if column != role and role in file.header:
            raise ConfigurationError(f"`{role}`: {path} also has a column '{role}'; remove or rename one of both")
    texts = {*FEATURE_KEYS, *columns.values()}
    frame = file.read(name for name in file.header if name in texts)
    passing, failing = (
        {name for rois in lists.values() for names in rois.values() for name in names}
        for lists in (whitelist.features, whitelist.failing)
    )
    named = [name for name in file.header if name in passing]
    try:
        values = feature_values(frame, named, file.place, decimal)
    except ConfigurationError as error:
        reason = str(error).replace(", or leave the feature out with `exclude`", "")
        raise ConfigurationError(f"{path}: {reason}") from None
    frame = frame.assign(**{name: values[name] for name in named}) if named else frame
    others = [name for name in file.header if not (name in passing | failing or names_a_feature(name))]
    original = file.original(others)
    frame = frame.assign(**{name: original[name] for name in others if name not in texts})
    return frame.rename(columns={column: role for role, column in columns.items()}), original


def _of_strategy(
    table: pd.DataFrame, whitelist: Whitelist, wanted: str | None
) -> tuple[pd.DataFrame, str | None, tuple[str, ...]]:
    """Keep the rows of one strategy, and say so."""
    if "strategy" not in table.columns:
        return table, wanted, ()
    known = [str(name) for name in table["strategy"].unique()]
    if wanted is None:
        wanted = known[0] if len(known) == 1 else whitelist.strategy
    if wanted not in known:
        raise ConfigurationError(
            f"the table has no strategy '{wanted}' but {', '.join(known)}; name one with `strategy` "
            f"({suggest(wanted, known)})"
        )
    others = ", ".join(name for name in known if name != wanted)
    notes = (f"strategy '{wanted}' only; the table also holds {others}",) if others else ()
    return table[table["strategy"] == wanted], wanted, notes


def _parts(table: pd.DataFrame, separate: bool) -> dict[tuple[str, ...], pd.DataFrame]:
    """Give the table, or its part of each sequence and ROI."""
    by = [name for name in ("sequence", "roi") if name in table.columns]
    if not separate or not by:
        return {(): table}
    return {tuple(map(str, names)): part for names, part in table.groupby(by, sort=True)}
