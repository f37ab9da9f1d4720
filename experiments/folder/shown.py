"""A run in a terminal or a notebook: the strategies with their headline shares, and where the report is."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.percent import in_percent

COLUMNS = {"robust_share": "robust", "icc_share": "ICC > .90", "ccc_share": "CCC > .90", "failures": "failures"}


def as_text(record: Mapping[str, Any], strategies: pd.DataFrame, report: Path) -> str:
    """Say it in lines."""
    return f"{_title(record)}\n{_table(strategies).to_string(index=False)}\nreport: {report}"


def as_html(record: Mapping[str, Any], strategies: pd.DataFrame, report: Path) -> str:
    """Say it in HTML."""
    address = html.escape(report.absolute().as_uri() if report.is_absolute() else str(report))
    table = _table(strategies).to_html(index=False, border=0)
    return (
        f'<p><b>{html.escape(_title(record))}</b></p>{table}<p><a href="{address}">{html.escape(str(report))}</a></p>'
    )


def _title(record: Mapping[str, Any]) -> str:
    counts = {"subjects": len(record["subjects"]), "conditions": len(record["conditions"]), "scans": record["scans"]}
    return f"{record['name']}: {', '.join(f'{count} {noun}' for noun, count in counts.items())}"


def _table(strategies: pd.DataFrame) -> pd.DataFrame:
    """Give the best strategy first, shares in percent; what could not be computed is a dash."""
    order = "robust_share" if "robust_share" in strategies else "strategy"
    rows = strategies.sort_values(order, ascending=order == "strategy", kind="stable")
    shown = {"strategy": rows["strategy"]}
    for name, title in COLUMNS.items():
        if name in rows:
            shown[title] = [_cell(value, name) for value in rows[name]]
    return pd.DataFrame(shown)


def _cell(value: float, name: str) -> str:
    if pd.isna(value):
        return "–"
    return f"{in_percent(value, 1)} %" if name.endswith("_share") else str(value)
