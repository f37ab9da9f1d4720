"""What perturbations are worth, as people read it: in a terminal, and in the report."""

import pandas as pd

from evaluation.perturbed.measures import RANKS
from evaluation.perturbed.worth import perturbation_worth
from evaluation.reliability.statistics import about
from evaluation.tables import PERTURBATION, as_taken
from evaluation.written import in_percent, with_limits
from selection.thresholds import Thresholds

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


TITLE = "What perturbations are worth (halves, repeats: caught / false alarms in the other half of the subjects, in %)"


def worth_of(features: pd.DataFrame, reference: str, rule: Thresholds) -> pd.DataFrame | None:
    """Give what perturbations are worth in a run, by its rule; None unless there are several real conditions, too.

    Statistics that have no counterpart over perturbations, such as Spearman's correlation, do not count on either side.

    Parameters
    ----------
    features : DataFrame
        With the perturbed rows.
    reference : str
    rule : Thresholds
    """
    if PERTURBATION not in features:
        return None
    plain = as_taken(features)
    if plain.all() or not plain.any() or features.loc[plain, "condition"].nunique() < 2:
        return None
    rule = rule.without_facets
    limits = {name: limit for name, limit in rule.limits.items() if about(about(name).over_all or name).of != "pairs"}
    if not limits or not (features.loc[plain, "condition"] == reference).any():
        return None
    on = rule.compared if isinstance(rule.compared, str) else dict(rule.compared)
    return perturbation_worth(features, reference, thresholds=limits, on=on, combine=rule.combine)


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
        if not one["features"]:
            notes.append(f"{one['strategy']}: none of {one['left_out']} features could be judged on both sides")
            continue
        left = f" ({one['left_out']} more could not be judged on both sides)" if one["left_out"] else ""
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
