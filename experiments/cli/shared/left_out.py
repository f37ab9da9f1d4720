"""Columns of a table that a command leaves out, by reason."""

from collections.abc import Mapping, Sequence

import click

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


def show_columns(features: Sequence[str], left_out: Mapping[str, str]) -> None:
    """Print the features that were taken, and the columns that are neither a feature nor have a role."""
    click.echo(f"features: {len(features)}, {first_of(list(features))}", err=True)
    for why, names in reasons_of(left_out).items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        click.echo(f"left out, {why}: {', '.join(names[:SHOWN])}{more}", err=True)
