"""What harmonizers warn of, as notes for people."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from harmonize.combat.design import SmallBatchWarning
from harmonize.combat.negative import NegativeWarning
from harmonize.combat.paired import ScalingWarning

NOTED = (SmallBatchWarning, ScalingWarning, NegativeWarning)
"""Warnings that are notes."""


@contextmanager
def collect_notes() -> Iterator[list[str]]:
    """Collect the texts of what harmonizers warn of (`NOTED`), each once; other warnings go their way.

    Yields
    ------
    list of str
        Filled when the block is left.

    Examples
    --------
    >>> with collect_notes() as notes:
    ...     warnings.warn("batch 'A' has 5 rows", SmallBatchWarning)
    ...     warnings.warn("batch 'A' has 5 rows", SmallBatchWarning)
    >>> notes
    ["batch 'A' has 5 rows"]
    """
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        for category in NOTED:
            warnings.simplefilter("always", category)
        yield notes
    for warning in caught:
        if issubclass(warning.category, NOTED):
            notes += [text for text in [str(warning.message)] if text not in notes]
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def named_notes(found: Iterable[tuple[Sequence[str], str]]) -> tuple[str, ...]:
    """Say each note once, with the groups that it concerns.

    Parameters
    ----------
    found : iterable of (sequence of str, str)
        The labels of a group, none for all rows together, and a note.

    Examples
    --------
    >>> named_notes([(("T2", "liver"), "few rows"), (("T2", "spleen"), "few rows"), ((), "many rows")])
    ('few rows (in T2 / liver, T2 / spleen)', 'many rows')
    """
    groups_of: dict[str, list[str]] = {}
    for labels, note in found:
        groups_of.setdefault(note, []).append(" / ".join(labels))
    return tuple(f"{note} (in {_listed(groups)})" if any(groups) else note for note, groups in groups_of.items())


def _listed(groups: Sequence[str]) -> str:
    return ", ".join(groups[:6]) + (f" and {len(groups) - 6} more groups" if len(groups) > 6 else "")
