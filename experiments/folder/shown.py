"""A run in a terminal or a notebook: what it found in a few lines."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.reliability.statistics import agreement
from evaluation.reliability.terms import heading
from evaluation.written import in_percent
from harmonize.printed import titled
from harmonize.words import plural


def as_text(record: Mapping[str, Any], strategies: pd.DataFrame, thresholds: Mapping[str, float], report: Path) -> str:
    """Say in lines what a run found: the strategies with their headline shares, and where the report is."""
    return f"{_title(record)}\n{_table(strategies, thresholds).to_string(index=False)}\nreport: {report}"


def as_html(record: Mapping[str, Any], strategies: pd.DataFrame, thresholds: Mapping[str, float], report: Path) -> str:
    """Say the same in HTML."""
    address = html.escape(report.absolute().as_uri() if report.is_absolute() else str(report))
    table = titled(_title(record), _table(strategies, thresholds))
    return f'{table}<p><a href="{address}">{html.escape(str(report))}</a></p>'


def _title(record: Mapping[str, Any]) -> str:
    counts = {"subject": len(record["subjects"]), "condition": len(record["conditions"]), "scan": record["scans"]}
    return f"{record['name']}: {', '.join(plural(count, noun) for noun, count in counts.items())}"


def _table(strategies: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Give the best strategy first, shares in percent; what could not be computed is a dash."""
    order = "robust_share" if "robust_share" in strategies else "strategy"
    rows = strategies.sort_values(order, ascending=order == "strategy", kind="stable")
    shown = {"strategy": rows["strategy"]}
    shares = {f"{name}_share": heading(name, thresholds[name]) for name in agreement() if name in thresholds}
    columns = {"robust_share": "robust", **shares}
    for name, title in {**columns, "failures": "failures"}.items():
        if name in rows:
            shown[title] = [_cell(value, name) for value in rows[name]]
    return pd.DataFrame(shown)


def _cell(value: float, name: str) -> str:
    if pd.isna(value):
        return "–"
    return f"{in_percent(value, 1)} %" if name.endswith("_share") else str(value)
