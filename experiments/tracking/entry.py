"""What one MLflow run holds, in MLflow's terms and within its limits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.folder.file_names import unique_names

MAX_PARAM = 6000
"""Longest value of a parameter that MLflow's stores take."""

NAME = "radharmony.name"
"""The tag that says what a run is of: lists may show another name."""
MAX_TAG = 8000
MAX_NAME = 250


@dataclass(frozen=True)
class Entry:
    """Everything that one MLflow run shall hold.

    Parameters
    ----------
    name : str
        Of the run.
    params, tags : mapping of str to str
        Settings; digests, versions.
    metrics : mapping of str to float
        Numbers, none of them missing.
    curves : mapping of str to sequence of (int, float)
        Metrics with several steps, which MLflow draws as a line.
    artifacts : sequence of (Path or str, str)
        Files, or texts, and their names among the artifacts.
    dataset : mapping or None
        Fields of MLflow's dataset.
    description : str
        Shown at the head of the run.
    label : str
        What lists of runs call it; its name where empty.
    """

    name: str
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    artifacts: Sequence[tuple[Path | str, str]] = ()
    dataset: Mapping[str, Any] | None = None
    description: str = ""
    label: str = ""


def key(name: str) -> str:
    """Give a name without characters that MLflow refuses in names of parameters and metrics.

    Examples
    --------
    >>> key("icc_median/ACC+DLR")
    'icc_median/ACC_DLR'
    """
    parts = ("".join(sign if sign.isalnum() or sign in "_-. " else "_" for sign in part) for part in name.split("/"))
    return "/".join(part for part in parts if part.strip(". "))[:MAX_NAME].lstrip(".") or "unnamed"


def params_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Give settings as MLflow's parameters."""
    names = unique_names([(name,) for name in values], key)
    return {names[name,]: str(value)[:MAX_PARAM] for name, value in values.items()}


def metrics_of(values: Mapping[str, Any]) -> dict[str, float]:
    """Give numbers as MLflow's metrics; what is missing, or no number, has none.

    Examples
    --------
    >>> metrics_of({"icc_median": 0.8, "icc_share_lower": float("nan"), "note": "none"})
    {'icc_median': 0.8}
    """
    numbers = {
        (name,): float(value)
        for name, value in values.items()
        if value is not None and not isinstance(value, str) and math.isfinite(value)
    }
    names = unique_names(numbers, key)
    return {names[name]: value for name, value in numbers.items()}
