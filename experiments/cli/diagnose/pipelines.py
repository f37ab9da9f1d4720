"""The pipelines of `radharmony diagnose`: those of the models, and the baselines that they have to beat."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import VarianceThreshold
from sklearn.pipeline import Pipeline

from evaluation.classification import DiagnosticModel, RandomFeatures, make_model
from experiments.cli.diagnose.input import DiagnoseInput
from experiments.cli.shared.steps import keep_only, make_imputer, parse_selector
from harmonize.combat import make_harmonizer
from harmonize.inputs.levels import find_level
from selection import CorrelationPruning, make_selector
from selection.selectors import SELECTORS


@dataclass(frozen=True)
class Candidate:
    """A pipeline, the columns that it takes, and the values to choose from in the inner loop."""

    pipeline: Pipeline
    columns: tuple[str, ...]
    grid: Mapping[str, list[Any]]


def candidate(given: DiagnoseInput, name: str, options: Mapping[str, Any]) -> Candidate:
    """Make the pipeline of a model: impute, harmonize, reliability filter, prune, select, model."""
    model = make_model(name, options["seed"])
    steps = [*_head(given, options), *_pruning(options), *_selector(options)]
    return _candidate(steps, model, _columns(given))


def baselines(given: DiagnoseInput, name: str, n_features: int, options: Mapping[str, Any]) -> dict[str, Candidate]:
    """Make what a model has to beat, with the same model where one is needed.

    Parameters
    ----------
    given : DiagnoseInput
    name : str
        The model.
    n_features : int
        How many features are drawn at random: as many as the model used.
    options : mapping
    """
    model, dummy = make_model(name, options["seed"]), make_model("dummy", options["seed"])
    fill = ("impute", make_imputer())
    found = {"dummy": _candidate([fill], dummy, given.rows.features[:1])}
    if n_features < len(given.kept):
        drawn = ("select", RandomFeatures(n_features, random_state=options["seed"]))
        found["random features"] = _candidate([*_head(given, options), drawn], model, _columns(given))
    for label, columns in (("ROI volume", given.volumes), ("first-order", given.first_order)):
        if columns and columns != given.rows.features:
            varying = tuple(name for name in columns if given.table[name].nunique() > 1)
            if varying:  # circles of one size have one volume
                found[label] = _candidate([fill, ("varies", VarianceThreshold())], model, varying)
    return found


def size_of_selection(counts: pd.Series) -> int:
    """Give the number of features of a typical fold, at least one."""
    known = counts.dropna()
    return max(1, int(np.median(known.astype(int)))) if len(known) else 1


def _candidate(steps: list[tuple[str, Any]], model: DiagnosticModel, columns: tuple[str, ...]) -> Candidate:
    return Candidate(Pipeline([*steps, *model.steps]).set_output(transform="pandas"), columns, model.grid)


def _columns(given: DiagnoseInput) -> tuple[str, ...]:
    return (*given.rows.features, *((given.batch,) if given.batch else ()))


def _head(given: DiagnoseInput, options: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Impute, harmonize, keep what is reliable and varies."""
    features = list(given.rows.features)
    steps: list[tuple[str, Any]] = [("impute", make_imputer())]
    if given.batch is not None:
        fill = ColumnTransformer(
            [("features", make_imputer(), features)], remainder="passthrough", verbose_feature_names_out=False
        )
        known = {}
        if options["reference"] is not None:
            what = f"--reference: no row has {given.batch}"
            known["reference"] = find_level(options["reference"], given.rows.frame[given.batch], what)
        harmonizer = make_harmonizer(options["harmonize"], known, batch=given.batch, subject=None, where="--harmonize")
        steps = [("impute", fill), ("harmonize", harmonizer)]
    if given.kept != given.rows.features:
        steps.append(("reliable", keep_only(given.kept)))
    return [*steps, ("varies", VarianceThreshold())]


def _pruning(options: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [] if options["prune"] is None else [("prune", CorrelationPruning(options["prune"]))]


def _selector(options: Mapping[str, Any]) -> list[tuple[str, Any]]:
    name, values = parse_selector(options["select"])
    if name is None:
        return []
    if "random_state" in signature(SELECTORS[name]).parameters:
        values = {"random_state": options["seed"], **values}
    return [("select", make_selector(name, values, "--select"))]
