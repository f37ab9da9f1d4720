"""The steps of a pipeline before its model, in the words of the command line."""

from collections.abc import Iterable
from inspect import signature
from typing import Any

import yaml
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer

from harmonize.inputs.configuration import refuse_unknown
from selection.selectors import SELECTORS


def make_imputer() -> SimpleImputer:
    """Make what puts the median of the training rows where a value is missing."""
    return SimpleImputer(strategy="median", keep_empty_features=True)


def keep_only(features: Iterable[str]) -> ColumnTransformer:
    """Make what passes these features on, under their names, and no other column."""
    keep = ColumnTransformer([("keep", "passthrough", list(features))], verbose_feature_names_out=False)
    return keep.set_output(transform="pandas")


def parse_selector(text: str) -> tuple[str | None, dict[str, Any]]:
    """Take a selector as NAME, NAME:VALUE of its first option, or NAME:OPTION=VALUE,...

    Examples
    --------
    >>> parse_selector("mrmr:10"), parse_selector("rfe:step=0.2,n_features=5"), parse_selector("none")
    (('mrmr', {'n_features': 10}), ('rfe', {'step': 0.2, 'n_features': 5}), (None, {}))
    """
    name, _, rest = text.partition(":")
    if name == "none":
        return None, {}
    refuse_unknown([name], SELECTORS, "--select")
    options: dict[str, Any] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            key, value = next(iter(signature(SELECTORS[name]).parameters)), part
        options[key.strip()] = yaml.safe_load(value)
    return name, options
