"""`radharmony validate-ibsi`: the IBSI digital phantom, feature by feature."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from experiments.cli.exit_codes import FOUND
from experiments.versions import computing_versions, installed_versions

if TYPE_CHECKING:
    import pandas as pd

_HEADER = ("feature", "code", "aggregation", "value", "consensus", "tolerance", "result")


@click.command("validate-ibsi")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option(
    "--engine",
    type=click.Choice(["radharmony", "mirp"]),
    default="radharmony",
    show_default=True,
    help="What computes; mirp needs the extra `mirp`.",
)
@click.pass_context
def validate_ibsi(ctx: click.Context, as_json: bool, engine: str) -> None:
    """Compare features of the IBSI digital phantom with the consensus values.

    Every feature is computed by this installation under each aggregation that the engine can do. A feature whose
    definition deviates in a known way must lie within the tolerance after its conversion. Exit code 1 if one does not
    agree as it should.
    """
    from evaluation import ibsi
    from evaluation.ibsi.by_mirp import validate_mirp

    table = validate_mirp() if engine == "mirp" else ibsi.validate_ibsi()
    failed = int(table["ok"].eq(False).sum())
    versions = computing_versions() | (installed_versions([engine]) if engine == "mirp" else {})
    click.echo(_document(table, versions) if as_json else _text(table, versions))
    if failed:
        ctx.exit(FOUND)


def _document(table: "pd.DataFrame", versions: Mapping[str, str]) -> str:
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    return json.dumps({"versions": versions, "counts": _counts(table), "features": rows}, indent=2)


def _text(table: "pd.DataFrame", versions: Mapping[str, str]) -> str:
    rows = [_HEADER, *(_line(row) for row in table.to_dict("records"))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    counts = [f"{count:4d}  {what}" for what, count in _counts(table).items()]
    computed = ", ".join(f"{name} {number}" for name, number in versions.items())
    return "\n".join([*lines, "", *counts, "", computed])


def _line(row: dict[str, object]) -> tuple[str, ...]:
    numbers = [f"{row['value']:.6g}", *("" if row["code"] == "" else f"{row[name]:g}" for name in _HEADER[4:6])]
    note = f": {row['note']}" if row["agreement"] != "agrees" and row["note"] else ""
    return (str(row["feature"]), str(row["code"]), str(row["aggregation"]), *numbers, f"{_result(row)}{note}")


def _result(row: dict[str, object]) -> str:
    if row["agreement"] == "none":
        return "no IBSI feature"
    if not row["ok"]:
        return "DISAGREES"
    return "agrees" if row["agreement"] == "agrees" else f"deviates, {row['ibsi_value']:.6g} after conversion agrees"


def _counts(table: "pd.DataFrame") -> dict[str, int]:
    """Count features by result; one that is computed under several aggregations counts once for each."""
    agrees, ok = table["agreement"], table["ok"]
    return {
        "agree": int((agrees.eq("agrees") & ok.eq(True)).sum()),
        "deviate by definition, agree after conversion": int((agrees.eq("deviates") & ok.eq(True)).sum()),
        "disagree": int(ok.eq(False).sum()),
        "have no IBSI feature": int(agrees.eq("none").sum()),
    }
