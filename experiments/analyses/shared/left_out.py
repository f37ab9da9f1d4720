"""Columns of a table that an analysis leaves out, by reason."""

from collections.abc import Mapping


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
