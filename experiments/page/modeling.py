"""What an analysis says of the models that it trained and tested, for reporting checklists."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Modeling:
    """Models that were tested, and how.

    Parameters
    ----------
    folder : str
        The folder within the run that says so.
    models : tuple of str
    settings : mapping
        `folds`, `repeats`, `seed` and what else was recorded.
    measures : tuple of str
        Which were computed.
    subjects : int
    classes : mapping of str to int
        Rows by class; empty where this was not recorded.
    removed : str
        How features that are not robust were kept out; empty if they were not.
    reduced : tuple of str or None
        How redundant features were removed; empty if they were not, None where that was not asked.
    n_features : float or None
        Features that a model uses, on average.
    calibration : mapping of str to float
        Slope by model, where it could be computed.
    uncalibrated : tuple of str
        Why it could not be computed of the others.
    harmonizer : str
        Empty for none.
    baselines : tuple of str
        What else was tested on the same folds.
    tuned : str
        What else was chosen with the model in the inner loop, and how that is told; empty if nothing was.
    compared : str
        How models were compared; empty if they were not.
    versions : mapping of str to str
    """

    folder: str
    models: tuple[str, ...]
    settings: Mapping[str, Any]
    measures: tuple[str, ...]
    subjects: int
    versions: Mapping[str, str]
    classes: Mapping[str, int] = field(default_factory=dict)
    removed: str = ""
    reduced: tuple[str, ...] | None = None
    n_features: float | None = None
    calibration: Mapping[str, float] | None = None
    uncalibrated: tuple[str, ...] = ()
    harmonizer: str = ""
    baselines: tuple[str, ...] = ()
    tuned: str = ""
    compared: str = ""


def reduced(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Say how settings have redundant features removed."""
    parts = []
    if settings["prune"] is not None:
        parts.append(f"of features with an absolute rank correlation of {settings['prune']:g} or more one was kept")
    if settings["select"] not in (None, "none"):
        parts.append(f"selector {settings['select']}")
    return tuple(parts)


def slopes(scores: pd.DataFrame) -> tuple[dict[str, float], tuple[str, ...]]:
    """Give the slopes of calibration by model, and why there are none of others."""
    rows = scores[scores["score"] == "calibration_slope"]
    given = rows[rows["estimate"].notna()]
    reasons = rows.loc[rows["estimate"].isna(), "status"]
    return dict(zip(given["model"], given["estimate"], strict=True)), tuple(sorted(set(reasons)))
