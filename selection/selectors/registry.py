"""Every selector under the name that files and options use."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any

from harmonize.entries import Registry
from harmonize.errors import ConfigurationError
from harmonize.inputs.checks import of_kind
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.limits import limits_of
from selection.selectors.boruta import Boruta
from selection.selectors.elimination import recursive_elimination
from selection.selectors.mrmr import MRMR
from selection.selectors.stability_selection import StabilitySelection
from selection.selectors.univariate import false_discovery_rate, mutual_information

_OURS: dict[str, Callable[..., Any]] = {
    "mrmr": MRMR,
    "stability_selection": StabilitySelection,
    "rfe": recursive_elimination,
    "mutual_information": mutual_information,
    "fdr": false_discovery_rate,
    "boruta": Boruta,
}

SELECTORS = Registry("selector", _OURS, lambda _, entry: "" if callable(entry) else f"{entry!r} makes no selector")
"""By name what makes the selector; its parameters are the options. Packages may add some."""


OUTCOME = "outcome"
"""The parameter that says for what a selector chooses: no option, but what the model beside it predicts."""


def options_of(name: str) -> dict[str, Parameter]:
    """Give the options of a selector, by name.

    Examples
    --------
    >>> list(options_of("mutual_information"))
    ['n_features', 'random_state']
    """
    return {one: about for one, about in signature(SELECTORS[name]).parameters.items() if one != OUTCOME}


def make_selector(
    name: str,
    options: Mapping[str, Any] | None = None,
    where: str = "selector",
    *,
    outcome: str = "classes",
    seed: int | None = None,
) -> Any:
    """Make a selector by its name.

    Parameters
    ----------
    name : str
        One of `SELECTORS`.
    options : mapping, optional
        Its parameters.
    where : str
        The place, as the error message shall name it.
    outcome : {"classes", "number", "survival"}
        For what it chooses.
    seed : int, optional
        The `random_state` of one that draws, unless the options give it.

    Raises
    ------
    ConfigurationError
        For an unknown name or option, with the nearest right one, a selector that does not choose for the outcome, a
        value of another kind than the default, if that is
        a number or a truth, and a number beyond its limits.

    Examples
    --------
    >>> make_selector("mrmr", {"n_features": 5})
    MRMR(n_features=5)
    >>> make_selector("mrrm")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: selector: unknown key 'mrrm'; did you mean 'mrmr'?
    """
    refuse_unknown([name], SELECTORS.names, where)
    options, known = dict(options or {}), options_of(name)
    if outcome != "classes" and OUTCOME not in signature(SELECTORS[name]).parameters:
        able = ", ".join(one for one in SELECTORS if OUTCOME in signature(SELECTORS[one]).parameters)
        raise ConfigurationError(f"{where}: {name} chooses for classes; for {outcome} there are {able} and none")
    refuse_unknown(options, known, f"{where}: {name}")
    for option, value in options.items():
        kind = type(known[option].default)
        if kind in (bool, int, float):
            try:
                of_kind(kind, value)
            except ValueError as error:
                raise ConfigurationError(f"{where}: {name}: {option}: {error}") from None
        limits = limits_of(SELECTORS[name]).get(option)
        if limits is not None and value is not None and not limits.holds(value):
            raise ConfigurationError(f"{where}: {name}: {option}: expected {limits}, found {value}")
    if seed is not None and "random_state" in known:
        options.setdefault("random_state", seed)
    chosen_for = {OUTCOME: outcome} if outcome != "classes" else {}
    with SELECTORS.answered_for(name, scan=False):
        selector = SELECTORS[name](**options, **chosen_for)
        if not (hasattr(selector, "fit") and hasattr(selector, "get_support")):
            raise TypeError(f"it makes {selector!r}, expected a selector of scikit-learn, with fit and get_support")
        return selector
