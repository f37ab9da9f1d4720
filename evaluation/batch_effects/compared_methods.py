"""The harmonizers that a scorecard compares, by the names that people type."""

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from evaluation.batch_effects.scorecard import Method
from evaluation.batch_effects.scorecard_rows import NONE
from harmonize.combat.methods import COLUMNS, METHODS, make_harmonizer, method_options
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

ALL = "all"
FLAGS: Mapping[str, tuple[str, Any]] = {
    "mean_only": ("mean_only", True),
    "no_empirical_bayes": ("empirical_bayes", False),
    "nonparametric": ("parametric", False),
}
"""What may follow the name of a method after a colon, as options of the command line, and what it sets."""
VARIED = "combat"
"""The method whose variants are compared where all are."""


def all_methods() -> tuple[str, ...]:
    """Name doing nothing, every harmonizer that there is, and the variants of ComBat.

    Examples
    --------
    >>> all_methods()[:5]
    ('none', 'combat', 'combat:mean_only', 'combat:no_empirical_bayes', 'combat:nonparametric')
    """
    found = [NONE]
    for name in METHODS:
        found += [name, *(f"{name}:{flag}" for flag in FLAGS if name == VARIED)]
    return tuple(found)


def named_methods(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Check the names of methods, `all` among them, and give each once; doing nothing comes first.

    Raises
    ------
    ConfigurationError
        For an unknown method, variant or option, with the nearest right name, and a value that does not fit.

    Examples
    --------
    >>> named_methods(["combat", "covbat:mean_only", "paired:scaling=REML"], "`compare`")
    ('none', 'combat', 'covbat:mean_only', 'paired:scaling=REML')
    """
    found = [NONE]
    for name in names:
        if name == ALL:
            found += all_methods()
            continue
        method, *variants = name.split(":")
        refuse_unknown([method], (NONE, ALL, *METHODS.names), where, "unknown harmonizer")
        _options(method, variants, where)
        found.append(name)
    return tuple(dict.fromkeys(found))


def with_options(method: str, options: Mapping[str, Any]) -> str:
    """Write a method with options as `named_methods` takes it.

    Examples
    --------
    >>> with_options("mixture", {"most": 3, "known": False})
    'mixture:most=3:known=false'
    """
    written = (value if isinstance(value, str) else json.dumps(value) for value in options.values())
    return ":".join([method, *(f"{name}={value}" for name, value in zip(options, written, strict=True))])


def _options(method: str, variants: Sequence[str], where: str) -> dict[str, Any]:
    """Give the options that follow the name of a method: flags, and values behind an equals sign."""
    known = {} if method in (NONE, ALL) else method_options(method, where)
    flags = {flag: setting for flag, setting in FLAGS.items() if setting[0] in known}
    place, options = f"{where}: {method}", dict[str, Any]()
    for variant in variants:
        name, sign, text = variant.partition("=")
        if not sign:
            refuse_unknown([name], (*flags, *known), place, "unknown variant")
        if name in COLUMNS:
            raise ConfigurationError(f"{place}: {name}: covariates are named once, for all harmonizers")
        if not sign and name not in flags:
            raise ConfigurationError(f"{place}: {name} has no value; write {name}=VALUE")
        option, value = (name, text if name == "reference" else _value(text)) if sign else flags[name]
        options[option] = value
    if options:
        make_harmonizer(method, options, batch="batch", subject="subject", where=where)
    return options


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def harmonizers_of(
    names: Sequence[str],
    *,
    batch: Hashable,
    subject: Hashable,
    reference: Hashable,
    fallback: Hashable,
    covariates: Mapping[str, Sequence[str]],
    where: str,
) -> dict[str, Method]:
    """Make the harmonizers of these names, not fitted; in place of one that cannot be made it says why.

    Parameters
    ----------
    names : sequence of str
        See `named_methods`.
    batch, subject : hashable
        Columns; several of the batch are joined by ``+``.
    reference, fallback : hashable
        The batch that stays as it is, or None; and that of the methods which cannot do without one.
    covariates : mapping of str to sequence of str
        By role the columns whose effect is kept, by the methods that keep any.
    where : str
        For messages.

    Examples
    --------
    >>> rest = {"reference": None, "fallback": "A", "covariates": {"continuous": ["age"]}, "where": "`compare`"}
    >>> made = harmonizers_of(["none", "combat:mean_only", "neurocombat"], batch="site", subject="patient", **rest)
    >>> made["combat:mean_only"]
    ComBat(batch='site', continuous=('age',), mean_only=True)
    >>> made["neurocombat"]
    'it knows the rows alone that it is fitted on, and cannot be held out'
    """
    found: dict[str, Method] = {}
    for name in names:
        method, *variants = name.split(":")
        if name == NONE:
            found[name] = None
        elif not METHODS[method].new_rows:
            found[name] = "it knows the rows alone that it is fitted on, and cannot be held out"
        else:
            known = method_options(method, where)
            options = _options(method, variants, where)
            options |= {role: list(covariates[role]) for role in COLUMNS if role in known and covariates.get(role)}
            named = fallback if reference is None and METHODS[method].needs_reference else reference
            if named is not None and "reference" in known:
                options.setdefault("reference", named)
            try:
                found[name] = make_harmonizer(method, options, batch=batch, subject=subject, where=where)
            except ConfigurationError as error:
                found[name] = str(error)
    return found
