"""What went wrong: failures, and estimates that were not computed or must be read with care."""

import pandas as pd

from evaluation.reliability.status import MEANINGS, Status
from experiments.report.contents.quantities import Table
from experiments.report.wording import label, number, percent

MOST_FAILURES = 500
"""More rows than this are left to failures.csv."""


def failure_table(failures: pd.DataFrame) -> Table:
    """List the first failures as they stand in failures.csv."""
    keys = ("strategy", "subject", "sequence", "condition", "roi", "file", "step", "problem", "advice")
    columns = ("Strategy", "Subject", "Sequence", "Condition", "ROI", "File", "Step", "What happened", "What to do")
    rows = failures.head(MOST_FAILURES)[list(keys)].itertuples(index=False, name=None)
    return Table(columns, tuple(rows))


def failure_groups(failures: pd.DataFrame) -> Table:
    """Count failures by strategy and step, most first."""
    counts = failures.groupby(["strategy", "step"], sort=True).size().sort_values(ascending=False, kind="stable")
    rows = tuple((strategy, step, number(count)) for (strategy, step), count in counts.items())
    return Table(("Strategy", "Step", "Failures"), rows, frozenset({2}))


def statuses(reliability: pd.DataFrame) -> Table:
    """Count the estimates under every status other than ok, by strategy and statistic."""
    rows = reliability.assign(given=reliability["estimate"].notna(), odd=reliability["status"] != "ok")
    totals = rows.groupby(["strategy", "statistic"], sort=False).size().to_dict()
    odd = rows[rows["odd"]].groupby(["strategy", "statistic", "status"], sort=False)["given"].agg(["size", "sum"])
    return Table(
        ("Strategy", "Statistic", "Status", "Estimates", "Of all", "Not computed", "Meaning"),
        tuple(
            (
                strategy,
                label(statistic),
                status,
                number(size),
                percent(size / totals[strategy, statistic]),
                number(size - given),
                MEANINGS[Status(status)] if status in MEANINGS else "",
            )
            for (strategy, statistic, status), size, given in odd.itertuples(name=None)
        ),
        frozenset({3, 4, 5}),
    )
