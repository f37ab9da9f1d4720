"""What was there to be measured: completeness, the findings of the audit, and the size of the ROIs."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.page import Content, Context, Section
from experiments.page.quantities import Table, table
from experiments.page.wording import number, plural

MOST_SUBJECTS = 60
"""Of a larger study only the subjects that are incomplete are shown."""
MOST_FINDINGS = 500
REFUSED = r"^(\d+) gray levels? at "
"""What `evaluation.extraction` says of an ROI that it refuses for its gray levels."""


def summarize(context: Context) -> Content:
    """Condense the audit, and count voxels and bins."""
    run, audit = context.record, context.run.audit
    return {
        "text": audit_text(audit),
        "n_rois": len(run["rois"]),
        "conditions": list(run["conditions"]),
        "completeness": completeness(audit, run),
        "audit": audit_table(audit),
        "sizes": sizes(context.run.features, run, context.run.failures),
    }


def audit_text(audit: Mapping[str, Any]) -> str:
    """Say in one sentence what the audit found.

    Examples
    --------
    >>> audit_text({"errors": 1, "warnings": 0, "findings": [], "cells": {"expected": 8, "present": 7}})
    'The audit found 1 error and 0 warnings; 7 of 8 cells of subject × sequence × condition × ROI are present.'
    """
    cells = audit["cells"]
    return (
        f"The audit found {plural(audit['errors'], 'error')} and {plural(audit['warnings'], 'warning')}; "
        f"{number(cells['present'])} of {number(cells['expected'])} cells of subject × sequence × condition × ROI "
        "are present."
    )


def audit_table(audit: Mapping[str, Any]) -> Table:
    """List what the audit found, errors first."""
    order = {"error": 0, "warning": 1}
    found = sorted(audit["findings"], key=lambda finding: order.get(finding.get("level", ""), 2))
    keys = ("level", "where", "problem", "advice")
    rows = ([str(finding.get(key) or "") for key in keys] for finding in found[:MOST_FINDINGS])
    return table(("Level", "Where", "What", "What to do"), rows)


def completeness(audit: Mapping[str, Any], run: Mapping[str, Any]) -> list[Content]:
    """Count the ROIs that are there by sequence, subject and condition.

    What the audit does not name has none where conditions are compared, and else was not asked for: None.
    """
    nothing = None if run.get("kind") else 0
    present = {
        (entry["sequence"], entry["subject"], entry["condition"]): int(entry["rois"]) for entry in audit["completeness"]
    }
    conditions, full = run["conditions"], len(run["rois"])
    found = []
    for sequence in run["sequences"]:
        rows = [
            (subject, [present.get((sequence, subject, condition), nothing) for condition in conditions])
            for subject in run["subjects"]
        ]
        partial = [row for row in rows if min((count for count in row[1] if count is not None), default=0) < full]
        shown = rows if len(rows) <= MOST_SUBJECTS else partial[:MOST_SUBJECTS]
        left = len(rows) - len(shown)
        found.append({"sequence": sequence, "rows": shown, "complete": len(rows) - len(partial), "left_out": left})
    return found


def sizes(scans: pd.DataFrame, run: Mapping[str, Any], failures: pd.DataFrame) -> Table:
    """Give voxels by ROI, and the bins that each strategy leaves them: median (smallest to largest).

    The bins of ROIs that were refused for them count as well.
    """
    strategies = [entry["name"] for entry in run["strategies"]] if "bins" in scans else []
    if "voxels" not in scans and not strategies:
        return table((), ())
    refused = failures[["strategy", "roi"]].assign(bins=failures["problem"].astype(str).str.extract(REFUSED)[0])
    counted = pd.concat([scans[["strategy", "roi", "bins"]], refused.dropna()]) if strategies else scans
    columns = ["ROI", *(["Voxels"] if "voxels" in scans else []), *(f"Bins: {name}" for name in strategies)]
    rows = []
    for roi in run["rois"]:
        mine = scans[scans["roi"] == roi]
        voxels = [_range(mine["voxels"])] if "voxels" in scans else []
        here = counted[counted["roi"] == roi]
        bins = [_range(here.loc[here["strategy"] == name, "bins"]) for name in strategies]
        rows.append((roi, *voxels, *bins))
    return table(columns, rows, 1)


def _range(values: pd.Series) -> str:
    values = pd.to_numeric(values, errors="coerce").dropna()
    if values.empty:
        return "–"
    least, most = values.min(), values.max()
    middle = number(values.median())
    return middle if least == most else f"{middle} ({number(least)} to {number(most)})"


SECTION = Section(__name__, "study", "Data and image quality", summarize)
