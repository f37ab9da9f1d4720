"""Fitted models as JSON: readable, without code in them, with a schema version and a digest."""

import json
import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from os import PathLike
from typing import Any

import numpy as np

from harmonize.combat.covariates import Categorical, Continuous, Covariates
from harmonize.combat.empirical_bayes import Priors
from harmonize.combat.location_scale import LocationScale
from harmonize.combat.reader import Reader
from harmonize.digest import sealed, unsealed
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_json
from harmonize.inputs.paths import as_path

SCHEMA = "radharmony.combat"
SCHEMA_VERSION = 1

_ARRAYS = ("grand_mean", "pooled_variance", "gamma_hat", "delta_hat", "gamma_star", "delta_star", "untouched")


def to_document(kind: str, parameters: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """Give a fitted model as plain values, with a schema version and a digest.

    Parameters
    ----------
    kind : str
        Name of the estimator.
    parameters, state : mapping
        Of the constructor; learned. Texts, finite numbers, booleans, `None`, and lists and mappings of these.

    Raises
    ------
    ConfigurationError
        When a value cannot be written as JSON.
    """
    content = {"kind": kind, "parameters": _plain(parameters), "state": _plain(state)}
    return sealed({"schema": SCHEMA, "version": SCHEMA_VERSION, **content})


def from_document(
    document: object, kind: str, defaults: Mapping[str, Any], where: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take apart what `to_document` gave.

    Parameters
    ----------
    document : object
        Whatever was found in the file.
    kind : str
        Estimator that is expected.
    defaults : mapping
        The parameters of its constructor.
    where : str
        The place, for messages.

    Returns
    -------
    parameters, state : dict

    Raises
    ------
    ConfigurationError
        When it is not such a model, is of another version or estimator, or was altered.
    """
    content = check_document(document, SCHEMA, SCHEMA_VERSION, ("kind", "parameters", "state"), where)
    if content["kind"] != kind:
        raise ConfigurationError(f"{where} is a {content['kind']!r}, expected {kind!r}; load it with that class")
    parameters, state = content["parameters"], content["state"]
    if (
        not isinstance(parameters, dict)
        or not isinstance(state, dict)
        or set(parameters) != set(defaults)
        or not all(_is_parameter(value) for value in parameters.values())
    ):
        raise ConfigurationError(f"{where}: its parameters are not those of {kind}; fit it again")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}, state


def check_document(document: object, schema: str, version: int, keys: tuple[str, ...], where: str) -> dict[str, Any]:
    """Check schema, version and digest of a document, and give its content.

    Raises
    ------
    ConfigurationError
        When one of them does not fit.
    """
    if not isinstance(document, dict) or document.get("schema") != schema:
        raise ConfigurationError(f"{where} is not a saved harmonization model; give a file that was written as one")
    if document.get("version") != version:
        raise ConfigurationError(
            f"{where} has version {document.get('version')!r}, this release reads {version}; fit the model "
            "again, or use the release that wrote it"
        )
    content = unsealed(document, where, "fit it again")
    return {key: content.get(key) for key in keys}


def write_document(path: str | PathLike[str], document: Mapping[str, Any]) -> None:
    """Write a document as JSON; a file that is there is replaced."""
    as_path(path, "model").write_text(
        json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )


def read_document(path: str | PathLike[str]) -> object:
    """Read a JSON file.

    Raises
    ------
    ConfigurationError
        When it is absent or not JSON.
    """
    if not as_path(path, "model").exists():
        raise ConfigurationError(f"{model_name(path)}: there is no such file; give the path of a saved model")
    try:
        return read_json(as_path(path))
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}; give a file that was written as a model") from error


def model_name(path: str | PathLike[str]) -> str:
    """Name a model file in messages."""
    return f"model '{as_path(path, 'model').name}'"


def covariates_state(covariates: Covariates) -> list[dict[str, Any]]:
    """Give how covariates are coded, as plain values."""
    return [
        {"column": term.column, "levels": term.levels}
        if isinstance(term, Categorical)
        else {"column": term.column, "centre": term.centre, "scale": term.scale, "knots": term.knots}
        for term in covariates.terms
    ]


def covariates_from_state(reader: "Reader", columns: Sequence[Hashable], key: str = "covariates") -> Covariates:
    """Make what `covariates_state` wrote under a key, checking that it is of these columns.

    Raises
    ------
    ConfigurationError
        Naming the part that does not fit.
    """
    terms = tuple(_term(Reader(entry, key)) for entry in reader.entries(key))
    if [term.column for term in terms] != list(columns):
        raise reader.error(key, "do not fit the parameters")
    return Covariates(terms)


def effects_state(effects: LocationScale) -> dict[str, Any]:
    """Give the estimates of a location and scale model, as plain values."""
    return {name: getattr(effects, name) for name in _ARRAYS} | {
        "priors": None if effects.priors is None else vars(effects.priors)
    }


def effects_from_state(reader: "Reader", n_batches: int, n_features: int, reference: int | None) -> LocationScale:
    """Make a location and scale model from what `effects_state` wrote, checking shapes and values.

    Raises
    ------
    ConfigurationError
        Naming the part that does not fit.
    """
    per_batch, per_feature = (n_batches, n_features), (n_features,)
    priors = None
    if reader.state.get("priors") is not None:
        parts = Reader(reader.mapping("priors"), "priors")
        names = ("gamma_bar", "tau2", "delta_bar", "delta_variance")
        priors = Priors(*(parts.array(name, (n_batches,)) for name in names))
    return LocationScale(
        reader.array("grand_mean", per_feature),
        reader.array("pooled_variance", per_feature, least=0.0),
        reader.array("gamma_hat", per_batch),
        reader.array("delta_hat", per_batch, least=0.0),
        reader.array("gamma_star", per_batch),
        reader.array("delta_star", per_batch, least=np.finfo(np.float64).tiny),
        reader.array("untouched", per_feature, least=0.0) != 0.0,
        priors,
        reference,
    )


def _term(reader: "Reader") -> Categorical | Continuous:
    column = reader.label("column")
    if "levels" in reader.state:
        return Categorical(column, tuple(reader.labels("levels")))
    knots = tuple(reader.numbers("knots"))
    if any(upper <= lower for lower, upper in pairwise(knots)) or len(knots) in (1, 2):
        raise reader.error("knots", "do not increase")
    scale = reader.array("scale", (), least=np.finfo(np.float64).tiny)
    return Continuous(column, float(reader.array("centre", ())), float(scale), knots)


def _is_parameter(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(item is None or isinstance(item, str | int | float) for item in values)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ConfigurationError(f"{value!r} ({type(value).__name__}) cannot be saved; use texts and finite numbers")


def saved_name(name: Hashable) -> Hashable:
    """Give the name of a column, if JSON gives it back as it is."""
    if not isinstance(name, str | int | float):
        raise ConfigurationError(f"column {name!r} cannot be saved; name columns with texts or numbers")
    return name
