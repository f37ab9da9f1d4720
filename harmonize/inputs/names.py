"""Names of subjects, sequences, conditions, ROIs and features that come from files: texts that do nothing."""

import re
import unicodedata
from collections.abc import Iterable

from harmonize.errors import ConfigurationError

LONGEST = 500
UNSURE = "?"
"""What a level ends with that was concluded, not stated, until somebody has confirmed it."""
FORMULA = re.compile(r"[=@]|[+-].*[(|!]", re.DOTALL)
"""How a formula that calls something begins in a spreadsheet; -5, +C and T1+C are harmless."""

JOINERS = "\u200c\u200d"
"""Of Persian and of emoji; seen although they are of the category of hidden signs."""


CARRIED_OUT = re.compile(r"[=@+-]")
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def plain_cell(text: str) -> str:
    r"""Give what a header or a file's name says as a text that does nothing in a table.

    Signs that cannot be seen become spaces, and an apostrophe goes before what a spreadsheet would carry out: whatever
    begins with = @ + or - and is no number.

    Examples
    --------
    >>> plain_cell("T2\x1b[2J\thaste"), plain_cell("=1+1"), plain_cell("-5.5"), plain_cell("-5+cmd()")
    ('T2 [2J haste', "'=1+1", '-5.5', "'-5+cmd()")
    """
    seen = " ".join("".join(" " if _is_hidden(sign) else sign for sign in text).split())
    return f"'{seen}" if CARRIED_OUT.match(seen) and not NUMBER.fullmatch(seen) else seen


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign not in JOINERS


def refuse_unsure(value: str, where: str) -> None:
    """Raise a `ConfigurationError` for a level that was only concluded and that nobody has confirmed.

    Examples
    --------
    >>> refuse_unsure("S1", "images.csv, line 2: 'subject'")
    >>> refuse_unsure("S1?", "line 2")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: line 2 is 'S1?', which nobody has confirmed; write what it is, or remove ...
    """
    if value.endswith(UNSURE):
        raise ConfigurationError(
            f"{where} is '{value}', which nobody has confirmed; write what it is, or remove the question mark"
        )


def refuse_names(names: Iterable[str], where: str) -> None:
    """Raise a `ConfigurationError` for a name that a terminal or a spreadsheet would carry out.

    Names stand in every output unchanged, so that tables can be joined by them. So those that are no names but
    commands are refused where they come in: with control characters or changes of the direction of writing, or
    formulas that call something, as Excel and LibreOffice open them from CSV files.

    Parameters
    ----------
    names : iterable of str
        The names.
    where : str
        Their place, for the message.

    Examples
    --------
    >>> refuse_names(["liver", "-5", "T1+C", "<b>"], "images.csv")
    >>> refuse_names(["=cmd()"], "images.csv, line 2")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: images.csv, line 2: '=cmd()' is a formula to a spreadsheet; rename it
    """
    for name in names:
        if any(map(_is_hidden, name)):
            raise ConfigurationError(f"{where}: {ascii(name)[:200]} holds signs that cannot be seen; remove them")
        if FORMULA.match(name):
            raise ConfigurationError(f"{where}: {name[:200]!r} is a formula to a spreadsheet; rename it")
        if len(name) > LONGEST:
            raise ConfigurationError(f"{where}: '{name[:40]}...' has {len(name)} signs, expected at most {LONGEST}")
