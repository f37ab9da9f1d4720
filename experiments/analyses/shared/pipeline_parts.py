"""The parts of a pipeline before its model: what fills, harmonizes, keeps and selects."""

from collections.abc import Iterable
from typing import Any

import yaml
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer

from experiments.analyses.shared.readers import each_once
from harmonize.combat import METHODS
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from selection.selectors import SELECTORS, make_selector
from selection.selectors.registry import options_of


def check_method(name: str, *, paired: bool = True) -> None:
    """Refuse a harmonizer that is unknown, or cannot be applied to subjects that it has not seen.

    Parameters
    ----------
    name : str
    paired : bool
        Whether those serve here that need every subject in several batches.

    Raises
    ------
    ConfigurationError
    """
    if name in METHODS and not METHODS[name].new_rows:
        raise ConfigurationError(
            f"`harmonize`: {name} only harmonizes the rows that it was fitted on, so that no subject can be held out; "
            "use combat"
        )
    serving = [one for one, cls in METHODS.items() if cls.new_rows and (paired or not cls.paired)]
    refuse_unknown([name], serving, "`harmonize`")


def make_imputer() -> SimpleImputer:
    """Make what puts the median of the training rows where a value is missing."""
    return SimpleImputer(strategy="median", keep_empty_features=True)


def keep_only(features: Iterable[str]) -> ColumnTransformer:
    """Make what passes these features on, under their names, and no other column."""
    keep = ColumnTransformer([("keep", "passthrough", list(features))], verbose_feature_names_out=False)
    return keep.set_output(transform="pandas")


def parse_selector(text: str, outcome: str = "classes") -> tuple[str | None, dict[str, Any]]:
    """Take a selector as NAME, NAME:VALUE of its first option, or NAME:OPTION=VALUE,...

    Examples
    --------
    >>> parse_selector("mrmr:10"), parse_selector("rfe:step=0.2,n_features=5"), parse_selector("none")
    (('mrmr', {'n_features': 10}), ('rfe', {'step': 0.2, 'n_features': 5}), (None, {}))
    """
    name, _, rest = text.partition(":")
    if name == "none":
        return None, {}
    refuse_unknown([name], SELECTORS.names, "`select`")
    first = next(iter(options_of(name)), "")
    given = [part.partition("=") if "=" in part else (first, "=", part) for part in rest.split(",") if part]
    try:
        options = each_once((key.strip(), yaml.safe_load(value)) for key, _, value in given)
    except (ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"`select`: {' '.join(str(error).split())}") from None
    make_selector(name, options, "`select`", outcome=outcome)
    return name, options
