"""What harmonizers warn of, as notes for people."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

from harmonize.errors import HarmonizationWarning
from harmonize.remarks import gathered
from harmonize.words import some


def collect_notes() -> AbstractContextManager[list[HarmonizationWarning]]:
    """Collect what harmonizers warn of, each text once; other warnings go their way.

    Examples
    --------
    >>> import warnings
    >>> with collect_notes() as notes:
    ...     warnings.warn("batch 'A' has 5 rows", HarmonizationWarning)
    ...     warnings.warn("batch 'A' has 5 rows", HarmonizationWarning)
    >>> [str(note) for note in notes]
    ["batch 'A' has 5 rows"]
    """
    return gathered(HarmonizationWarning)


def named_notes(found: Iterable[tuple[Sequence[str], object]]) -> tuple[str, ...]:
    """Say each note once, with the groups that it concerns.

    Parameters
    ----------
    found : iterable of (sequence of str, str or Warning)
        The labels of a group, none for all rows together, and a note.

    Examples
    --------
    >>> named_notes([(("T2", "liver"), "few rows"), (("T2", "spleen"), "few rows"), ((), "many rows")])
    ('few rows (in T2 / liver, T2 / spleen)', 'many rows')
    """
    groups_of: dict[str, list[str]] = {}
    for labels, note in found:
        groups_of.setdefault(str(note), []).append(" / ".join(labels))
    return tuple(
        f"{note} (in {some(groups, 6, 'more groups')})" if any(groups) else note for note, groups in groups_of.items()
    )
