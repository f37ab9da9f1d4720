"""Columns of a table that an analysis leaves out, by reason."""

from collections.abc import Mapping

SHOWN = 6
"""Names of columns that are printed."""


def reasons_of(left_out: Mapping[str, str]) -> dict[str, list[str]]:
    """List by reason the columns that were left out.

    Examples
    --------
    >>> reasons_of({"age": "not named as a feature", "sex": "not named as a feature", "f": "excluded"})
    {'not named as a feature': ['age', 'sex'], 'excluded': ['f']}
    """
    reasons: dict[str, list[str]] = {}
    for name, why in left_out.items():
        reasons.setdefault(why, []).append(name)
    return reasons


def first_of(names: list[str]) -> str:
    """Give the first names, and dots if there are more.

    Examples
    --------
    >>> first_of(["a", "b"]), first_of(list("abcdefgh"))
    ('a, b', 'a, b, c, d, e, f, ...')
    """
    return ", ".join(names[:SHOWN]) + ", ..." * (len(names) > SHOWN)
