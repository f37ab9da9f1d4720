"""The harmonizers by the names that study files and the command line use."""

import inspect
from collections.abc import Hashable, Mapping
from typing import Any, get_type_hints

from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.combat import ComBat
from harmonize.combat.covbat import CovBat
from harmonize.combat.mixture import MixtureComBat
from harmonize.combat.nested import NestedComBat
from harmonize.combat.neurocombat import NeuroComBat
from harmonize.combat.paired import LongitudinalComBat
from harmonize.combat.protocol import ProtocolComBat
from harmonize.combat.rivals import BatchZScore, QuantileAlignment, ReferenceRegression
from harmonize.entries import Registry
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import convert, refuse_unknown

_OURS: dict[str, type[BatchHarmonizer]] = {
    cls.name: cls
    for cls in (
        ComBat,
        CovBat,
        LongitudinalComBat,
        NestedComBat,
        ProtocolComBat,
        MixtureComBat,
        NeuroComBat,
        BatchZScore,
        QuantileAlignment,
        ReferenceRegression,
    )
}


def _fault(name: str, entry: Any) -> str:
    if not isinstance(entry, type) or not issubclass(entry, BatchHarmonizer):
        return f"{entry!r} is no subclass of BatchHarmonizer"
    return "" if entry.name == name else f"the `name` of the class is '{entry.name}'"


METHODS = Registry("harmonizer", _OURS, _fault)
"""Every harmonizer by its name. A new one is one file and one entry above, or one that a package adds; what it can do
is said by its class."""

COLUMNS = ("categorical", "continuous", "smooth")
"""Parameters that name columns."""

_FIXED = ("batch", "batches", "subject")


def method_options(method: str, where: str) -> dict[str, Any]:
    """List the options of a method with their defaults; batch and subject are not among them.

    Raises
    ------
    ConfigurationError
        For an unknown method, with the nearest right name.

    Examples
    --------
    >>> method_options("batch_zscore", "study.yaml")
    {'reference': None}
    """
    refuse_unknown([method], METHODS.names, where, "unknown harmonizer")
    signature = inspect.signature(METHODS[method].__init__).parameters
    return {name: parameter.default for name, parameter in signature.items() if name != "self" and name not in _FIXED}


def make_harmonizer(
    method: str, options: Mapping[str, Any], *, batch: Hashable, subject: Hashable, where: str
) -> BatchHarmonizer:
    """Make a harmonizer, not fitted yet, from its name and options.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    options : mapping
        Its options, as `method_options` lists them.
    batch, subject : hashable
        Columns; the subject is used by the methods that know subjects. Several columns of the batch are joined by
        ``+``, which methods for several batch variables take apart, see `batch_columns`.
    where : str
        The place in the study file or on the command line, for messages.

    Raises
    ------
    ConfigurationError
        For an unknown method or option, or a value of the wrong kind.

    Examples
    --------
    >>> make_harmonizer("combat", {"reference": "REF+STD"}, batch="condition", subject="subject", where="study.yaml")
    ComBat(batch='condition', reference='REF+STD')
    """
    defaults = method_options(method, where)
    refuse_unknown(options, defaults, f"{where}: {method}")
    hints = get_type_hints(METHODS[method].__init__)
    checked = {name: _checked(name, hints[name], value, f"{where}: {method}") for name, value in options.items()}
    cls = METHODS[method]
    if takes_subject(method):
        checked["subject"] = subject
    if cls.several_batches:
        return cls(batches=batch_columns(method, batch), **checked)
    return cls(batch=batch, **checked)


def takes_subject(method: str) -> bool:
    """Say whether a method knows subjects.

    Examples
    --------
    >>> takes_subject("paired"), takes_subject("combat")
    (True, False)
    """
    return "subject" in inspect.signature(METHODS[method].__init__).parameters


def batch_columns(method: str, batch: Hashable) -> tuple[Hashable, ...]:
    """Give the columns that a batch is made of for a method.

    Examples
    --------
    >>> batch_columns("nested", "scanner+protocol"), batch_columns("combat", "scanner+protocol")
    (('scanner', 'protocol'), ('scanner+protocol',))
    """
    if batch is None:
        return ()
    return tuple(batch.split("+")) if METHODS[method].several_batches and isinstance(batch, str) else (batch,)


def _checked(name: str, hint: object, value: object, where: str) -> object:
    """Check one value, and give it as the constructor takes it."""
    if name in COLUMNS:
        columns = value if isinstance(value, list | tuple) else [value]
        if all(isinstance(column, str) for column in columns):
            return tuple(columns)
        raise ConfigurationError(f"{where}: {name}: expected names of columns, found {value!r}")
    if name == "reference":
        if value is None or isinstance(value, str | int | float):
            return value
        raise ConfigurationError(f"{where}: {name}: expected one of the batches, found {value!r}")
    return convert(hint, value, f"{where}: {name}")
