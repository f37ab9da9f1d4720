"""`radharmony apply`: the whitelisted features of another cohort, or the reasons why not."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli.options.cohort import allow_option, settings_option
from experiments.cli.options.common import decimal_option, quiet_option
from experiments.cli.options.values import FILE, FILE_THAT_EXISTS
from experiments.cli.shared.damage import refusing_damage

if TYPE_CHECKING:
    import pandas as pd

    from selection import Cohort, Whitelist
    from selection.transfer import Applied


def _place(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    sequence, slash, roi = value.partition("/")
    if not slash:
        raise click.BadParameter(f"expected SEQUENCE/ROI, found '{value}'")
    return sequence.strip(), roi.strip()


@click.command
@click.argument("whitelist", type=FILE_THAT_EXISTS)
@click.argument("table", type=FILE_THAT_EXISTS)
@click.option("--out", required=True, type=FILE, help="A .csv or .parquet file.")
@settings_option(
    "How the features of TABLE were made: run.json, or a PyRadiomics parameter file [default: run.json beside "
    "features.parquet of a run]."
)
@allow_option("Apply it in spite of such a difference, with a warning.")
@click.option(
    "--strategy", metavar="NAME", help="Which strategy of TABLE [default: the whitelist's, if it has several]."
)
@click.option("--sequence", metavar="COLUMN", help="Column of TABLE [default: sequence].")
@click.option("--roi", metavar="COLUMN", help="Column of TABLE [default: roi].")
@click.option(
    "--place", metavar="SEQUENCE/ROI", callback=_place, help="Use this list of the whitelist for all of TABLE."
)
@click.option("--contrast", metavar="CONDITION", help="Use the lists of this compared condition.")
@decimal_option
@click.option("--separate", is_flag=True, help="Write a file for each sequence and ROI, with all that passes there.")
@quiet_option
@refusing_damage
def apply(
    whitelist: Path,
    table: Path,
    out: Path,
    settings: Path | None,
    allow: tuple[str, ...],
    strategy: str | None,
    sequence: str | None,
    roi: str | None,
    place: tuple[str, str] | None,
    contrast: str | None,
    decimal: str | None,
    separate: bool,
    quiet: bool,
) -> None:
    """Keep the features of TABLE that WHITELIST holds.

    Refused with exit code 2 and every reason if the features of TABLE were made with other settings than those of the
    whitelist, or lack one that it holds. Other names of sequences, ROIs or conditions give a warning. All columns that
    are no features are carried along.
    """
    from evaluation.tables import FEATURE_KEYS
    from experiments.cli.shared.provenance import cohort_of
    from experiments.cli.shared.tables import SUFFIXES, is_table, with_types, write_table
    from harmonize.errors import ConfigurationError
    from selection import Whitelist

    if not is_table(out):
        raise ConfigurationError(f"--out: {out}: expected a name ending in {' or '.join(SUFFIXES)}")
    rules = Whitelist.read(whitelist)
    if contrast is not None:
        rules = rules.under(contrast)
    columns = {role: name for role, name in (("sequence", sequence), ("roi", roi)) if name}
    features, original = _read(table, rules, columns, decimal)
    features, strategy = _of_strategy(features, rules, strategy)
    cohort = cohort_of(table, settings, strategy)
    for path, part in _parts(features, out, separate):
        applied = _apply(rules, part, cohort, place, allow)
        written = _as_it_came(applied.table.rename(columns=columns), original)
        if path.suffix.lower() != ".csv":
            plain = [name for name in written if name in original and name not in (*FEATURE_KEYS, *columns.values())]
            written = written.assign(**{name: with_types(written[name]) for name in plain})
        write_table(path, written)
        for text in applied.warnings:
            click.echo(f"warning: {text}", err=True)
        if not quiet:
            _show(applied, path)


def _read(
    path: Path, whitelist: "Whitelist", columns: dict[str, str], decimal: str | None
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Give the table with numbers in the features, under the names of the roles, and what is no feature as it came."""
    from evaluation.reading.columns import feature_values
    from evaluation.reading.doubts import names_a_feature
    from evaluation.reading.files import TableFile
    from evaluation.tables import FEATURE_KEYS
    from harmonize.errors import ConfigurationError
    from harmonize.inputs.configuration import suggest

    file = TableFile.open(path, decimal)
    for role, column in columns.items():
        if column not in file.header:
            raise ConfigurationError(f"--{role}: there is no column '{column}'; {suggest(column, file.header)}")
        if column != role and role in file.header:
            raise ConfigurationError(f"--{role}: {path} also has a column '{role}'; remove or rename one of both")
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
        reason = str(error).replace(", or leave the feature out with --exclude", "")
        raise ConfigurationError(f"{path}: {reason}") from None
    frame = frame.assign(**{name: values[name] for name in named}) if named else frame
    others = [name for name in file.header if not (name in passing | failing or names_a_feature(name))]
    original = file.original(others)
    frame = frame.assign(**{name: original[name] for name in others if name not in texts})
    return frame.rename(columns={column: role for role, column in columns.items()}), original


