"""What `radharmony diagnose` takes from its table and options: rows, classes, pipelines and baselines."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from evaluation.diagnostic import (
    MODELS,
    DiagnosticModel,
    RandomFeatures,
    first_order_columns,
    make_model,
    volume_columns,
)
from evaluation.diagnostic.baselines import COUNTS
from evaluation.reading import Rows, header_of
from experiments.cli.harmonize_table import PAIRING
from experiments.cli.tradeoff_input import parse_selector, read_cohort
from experiments.cli.transfer_input import check_method, classes_of, whitelisted
from harmonize.combat import make_harmonizer
from harmonize.configuration import refuse_unknown
from harmonize.errors import ConfigurationError
from selection import CorrelationPruning, make_selector
from selection.selectors import SELECTORS

KEYS = ("strategy", "sequence", "roi", "condition")
"""Columns that are read where the table has them: for whitelists, and to say why a subject has several rows."""


@dataclass(frozen=True)
class Candidate:
    """A pipeline, the columns that it takes, and the values to choose from in the inner loop."""

    pipeline: Pipeline
    columns: tuple[str, ...]
    grid: Mapping[str, list[Any]]


@dataclass(frozen=True)
class DiagnoseInput:
    """Rows of a table with their roles, and the steps before the model.

    Parameters
    ----------
    rows : Rows
        The table.
    y : ndarray
        Class of each row.
    subjects : ndarray
    kept : tuple of str
        The features that a whitelist holds; all without one.
    batch : str or None
        Column of the batch.
    notes : tuple of str
    """

    rows: Rows
    y: NDArray[Any]
    subjects: NDArray[Any]
    kept: tuple[str, ...]
    batch: str | None
    notes: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """Features, batch and counts of voxels."""
        counts = {name: pd.to_numeric(self.rows.frame[name], errors="coerce") for name in self._counts}
        return self.rows.frame.assign(**counts)

    @property
    def _counts(self) -> list[str]:
        return [name for name in COUNTS if name in self.rows.frame.columns and name not in self.rows.features]

    @property
    def volumes(self) -> tuple[str, ...]:
        """Columns that give the size of the ROI."""
        return tuple(volume_columns([*self.rows.features, *self._counts]))

    @property
    def first_order(self) -> tuple[str, ...]:
        """First-order features of the unfiltered image."""
        return tuple(first_order_columns(self.rows.features))


def read_input(path: Path, options: Mapping[str, Any]) -> DiagnoseInput:
    """Read the rows that the options ask for.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or options.
    """
    _check(options)
    batch = options["batch"]
    named = {options["target"], options["subject"], *((batch,) if batch else ())}
    named |= {text.partition("=")[0].strip() for text in options["where"]}
    header = header_of(path)
    further = [name for name in (*KEYS, *COUNTS) if name in header and name not in named]
    roles = {**options, "condition": (batch,) if batch else (), "unit": further}
    rows = read_cohort(path, roles)
    notes = [*_notes(rows.frame, options["subject"], [name for name in further if name in KEYS])]
    kept = rows.features
    if options["whitelist"] is not None:
        kept, found = whitelisted(options["whitelist"], rows.frame, path, options)
        notes += [*found, f"whitelist: {len(kept)} of {len(rows.features)} features"]
    subjects = rows.frame[options["subject"]].to_numpy(dtype=object)
    return DiagnoseInput(rows, classes_of(rows.frame[options["target"]]), subjects, kept, batch, tuple(notes))


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
    fill = ("impute", _imputer())
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


def _check(options: Mapping[str, Any]) -> None:
    refuse_unknown(options["models"], MODELS, "--model")
    twice = [name for name in options["models"] if options["models"].count(name) > 1]
    if twice:
        raise ConfigurationError(f"--model: '{twice[0]}' is named twice; name it once")
    if bool(options["harmonize"]) != bool(options["batch"]):
        raise ConfigurationError("--harmonize and --batch belong together: name the method and the column of the batch")
    if options["harmonize"] in PAIRING:
        raise ConfigurationError(
            f"--harmonize: {options['harmonize']} needs every subject under every condition, which those to be "
            "diagnosed do not have; use combat"
        )
    if options["harmonize"] is not None:
        check_method(options["harmonize"], PAIRING)
    if options["reference"] is not None and not options["harmonize"]:
        raise ConfigurationError("--reference: names the batch that --harmonize leaves as it is, which is missing")
    for name in ("settings", "allow"):
        if options[name] and options["whitelist"] is None:
            raise ConfigurationError(f"--{name}: is about --whitelist, which is missing")


def _candidate(steps: list[tuple[str, Any]], model: DiagnosticModel, columns: tuple[str, ...]) -> Candidate:
    return Candidate(Pipeline([*steps, *model.steps]).set_output(transform="pandas"), columns, model.grid)


def _columns(given: DiagnoseInput) -> tuple[str, ...]:
    return (*given.rows.features, *((given.batch,) if given.batch else ()))


def _imputer() -> SimpleImputer:
    return SimpleImputer(strategy="median", keep_empty_features=True)


def _head(given: DiagnoseInput, options: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Impute, harmonize, keep what is reliable and varies."""
    features = list(given.rows.features)
    steps: list[tuple[str, Any]] = [("impute", _imputer())]
    if given.batch is not None:
        fill = ColumnTransformer(
            [("features", _imputer(), features)], remainder="passthrough", verbose_feature_names_out=False
        )
        known = {} if options["reference"] is None else {"reference": options["reference"]}
        harmonizer = make_harmonizer(options["harmonize"], known, batch=given.batch, subject=None, where="--harmonize")
        steps = [("impute", fill), ("harmonize", harmonizer)]
    if given.kept != given.rows.features:
        keep = ColumnTransformer([("kept", "passthrough", list(given.kept))], verbose_feature_names_out=False)
        steps.append(("reliable", keep))
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


def _notes(frame: pd.DataFrame, subject: str, keys: list[str]) -> list[str]:
    """Say why subjects have several rows."""
    counts = frame[subject].value_counts()
    if counts.iloc[0] == 1:
        return []
    several = frame[frame[subject] == counts.index[0]]
    differ = [name for name in keys if several[name].nunique() > 1]
    where = f", which differ in {', '.join(differ)} (take one with --where)" if differ else ""
    return [f"{len(frame)} rows of {len(counts)} subjects: up to {counts.iloc[0]} of one subject{where}"]


def size_of_selection(counts: pd.Series) -> int:
    """Give the number of features of a typical fold, at least one."""
    known = counts.dropna()
    return max(1, int(np.median(known.astype(int)))) if len(known) else 1
