"""The strategies side by side: the numbers of strategies.csv and summary.csv as they are printed."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.folder.failures import ALL
from experiments.folder.files import SCANNERS, STRATEGIES
from experiments.page import Content, Context, Section, wording
from experiments.page.parameters import flat, step
from experiments.page.quantities import Interval, Table, counted, known, table
from experiments.report.compared import compared
from experiments.report.scanners import scanner_figures
from experiments.study.harmonizer import method_text
from harmonize.errors import ConfigurationError

SHOWN = frozenset({"strategy", "rows", "failures"})
"""Columns of strategies.csv that stand in the comparison anyway."""
DETAIL = (
    *("Strategy", "Statistic", "By", "Level", "Median (Q1, Q3)", "Threshold", "Passing", "Of", "Share of all"),
    "Not computed",
)


def summarize(context: Context) -> Content:
    """Put the comparison together, in the order of run.json."""
    totals = context.candidates["strategy"].value_counts().to_dict()
    statistics = list(context.summary["statistic"].unique())
    return {
        "rows": strategy_rows(context, totals, statistics),
        "statistics": statistics,
        "compared": compared(context, totals),
        "not_compared": str(context.inference["reasons"].get("comparison", "")),
        "detail": detail(context.summary),
        "further": further(context.run.strategies),
        "scanners": scanner_figures(context.run.get(SCANNERS)),
    }


def strategy_rows(context: Context, totals: Mapping[str, int], statistics: Sequence[str]) -> list[Content]:
    """Put together what the comparison says of each strategy."""
    run, robust = context.run, context.robust
    n_rows, failed = (rows["strategy"].value_counts().to_dict() for rows in (run.features, run.failures))
    limits: dict[str, Mapping[Any, Any]] = {row["strategy"]: row for row in run.strategies.to_dict("records")}
    absent = [name for name in run.names if name not in limits]
    if absent:
        raise ConfigurationError(
            f"{run.path(STRATEGIES)}: no row for strategy '{absent[0]}' of run.json; were the files mixed up?"
        )
    cells = {
        (row["strategy"], row["statistic"]): _cell(row, _interval(limits.get(row["strategy"], {}), row["statistic"]))
        for row in context.summary[context.summary["by"] == "overall"].to_dict("records")
    }
    entries = context.record["strategies"]
    different, extracted = _different(entries), extracted_apart(entries)
    rows = []
    for entry in entries:
        name, steps, harmonizer = entry["name"], entry["steps"], _harmonizer(entry)
        judged = known(limits[name].get("robust_share")) is not None
        row = {
            "name": name,
            "description": entry["description"],
            "steps": [*map(step, steps), *harmonizer],
            "brief": [*(step(one, different) for one in steps), *harmonizer],
            "extraction": extracted[name],
            "robust": counted(len(robust.get(name, ())), totals.get(name, 0), judged),
            "interval": _interval(limits[name], "robust"),
            "everywhere": len(context.whitelists[name].everywhere) if name in context.whitelists else 0,
            "rows": int(n_rows.get(name, 0)),
            "failures": int(failed.get(name, 0) + failed.get(ALL, 0)),
            "statistics": [cells.get((name, statistic)) for statistic in statistics],
            "digest": entry["digest"],
        }
        rows.append(row)
    return rows


def _harmonizer(entry: Mapping[str, Any]) -> tuple[str, ...]:
    if not entry.get("harmonizer"):
        return ()
    return (f"{method_text(entry['harmonizer'])}; features of subjects held out",)


def _different(strategies: Sequence[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    """Find the parameters, as step and name, that are not the same wherever the step is used."""
    values: dict[tuple[str, str], set[str]] = {}
    for strategy in strategies:
        for one in strategy["steps"]:
            for name, parameters in one.items():
                for key, value in (parameters or {}).items():
                    values.setdefault((name, key), set()).add(repr(value))
    return frozenset(where for where, found in values.items() if len(found) > 1)


def extracted_apart(strategies: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Write by strategy the settings of the extraction that are not the same in all; empty texts where all are."""
    settings = {one["name"]: dict(flat(one["extraction"])) for one in strategies}
    names = list(dict.fromkeys(name for own in settings.values() for name in own))
    apart = [name for name in names if len({own.get(name) for own in settings.values()}) > 1]
    return {
        strategy: ", ".join(f"{name.removeprefix('setting.')} {own[name]}" for name in apart if name in own)
        or ("defaults" if apart else "")
        for strategy, own in settings.items()
    }


def further(strategies: pd.DataFrame) -> Table:
    """Show strategies.csv turned round, a column for each strategy, with rounded numbers."""
    names = [name for name in strategies.columns if name not in SHOWN]
    return table(("Column", *strategies["strategy"]), ((name, *map(_rounded, strategies[name])) for name in names), 1)


def detail(summary: pd.DataFrame) -> Table:
    """Show the summary by sequence, ROI, feature class and condition."""
    rows = []
    for row in summary[summary["by"] != "overall"].to_dict("records"):
        cell = _cell(row, None)
        share = cell["share"]
        counts = (share["passing"], share["total"], wording.percent(share["value"]), cell["not_computed"])
        level = (row["strategy"], wording.label(row["statistic"]), row["by"], row["level"])
        rows.append((*level, cell["text"], cell["threshold"], *map(str, counts)))
    return table(DETAIL, rows, (4, 6, 7, 8, 9))


def _interval(row: Mapping[Any, Any], name: str) -> Interval | None:
    """Take the limits of a share from strategies.csv, where it has any."""
    value, lower, upper = (known(row.get(f"{name}_share{end}")) for end in ("", "_lower", "_upper"))
    return None if value is None or lower is None or upper is None else {"value": value, "lower": lower, "upper": upper}


def _cell(row: Mapping[Any, Any], interval: Interval | None) -> Content:
    total, computed, passing = (int(known(row[key]) or 0) for key in ("n_total", "n_computed", "passing"))
    return {
        "text": wording.quartiles(row),
        "threshold": wording.threshold(row["statistic"], row["direction"], row["threshold"]),
        "share": counted(passing, total, computed > 0),
        "not_computed": total - computed,
        "interval": interval,
    }


def _rounded(value: float) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:.4g}" if value % 1 else f"{value:.0f}"


SECTION = Section(__name__, "strategies", "Preprocessing strategies", summarize)
