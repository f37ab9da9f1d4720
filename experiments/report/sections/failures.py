"""What went wrong: failures, and estimates that were not computed or must be read with care."""

import pandas as pd

from evaluation.reliability.status import MEANINGS, Status
from experiments.folder.files import RELIABILITY
from experiments.page import Content, Context, Section
from experiments.page.quantities import Table, table
from experiments.page.wording import label, number, percent

MOST_FAILURES = 500
"""More rows than this are left to failures.csv."""
COLUMNS = {
    "strategy": "Strategy",
    "subject": "Subject",
    "sequence": "Sequence",
    "condition": "Condition",
    "roi": "ROI",
    "file": "File",
    "step": "Step",
    "problem": "What happened",
    "advice": "What to do",
}


def summarize(context: Context) -> Content:
    """List what failed as it stands in failures.csv, count it by strategy and step, and count statuses."""
    failed = context.run.failures
    shown = failed.head(MOST_FAILURES)[list(COLUMNS)]
    counts = failed.groupby(["strategy", "step"], sort=True).size().sort_values(ascending=False, kind="stable")
    groups = [(strategy, step, number(count)) for (strategy, step), count in counts.items()]
    return {
        "count": len(failed),
        "failures": table(COLUMNS.values(), shown.itertuples(index=False, name=None)),
        "groups": table(("Strategy", "Step", "Failures"), groups, 2),
        "statuses": statuses(context.rows) if RELIABILITY in context.run else None,
    }


def statuses(reliability: pd.DataFrame) -> Table:
    """Count the estimates under every status other than ok, by strategy and statistic."""
    rows = reliability.assign(given=reliability["estimate"].notna(), odd=reliability["status"] != "ok")
    totals = rows.groupby(["strategy", "statistic"], sort=False).size().to_dict()
    odd = rows[rows["odd"]].groupby(["strategy", "statistic", "status"], sort=False)["given"].agg(["size", "sum"])
    return table(
        ("Strategy", "Statistic", "Status", "Estimates", "Of all", "Not computed", "Meaning"),
        (
            (
                *(strategy, label(statistic), status),
                *(number(size), percent(size / totals[strategy, statistic]), number(size - given)),
                MEANINGS[Status(status)] if status in MEANINGS else "",
            )
            for (strategy, statistic, status), size, given in odd.itertuples(name=None)
        ),
        (3, 4, 5),
    )


SECTION = Section(__name__, "failures", "Failures and exclusions", summarize)
