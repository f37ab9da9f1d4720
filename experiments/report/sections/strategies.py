"""The strategies side by side: the numbers of strategies.csv and summary.csv as they are printed."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.folder.failures import ALL
from experiments.report import wording
from experiments.report.contents.quantities import Interval, Share, Table
from experiments.report.contents.strategies import StatisticCell, StrategyRow
from experiments.report.files.run import RunFiles
from experiments.report.sections.robust import Members
from experiments.study.harmonizer import method_text

SHOWN = frozenset({"strategy", "rows", "failures"})
"""Columns of strategies.csv that stand in the comparison anyway."""


def statistic_columns(summary: pd.DataFrame) -> tuple[str, ...]:
    """List the statistics of the summary, in its order."""
    return tuple(summary["statistic"].unique())


def strategy_rows(files: RunFiles, robust: Mapping[str, Members], candidates: pd.DataFrame) -> tuple[StrategyRow, ...]:
    """Put together what the comparison says of each strategy, in the order of run.json."""
    totals = candidates["strategy"].value_counts().to_dict()
    n_rows = files.scans["strategy"].value_counts().to_dict()
    failed = files.failures["strategy"].value_counts().to_dict()
    overall = files.summary[files.summary["by"] == "overall"]
    limits = {row["strategy"]: row for row in files.strategies.to_dict("records")}
    cells = {
        (row["strategy"], row["statistic"]): _cell(row, _interval(limits.get(row["strategy"], {}), row["statistic"]))
        for row in overall.to_dict("records")
    }
    statistics = statistic_columns(files.summary)
    different = _different(files.run["strategies"])
    return tuple(
        StrategyRow(
            name=name,
            description=str(entry.get("description") or ""),
            steps=(*(wording.step(step) for step in entry.get("steps") or ()), *_harmonizer(entry)),
            brief=(*(wording.step(step, different) for step in entry.get("steps") or ()), *_harmonizer(entry)),
            robust=Share(
                len(robust.get(name, ())), int(totals.get(name, 0)), bool(limits[name].get("robust_share", ""))
            ),
            interval=_interval(limits[name], "robust"),
            everywhere=len(files.whitelists[name]["everywhere"]) if name in files.whitelists else 0,
            rows=int(n_rows.get(name, 0)),
            failures=int(failed.get(name, 0) + failed.get(ALL, 0)),
            statistics=tuple(cells.get((name, statistic)) for statistic in statistics),
            digest=str(entry.get("digest") or ""),
        )
        for entry in files.run["strategies"]
        for name in (entry["name"],)
    )


def _harmonizer(entry: Mapping[str, Any]) -> tuple[str, ...]:
    if not entry.get("harmonizer"):
        return ()
    return (f"{method_text(entry['harmonizer'])}; features of subjects held out",)


def _different(strategies: Sequence[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    """Find the parameters, as step and name, that are not the same wherever the step is used."""
    values: dict[tuple[str, str], set[str]] = {}
    for strategy in strategies:
        for step in strategy.get("steps") or ():
            for name, parameters in step.items():
                for key, value in (parameters or {}).items():
                    values.setdefault((name, key), set()).add(repr(value))
    return frozenset(where for where, found in values.items() if len(found) > 1)


def further(strategies: pd.DataFrame) -> Table:
    """Show strategies.csv turned round, a column for each strategy, with rounded numbers."""
    names = [name for name in strategies.columns if name not in SHOWN]
    rows = tuple((name, *map(_rounded, strategies[name])) for name in names)
    return Table(("Column", *strategies["strategy"]), rows, frozenset(range(1, len(strategies) + 1)))


def detail(summary: pd.DataFrame) -> Table:
    """Show the summary by sequence, ROI, feature class and condition."""
    rows = summary[summary["by"] != "overall"]
    return Table(
        (
            "Strategy",
            "Statistic",
            "By",
            "Level",
            "Median (Q1, Q3)",
            "Threshold",
            "Passing",
            "Of",
            "Share of all",
            "Not computed",
        ),
        tuple(
            (
                row["strategy"],
                wording.label(row["statistic"]),
                row["by"],
                row["level"],
                row["text"] or "–",
                wording.threshold(row["statistic"], row["direction"], float(row["threshold"])),
                row["passing"],
                row["n_total"],
                wording.percent(float(row["share_of_all"] or "nan") if _whole(row["n_computed"]) else None),
                str(_whole(row["n_total"]) - _whole(row["n_computed"])),
            )
            for row in rows.to_dict("records")
        ),
        frozenset({4, 6, 7, 8, 9}),
    )


def _interval(row: Mapping[str, str], name: str) -> Interval | None:
    """Take the limits of a share from strategies.csv, where it has any."""
    value, lower, upper = (row.get(f"{name}_share{end}", "") for end in ("", "_lower", "_upper"))
    return Interval(float(value), float(lower), float(upper)) if value and lower and upper else None


def _cell(row: Mapping[str, str], interval: Interval | None) -> StatisticCell:
    total, computed = _whole(row["n_total"]), _whole(row["n_computed"])
    return StatisticCell(
        text=row["text"] or "not computed",
        threshold=wording.threshold(row["statistic"], row["direction"], float(row["threshold"])),
        share=Share(_whole(row["passing"]), total, computed > 0),
        not_computed=total - computed,
        interval=interval,
    )


def _whole(text: str) -> int:
    return int(float(text or 0))


def _rounded(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text or "–"
    return f"{value:.4g}" if value % 1 else f"{value:.0f}"
