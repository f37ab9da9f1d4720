"""Which column of a table is the subject, the condition, the ROI and so on: named by the user or guessed by name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from evaluation.reading.names import ADMINISTRATIVE, KNOWN_NAMES, plain
from evaluation.tables import feature_class
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.words import some

FACTORS = ("acquisition", "reconstruction")
"""Two columns that name the condition together."""

PREFERRED_CONDITION = "condition"


@dataclass(frozen=True)
class Roles:
    """The columns that say what a row is.

    Parameters
    ----------
    subject : str or None
        Column that names the subject.
    condition : tuple of str
        One or more columns that name what is compared: acquisition, repeat, scanner, reader, segmentation. The
        condition is their values, joined by ``+``.
    order : str or None
        Instead of `condition`: the conditions are ``1``, ``2``, ... in the order of this column (a date, a
        number) within each subject and sequence.
    sequence, roi, strategy : str or None
        Columns that are analysed level by level. Without one, all rows have the level ``all``.
    within : tuple of str
        Further columns that are analysed level by level, such as the segmentation in a study of scanners; their
        values are added to the ROI, joined by " / ".

    Examples
    --------
    >>> resolve(["PatientID", "reader", "Organ", "original_glcm_Id"], Roles())
    (Roles(subject='PatientID', condition=('reader',), order=None, sequence=None, roi='Organ', strategy=None,
           within=()), frozenset({...}))
    """

    subject: str | None = None
    condition: tuple[str, ...] = ()
    order: str | None = None
    sequence: str | None = None
    roi: str | None = None
    strategy: str | None = None
    within: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """Give all columns that have a role."""
        return tuple(column for role in fields(self) for column in self.of(role.name))

    def of(self, role: str) -> tuple[str, ...]:
        """Give the columns of one role."""
        value = getattr(self, role)
        return value if isinstance(value, tuple) else () if value is None else (value,)


def resolve(
    header: Sequence[str], given: Roles, empty: Collection[str] = (), condition: str = "condition"
) -> tuple[Roles, frozenset[str]]:
    """Check the roles that are given and guess the others from the names of the columns.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    given : Roles
        What the user named.
    empty : collection of str
        Columns without any value, which are not guessed.
    condition : str
        What the setting is called that names the conditions.

    Returns
    -------
    roles : Roles
        With subject, and condition or order.
    guessed : frozenset of str
        Names of the roles that were guessed.

    Raises
    ------
    ConfigurationError
        When a named column is absent (with the nearest name) or has two roles, when there is no subject or
        condition, or more than one column could be the condition.
    """
    for role in fields(given):
        asked = condition if role.name == "condition" else role.name
        refuse_unknown(given.of(role.name), header, f"`{asked}`", "there is no column")
    named = given.columns()
    twice = [column for column in named if named.count(column) > 1]
    if twice:
        raise ConfigurationError(f"column '{twice[0]}' has two roles; give it one")
    if given.order and given.condition:
        raise ConfigurationError("name either the condition or the order that numbers the conditions, not both")
    roles, guessed = given, set()
    filled = [column for column in header if column not in empty]
    for single in ("subject", "sequence", "roi", "strategy"):
        found = candidates(filled, single, roles.columns())
        if not roles.of(single) and found:
            changes: dict[str, Any] = {single: found[0]}
            roles = replace(roles, **changes)
            guessed.add(single)
    if not roles.subject:
        raise ConfigurationError(
            f"no column is named as a subject; name it with `subject`. The columns are {_listed(header)}"
        )
    if not roles.condition and not roles.order:
        roles = replace(roles, condition=_condition(filled, roles.columns(), condition))
        guessed.add("condition")
    return roles, frozenset(guessed)


def _condition(header: Sequence[str], taken: Collection[str], asked: str) -> tuple[str, ...]:
    found = candidates(header, "condition", taken)
    if found and plain(found[0]) == PREFERRED_CONDITION:
        return (found[0],)
    factors = tuple(column for name in FACTORS for column in header if plain(column) == name and column not in taken)
    found = [*factors, *found]
    if not found:
        raise ConfigurationError(
            "no column is named as a condition (a repeat, scanner, reader, acquisition, ...); name it with "
            f"`{asked}`, or with `order` the column that orders a subject's scans. The columns are {_listed(header)}"
        )
    if len(found) > max(1, len(factors)):
        raise ConfigurationError(
            f"each of the columns {', '.join(found)} could be the condition; name what is compared with `{asked}` "
            "(several columns make one condition together) and what is analysed level by level with `within`"
        )
    return tuple(found)


def candidates(header: Sequence[str], role: str, taken: Collection[str]) -> list[str]:
    """Give the columns whose name fits the role, the most usual name first."""
    by_name: dict[str, str] = {}
    for column in header:
        if column not in taken:
            by_name.setdefault(plain(column), column)
    return [by_name[name] for name in KNOWN_NAMES[role] if name in by_name]


def _listed(header: Sequence[str]) -> str:
    """List columns for a message, those that may have a role rather than features."""
    likely = [name for name in header if not feature_class(name) and not name.startswith(ADMINISTRATIVE)] or header
    return some([*likely, *(name for name in header if name not in likely)], len(likely[:12]))
