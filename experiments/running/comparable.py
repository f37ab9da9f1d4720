"""Comparisons with the reference that nothing is left of, and why: the others go on without them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from experiments.study.study import Study
from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class NotCompared:
    """A sequence, condition and ROI that no subject has beside the reference.

    Parameters
    ----------
    sequence, condition : str
        Which.
    rois : tuple of str
        Of which ROIs.
    reason : str
        Why.
    """

    sequence: str
    condition: str
    rois: tuple[str, ...]
    reason: str


def not_compared(study: Study, features: pd.DataFrame, failures: pd.DataFrame) -> list[NotCompared]:
    """Find the comparisons that no subject is left for, in the order of the study.

    Parameters
    ----------
    study : Study
        What was to be compared.
    features : DataFrame
        The feature table.
    failures : DataFrame
        The table of failures, which has the reasons.
    """
    cells = features.groupby(["sequence", "condition", "roi"], sort=False)["subject"].agg(set).to_dict()
    found: list[NotCompared] = []
    for sequence in study.sequences:
        for condition in study.conditions:
            lacking: dict[str, list[str]] = {}
            for roi in study.rois if condition != study.reference else ():
                here, there = ((sequence, name, roi) for name in (condition, study.reference))
                if not cells.get(here, set()) & cells.get(there, set()):
                    missing = next((cell[1] for cell in (there, here) if cell not in cells), "")
                    lacking.setdefault(missing, []).append(roi)
            for missing, rois in lacking.items():
                reason = _reason(sequence, missing, rois, failures)
                found.append(NotCompared(sequence, condition, tuple(rois), reason))
    return found


def comparable(study: Study, missing: Sequence[NotCompared], failures_file: object) -> Study:
    """Give the study with a rule that asks for conditions that can be compared.

    Raises
    ------
    ConfigurationError
        If nothing can be compared, or nothing that the rule asks for.
    """
    gone = {(one.sequence, one.condition, roi) for one in missing for roi in one.rois}
    left = [
        name
        for name in study.conditions
        if name != study.reference
        and any((sequence, name, roi) not in gone for sequence in study.sequences for roi in study.rois)
    ]
    asked = study.thresholds.conditions
    wanted = tuple(name for name in asked if name in left or name not in study.conditions)
    if not left or (asked and not wanted):
        which = "nothing" if not left else f"none of the conditions of the rule ({', '.join(asked)})"
        reason = next(one.reason for one in missing if not left or one.condition in asked)
        raise ConfigurationError(
            f"{which} can be compared with the reference {study.reference}: {reason}; {failures_file} says why for "
            "each scan; mend these and run again, finished work is kept"
        )
    return replace(study, thresholds=replace(study.thresholds, conditions=wanted)) if wanted != asked else study


def _reason(sequence: str, missing: str, rois: Sequence[str], failures: pd.DataFrame) -> str:
    """Say why some ROIs of a condition are missing; without one, each has its own subjects."""
    if not missing:
        return "no subject has both"
    rows = failures[(failures["sequence"] == sequence) & (failures["condition"] == missing)]
    rows = rows[rows["roi"].isin([*rois, ""])]
    if rows.empty:
        return f"there is no ROI of {sequence} under {missing}"
    problem, count = next(iter(rows["problem"].value_counts().items()))
    return f"no ROI of {sequence} under {missing} could be used ({count} of {len(rows)} failures: {problem})"
