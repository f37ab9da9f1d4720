"""What a run hands on to scans of others: what its steps and harmonizer have learned, and what its scans were like."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.tables import PERTURBATION, as_taken, feature_columns
from experiments.folder.files import FITTED
from experiments.folder.kinds import File, Record, Text
from experiments.folder.run_folder import RunFolder
from experiments.study.strategy import Strategy, learning_steps
from harmonize.steps import Fits, fitted_class

MODEL = "_harmonizer.json"
"""End of the names of files that hold fitted harmonizers, after the strategy's name."""
COUNTS = ("voxels", "bins")
"""Columns whose ranges are kept beside those of features."""
OTHERS = ("subject", "sequence", "condition", "source", "implausible")
"""Columns of protocol.csv that hold no parameter."""
MOST_VALUES = 20
"""Of a parameter that is no number; of more values it is said that there are others."""


def fitted_file(strategy: str, step: str) -> File[str]:
    """Give the file in which a run leaves what a step of a strategy has learned."""
    return FITTED.file(f"{strategy}_{step}.json", Text)


def harmonizer_file(strategy: str) -> File[dict[str, Any]]:
    """Give the file in which a run leaves the harmonizer of a strategy."""
    return FITTED.file(f"{strategy}{MODEL}", Record)


def learned_of(
    run: RunFolder,
    strategy: Strategy,
    image_strategy: str,
    features: pd.DataFrame,
    seen: Mapping[str, Any],
) -> dict[str, Any]:
    """Gather what scans of others need to be measured as those of a run, in plain values without names of people.

    Parameters
    ----------
    run : RunFolder
        With `fitted/`.
    strategy : Strategy
        Which.
    image_strategy : str
        The strategy that fits are filed under: the first that does the same with images.
    features : DataFrame
        The feature table.
    seen : mapping
        From `seen_scans`.

    Returns
    -------
    dict
        `steps`, by name what each learned; `harmonizer`; `seen`, with the least and the largest value of every feature
        by sequence and ROI, and of how many people they are.
    """
    steps = {}
    for name, place in learning_steps(strategy.steps).items():
        step = strategy.steps[place].name
        file = run.path(fitted_file(image_strategy, name))
        steps[name] = Fits.read(file, step, fitted_class(step)).nameless().to_document()
    found: dict[str, Any] = {"steps": steps} if steps else {}
    model = None if strategy.harmonizer is None else run.standing(harmonizer_file(strategy.name))
    if model is not None:
        found["harmonizer"] = model
    own = features[features["strategy"] == strategy.name]
    if PERTURBATION in own:  # what was computed from scans is none of them
        own = own[as_taken(own)]
    return {**found, "seen": {**seen, "features": ranges_of(own), "people": people_of(own)}}


def ranges_of(features: pd.DataFrame) -> dict[str, dict[str, dict[str, list[float]]]]:
    """Give the least and the largest value of every feature, of voxels and of bins, by sequence and ROI."""
    columns = [*(name for name in COUNTS if name in features), *feature_columns(features)]
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for (sequence, roi), rows in features.groupby(["sequence", "roi"], sort=True):
        ends = rows[columns].agg(["min", "max"]).to_numpy(dtype=np.float64).T
        found.setdefault(str(sequence), {})[str(roi)] = {
            name: pair for name, pair in zip(columns, ends.tolist(), strict=True) if not np.isnan(pair[0])
        }
    return found


def people_of(features: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Give of how many people the ranges are, by sequence and ROI.

    Examples
    --------
    >>> people_of(pd.DataFrame({"sequence": "T2", "roi": "liver", "subject": ["A", "A", "B"]}))
    {'T2': {'liver': 2}}
    """
    found: dict[str, dict[str, int]] = {}
    for (sequence, roi), subjects in features.groupby(["sequence", "roi"], sort=True)["subject"]:
        found.setdefault(str(sequence), {})[str(roi)] = int(subjects.nunique())
    return found


def seen_scans(factors: Sequence[str], geometry: Mapping[str, Any], protocol: pd.DataFrame | None) -> dict[str, Any]:
    """Say what the scans of a run were like: factors, voxels, planes, protocols.

    Parameters
    ----------
    factors : sequence of str
        The columns that make a condition.
    geometry : mapping
        From `experiments.study.geometry.geometry_of`.
    protocol : DataFrame, optional
        The protocol table as texts.
    """
    return {"factors": list(factors), "geometry": dict(geometry), "protocol": _protocols(protocol)}


def _protocols(table: pd.DataFrame | None) -> dict[str, dict[str, list[Any]]]:
    """Give by sequence what is stated of each parameter: two numbers (least, largest), or texts."""
    if table is None:
        return {}
    found: dict[str, dict[str, list[Any]]] = {}
    for sequence, rows in table.groupby("sequence", sort=True):
        for name in rows.columns.drop(list(OTHERS)):
            texts = rows.loc[rows[name] != "", name]
            numbers = pd.to_numeric(texts, errors="coerce")
            if texts.empty:
                continue
            values = [float(numbers.min()), float(numbers.max())] if numbers.notna().all() else sorted(set(texts))
            found.setdefault(str(sequence), {})[str(name)] = values[:MOST_VALUES]
    return found
