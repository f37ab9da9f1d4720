"""What perturbations are worth, as people read it: in a terminal, and in the report."""

import pandas as pd

from evaluation.perturbed.measures import RANKS
from evaluation.written import in_percent, with_limits

SHOWN = {
    "sensitivity": "caught %",
    "false_alarms": "false alarms %",
    "informedness": "beyond chance",
    "stable_of_kept": "stable of kept %",
    RANKS: "ranks",
}
"""Measures, by what heads their columns."""

IN_HALVES = {"in_halves": "halves", "ceiling": "repeats"}
"""Of how far each side does for the other half of the subjects: what is caught, and false alarms."""


def worth_shown(worth: pd.DataFrame) -> pd.DataFrame:
    """Give a row of texts for each strategy, chain and condition, of all sequences and ROIs together.

    Parameters
    ----------
    worth : DataFrame
        What `perturbation_worth` gives.
    """
    overall = worth[worth["by"] == "overall"]
    keys = [name for name in ("strategy", "condition") if overall[name].nunique() > 1]
    rows = []
    for _, part in overall.groupby(["strategy", "chain", "condition"], sort=False):
        one = part.set_index("measure")
        row = {name: str(part[name].iloc[0]) for name in (*keys, "chain")}
        row |= {title: _told(one.loc[name], title.endswith("%")) for name, title in SHOWN.items()}
        for column, title in IN_HALVES.items():
            row[title] = " / ".join(in_percent(one.loc[name, column]) for name in ("sensitivity", "false_alarms"))
        rows.append(row)
    return pd.DataFrame(rows)


def worth_notes(worth: pd.DataFrame) -> list[str]:
    """Say of what the numbers are, and what limits them."""
    overall = worth[(worth["by"] == "overall") & (worth["measure"] == "stable")]
    notes = []
    for one in overall.drop_duplicates(["strategy", "condition", "features", "left_out"]).to_dict("records"):
        left = f" ({one['left_out']} could not be judged on both sides)" if one["left_out"] else ""
        stable = in_percent(one["estimate"])
        notes.append(
            f"{one['strategy']}: of {one['features']} features{left} {stable} % are stable over real conditions, in "
            f"{one['subjects']} subjects"
        )
    if len(overall) and overall["ceiling"].isna().all():
        notes.append(
            "fewer than six subjects: who is truly unstable is hardly known, and no half of them can tell how well "
            "real repeats themselves would do"
        )
    return notes


def _told(row: "pd.Series", share: bool) -> str:
    if row["estimate"] != row["estimate"]:
        return f"– ({row['status']})"
    if share:
        return with_limits(row["estimate"], row["lower"], row["upper"], in_percent)
    return with_limits(row["estimate"], row["lower"], row["upper"])
