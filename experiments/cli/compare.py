"""`radharmony compare`: what differs between two finished runs."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evaluation.written import rounded
from experiments.cli.command import command
from experiments.cli.damage import refusing_damage
from experiments.cli.exit_codes import FOUND
from experiments.cli.options import FILE, json_option
from experiments.cli.terminal import make_console, show_table
from harmonize.words import plural, some

if TYPE_CHECKING:
    from rich.console import Console

    from experiments.compare import RunComparison
    from experiments.compare.tables import TableComparison

ALL = "`as_json`"
"""What has all rows of all tables."""


def _pairs(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for value in values:
        mine, equals, theirs = value.partition("=")
        if not (mine and equals and theirs):
            raise click.BadParameter(f"expected NAME=NAME, found '{value}'")
        pairs[mine] = theirs
    if len(set(pairs.values())) < len(values):
        raise click.BadParameter("a strategy stands in two pairs")
    return pairs


@command()
@click.argument("a", metavar="RUN")
@click.argument("b", metavar="RUN")
@click.option("--tracking-uri", help="Where MLflow keeps a run that is named by its id.")
@click.option("--rtol", type=click.FloatRange(min=0), default=1e-6, show_default=True, help="Relative tolerance.")
@click.option("--atol", type=click.FloatRange(min=0), default=1e-9, show_default=True, help="Absolute tolerance.")
@click.option(
    "--pair",
    "pairs",
    metavar="NAME=NAME",
    multiple=True,
    callback=_pairs,
    help="Compare a strategy of the first run with one of another name of the second, and neither with its namesake. "
    "May be repeated.",
)
@json_option
@click.option("--out", type=FILE, help="Write every difference to a CSV file.")
@click.pass_context
@refusing_damage
def compare(
    ctx: click.Context,
    a: str,
    b: str,
    tracking_uri: str | None,
    rtol: float,
    atol: float,
    pairs: dict[str, str],
    as_json: bool,
    out: Path | None,
) -> None:
    """Say what differs between two finished runs: settings, data, numbers, rows of only one, whitelists.

    A RUN is the folder that `run` has left, or the id of its MLflow run. Exit code 0 if they are the same, 1 if not;
    other versions of the software alone are told, but make no difference.
    """
    from experiments.compare import compare_runs, opened
    from experiments.compare.tables import Tolerance
    from experiments.folder.writing import write_csv

    with ExitStack() as stack:
        first, second = (stack.enter_context(opened(run, tracking_uri)) for run in (a, b))
        found = compare_runs(first, second, Tolerance(rtol, atol), pairs, called=(a, b))
    if out is not None:
        write_csv(out, found.to_table())
    if as_json:
        click.echo(json.dumps(found.to_mapping(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show(found)
    if not found.same:
        ctx.exit(FOUND)


def _show(found: "RunComparison") -> None:
    console = make_console(highlight=False, markup=False)
    console.print(f"a: {found.a}\nb: {found.b}", soft_wrap=True)
    for mine, theirs in found.pairs.items():
        console.print(f"{mine} of a is compared with {theirs} of b", soft_wrap=True)
    for run, names in zip(("a", "b"), found.left_out, strict=True):
        if names:
            console.print(
                f"not compared, as the namesake stands in a pair: {', '.join(names)} of {run}", soft_wrap=True
            )
    if found.nothing_shared:
        console.print(
            "the runs share nothing: no row of features and reliability is of both, as subjects, sequences, ROIs, "
            "conditions or strategies have other names. Strategies can be paired: --pair NAME=NAME",
            soft_wrap=True,
        )
    _show_shares(console, found)
    console.print(f"images and masks: {_data(found)}", soft_wrap=True)
    _show_differences(console, "settings", found.settings)
    _show_differences(console, "versions", found.versions)
    for table in found.tables if not found.nothing_shared else ():
        told = f"{table.name}: {table.rows} rows of both, {table.compared} values, {len(table.beyond)} differ"
        only = [
            f"{len(rows)} rows only in {run}" for run, rows in (("a", table.only_a), ("b", table.only_b)) if len(rows)
        ]
        only += [f"columns only in a: {', '.join(table.columns_a)}"] if table.columns_a else []
        only += [f"columns only in b: {', '.join(table.columns_b)}"] if table.columns_b else []
        console.print("; ".join([told, *only]), soft_wrap=True)
        _show_beyond(console, table)
    _show_lists(console, found)
    console.print("the runs are the same" if found.same else "the runs differ")


def _data(found: "RunComparison") -> str:
    if found.same_data:
        return "the same"
    only = [
        f"{plural(len(scans), 'scan')} only in {run} ({some(scans, 3)})"
        for run, scans in zip(("a", "b"), found.scans, strict=True)
        if scans
    ]
    features = found.tables[0]
    alike = only and features.rows and features.beyond.empty
    return "; ".join(["different", *only, *(["those of both give the same features"] if alike else [])])


def _show_shares(console: "Console", found: "RunComparison") -> None:
    rows = [
        (
            row["strategy"],
            *(rounded(row[side], row[f"{side}_lower"], row[f"{side}_upper"], 1, 100) for side in ("a", "b")),
            rounded(row["difference"], digits=1, scale=100),
        )
        for row in found.shares.to_dict("records")
    ]
    columns = ("robust share, % (95 % limits)", "a", "b", "b - a")
    show_table(console, columns, rows, fold=True, noun="strategy", all_in=ALL)
    if not found.same_rule:
        told = "robust is not the same in both (see rule below): b - a is what the rules differ by, too"
        console.print(told, soft_wrap=True)


def _show_differences(console: "Console", what: str, found: list[tuple[str, Any, Any]]) -> None:
    if not found:
        console.print(f"{what}: the same")
        return
    rows = ((where, _short(a), _short(b)) for where, a, b in found)
    show_table(console, (what, "a", "b"), rows, left=3, fold=True, noun="difference", all_in=ALL)


def _show_beyond(console: "Console", found: "TableComparison") -> None:
    from experiments.compare.comparison import WORST
    from experiments.compare.tables import MISSING, NUMBER

    if found.beyond.empty:
        return
    most = "; ".join(f"{key} {name} ({count})" for key, (name, count) in found.most().items())
    console.print(f"most in {most}", soft_wrap=True)
    numbers, missing = found.of_kind(NUMBER), found.of_kind(MISSING)
    for change in found.changes()[:WORST]:
        place = ", ".join(map(str, change["first"].values()))
        told = "{column}: {a} became {b} in {count} rows, such as".format(**change)
        console.print(f"{told} {place}", soft_wrap=True)
    for run, other in (("a", "b"), ("b", "a")):
        only = missing[missing[other].isna()]
        if len(only):
            place = ", ".join(str(only.iloc[0][name]) for name in found.keys)
            console.print(
                f"{len(only)} numbers only in {run}, such as {only.iloc[0]['column']} of {place}", soft_wrap=True
            )
    if numbers.empty:
        return
    columns = (*found.keys, "column", "a", "b", "size")
    rows = (
        (*(_short(row[name]) for name in columns[:-1]), f"{row['size']:.2g}")
        for row in numbers.head(WORST).to_dict("records")
    )
    console.print(f"the largest differences of {len(numbers)} numbers:")
    show_table(console, columns, rows, left=len(columns), fold=True)


def _show_lists(console: "Console", found: "RunComparison") -> None:
    lists = found.whitelists
    if lists.empty:
        console.print("whitelists: of no strategy, sequence and ROI in both")
        return
    if found.same_lists:
        console.print("whitelists: the same")
        return
    changed = lists[lists["jaccard"] < 1].sort_values("jaccard", kind="stable")
    rows = [
        (
            *(row["strategy"], row["sequence"], row["roi"], str(row["a"]), str(row["b"]), f"{row['jaccard']:.2f}"),
            *(some(row["added"], 3), some(row["removed"], 3)),
        )
        for row in changed.to_dict("records")
    ]
    columns = ("whitelist", "sequence", "ROI", "a", "b", "Jaccard", "added", "removed")
    show_table(console, columns, rows, left=len(columns), fold=True, noun="list", all_in=ALL)


def _short(value: Any) -> str:
    if value is None:
        return "none"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
