"""The pipelines of a diagnosis: those of the models, and the baselines that they have to beat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import VarianceThreshold
from sklearn.pipeline import Pipeline

from evaluation.classification import DiagnosticModel, RandomFeatures, make_model
from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.shared.pipeline_parts import keep_only, make_imputer, parse_selector
from harmonize.combat import make_harmonizer
from harmonize.inputs.levels import find_level
from selection import CorrelationPruning, make_selector

if TYPE_CHECKING:
    from experiments.analyses.diagnose.run import DiagnosisInput


@dataclass(frozen=True)
class Candidate:
    """A pipeline, the columns that it takes, and the values to choose from in the inner loop."""

    pipeline: Pipeline
    columns: tuple[str, ...]
    grid: Mapping[str, list[Any]]


def candidate(given: "DiagnosisInput", name: str) -> Candidate:
    """Make the pipeline of a model: impute, harmonize, reliability filter, prune, select, model."""
    model = make_model(name, given.settings.seed, str(given.settings.outcome))
    steps = [*_head(given), *_pruning(given.settings), *_selector(given.settings)]
    return _candidate(steps, model, _columns(given))


def baselines(given: "DiagnosisInput", name: str, n_features: int) -> dict[str, Candidate]:
    """Make what a model has to beat, with the same model where one is needed.

    Parameters
    ----------
    given : DiagnosisInput
    name : str
        The model.
    n_features : int
        How many features are drawn at random: as many as the model used.
    """
    model, dummy = (make_model(one, given.settings.seed, str(given.settings.outcome)) for one in (name, "dummy"))
    fill = ("impute", make_imputer())
    found = {"dummy": _candidate([fill], dummy, given.rows.features[:1])}
    if n_features < len(given.features):
        drawn = ("select", RandomFeatures(n_features, random_state=given.settings.seed))
        found["random features"] = _candidate([*_head(given), drawn], model, _columns(given))
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


def _columns(given: "DiagnosisInput") -> tuple[str, ...]:
    return (*given.rows.features, *((given.settings.batch,) if given.settings.batch else ()))


def _head(given: "DiagnosisInput") -> list[tuple[str, Any]]:
    """Impute, harmonize, keep what is reliable and varies."""
    features = list(given.rows.features)
    steps: list[tuple[str, Any]] = [("impute", make_imputer())]
    if given.settings.batch is not None:
        fill = ColumnTransformer(
            [("features", make_imputer(), features)], remainder="passthrough", verbose_feature_names_out=False
        )
        known = {}
        if given.settings.reference is not None:
            what = f"`reference`: no row has {given.settings.batch}"
            known["reference"] = find_level(given.settings.reference, given.rows.frame[given.settings.batch], what)
        harmonizer = make_harmonizer(
            str(given.settings.harmonize), known, batch=given.settings.batch, subject=None, where="`harmonize`"
        )
        steps = [("impute", fill), ("harmonize", harmonizer)]
    if given.features != given.rows.features:
        steps.append(("reliable", keep_only(given.features)))
    return [*steps, ("varies", VarianceThreshold())]


def _pruning(settings: DiagnosisSettings) -> list[tuple[str, Any]]:
    return [] if settings.prune is None else [("prune", CorrelationPruning(settings.prune))]


def _selector(settings: DiagnosisSettings) -> list[tuple[str, Any]]:
    outcome = str(settings.outcome)
    name, values = parse_selector(settings.select, outcome)
    if name is None:
        return []
    return [("select", make_selector(name, values, "`select`", outcome=outcome, seed=settings.seed))]