def _as_it_came(table: "pd.DataFrame", original: "pd.DataFrame") -> "pd.DataFrame":
    """Put every column that is no feature back, letter by letter."""
    came = {name: original.loc[table.index, name] for name in table.columns if name in original}
    return table.assign(**came).reset_index(drop=True)


def _of_strategy(
    table: "pd.DataFrame", whitelist: "Whitelist", wanted: str | None
) -> tuple["pd.DataFrame", str | None]:
    """Keep the rows of one strategy, and say so."""
    from harmonize.errors import ConfigurationError
    from harmonize.inputs.configuration import suggest

    if "strategy" not in table.columns:
        return table, wanted
    known = [str(name) for name in table["strategy"].unique()]
    if wanted is None:
        wanted = known[0] if len(known) == 1 else whitelist.strategy
    if wanted not in known:
        raise ConfigurationError(
            f"the table has no strategy '{wanted}' but {', '.join(known)}; name one with --strategy "
            f"({suggest(wanted, known)})"
        )
    if len(known) > 1:
        click.echo(
            f"strategy '{wanted}' only; the table also holds {', '.join(name for name in known if name != wanted)}",
            err=True,
        )
    return table[table["strategy"] == wanted], wanted


def _parts(table: "pd.DataFrame", out: Path, separate: bool) -> list[tuple[Path, "pd.DataFrame"]]:
    """Give the table, or its part of each sequence and ROI, with the file that each goes to."""
    from experiments.folder.file_names import unique_names

    by = [name for name in ("sequence", "roi") if name in table.columns]
    if not separate or not by:
        return [(out, table)]
    parts = {tuple(map(str, names)): part for names, part in table.groupby(by, sort=True)}
    words = unique_names(parts)
    return [(out.with_name(f"{out.stem}_{words[names]}{out.suffix}"), part) for names, part in parts.items()]


def _apply(
    whitelist: "Whitelist",
    table: "pd.DataFrame",
    cohort: "Cohort | None",
    place: tuple[str, str] | None,
    allow: tuple[str, ...],
) -> "Applied":
    from harmonize.errors import ConfigurationError
    from selection import apply_whitelist
    from selection.transfer import TransferWarning, WhitelistRefusedError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TransferWarning)  # printed instead
        try:
            return apply_whitelist(whitelist, table, cohort, place=place, allow=allow)
        except WhitelistRefusedError as error:
            reasons = "".join(f"\n- {one.text}" for one in error.reasons)
            allowing = " ".join(f"--allow {kind}" for kind in error.kinds)
            hint = "\n--settings says how the features were made." if cohort is None else ""
            raise ConfigurationError(
                f"the whitelist does not hold for this cohort:{reasons}{hint}\nIf you know better: {allowing}"
            ) from None


def _show(applied: "Applied", path: Path) -> None:
    click.echo(f"{len(applied.table)} rows, {len(applied.features)} robust features: {path}")
    reasons: dict[str, int] = {}
    for why in applied.left_out.values():
        reasons[why] = reasons.get(why, 0) + 1
    for why, count in reasons.items():
        click.echo(f"  left out, {why}: {count}")
