"""A run in a terminal or a notebook: what it found in a few lines."""

import html
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.reliability.statistics import about, agreement, leading
from evaluation.reliability.terms import heading
from evaluation.written import in_percent
from experiments.folder.files import STRATEGIES
from harmonize.printed import as_lines, titled
from harmonize.words import plural

WITHIN = "icc_median_within_scanners"
"""The column of strategies.csv that a study has whose subjects were on several scanners."""


def as_text(record: Mapping[str, Any], strategies: pd.DataFrame, thresholds: Mapping[str, float], report: Path) -> str:
    """Say in lines what a run found: the strategies with their headline shares, and where the report is."""
    table = as_lines(_table(strategies, thresholds), "strategy", report.parent / STRATEGIES)
    return f"{_title(record)}\n{table}\nreport: {report}"


def as_html(record: Mapping[str, Any], strategies: pd.DataFrame, thresholds: Mapping[str, float], report: Path) -> str:
    """Say the same in HTML."""
    address = html.escape(report.absolute().as_uri() if report.is_absolute() else str(report))
    table = titled(_title(record), _table(strategies, thresholds), "strategy", report.parent / STRATEGIES)
    return f'{table}<p><a href="{address}">{html.escape(str(report))}</a></p>'


def headings(strategies: pd.DataFrame, thresholds: Mapping[str, float], shares: Iterable[str]) -> dict[str, str]:
    """Name the columns by which strategies are shown side by side, and what stands above each.

    Parameters
    ----------
    strategies : DataFrame
        As in strategies.csv.
    thresholds : mapping of str to float
        By statistic, beyond what its share is counted.
    shares : iterable of str
        The statistics whose shares are shown.

    Examples
    --------
    >>> headings(pd.DataFrame(columns=[WITHIN]), {"icc": 0.75}, ["icc", "ccc"])[WITHIN]
    'within scanners'
    """
    median = f"{leading()}_median"
    columns = {"strategy": "strategy", "robust_share": "robust", median: f"{about(leading()).label} median"}
    within = {WITHIN: "within scanners"} if WITHIN in strategies else {}
    beyond = {f"{name}_share": heading(name, thresholds[name]) for name in shares if name in thresholds}
    return columns | within | beyond | {"failures": "failures"}


def _title(record: Mapping[str, Any]) -> str:
    counts = {"subject": len(record["subjects"]), "condition": len(record["conditions"]), "scan": record["scans"]}
    return f"{record['name']}: {', '.join(plural(count, noun) for noun, count in counts.items())}"


def _table(strategies: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Give the best strategy first, shares in percent; what could not be computed is a dash."""
    order = "robust_share" if "robust_share" in strategies else "strategy"
    rows = strategies.sort_values(order, ascending=order == "strategy", kind="stable")
    columns = headings(strategies, thresholds, agreement())
    return pd.DataFrame(
        {title: [_cell(value, name) for value in rows[name]] for name, title in columns.items() if name in rows}
    )


def _cell(value: object, name: str) -> str:
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "–"
    return f"{in_percent(value, 1)} %" if name.endswith("_share") else f"{value:.3f}"
