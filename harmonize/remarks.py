"""What readers have to say of a file that can be used: warnings, gathered where a scan is looked at."""

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from harmonize.errors import ScanWarning

Told = TypeVar("Told", bound=Warning)


def remark(kind: str, problem: str, advice: str) -> None:
    """Tell something about a file that is read all the same; see `ScanWarning`."""
    warnings.warn(ScanWarning(kind, problem, advice), stacklevel=3)


@contextmanager
def unsaid(kind: type[Warning] = ScanWarning) -> Iterator[None]:
    """Keep warnings of a kind to themselves, where all was told before; errors still are errors.

    Examples
    --------
    >>> with unsaid():
    ...     remark("odd_spacing", "voxels of 0.001 mm", "look whether the header is in metres")
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kind)
        yield


@contextmanager
def gathered(kind: type[Told]) -> Iterator[list[Told]]:
    """Gather warnings of a kind instead of warning; every text once. Other warnings go their usual way.

    Yields
    ------
    list of Warning
        Empty until the block ends.
    """
    told: list[Told] = []
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", kind)
            yield told
    finally:
        texts = set()
        for warning in caught:
            if not isinstance(warning.message, kind):
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
            elif str(warning.message) not in texts:
                texts.add(str(warning.message))
                told.append(warning.message)


def remarks() -> AbstractContextManager[list[ScanWarning]]:
    """Gather what readers tell, see `gathered`.

    Examples
    --------
    >>> with remarks() as told:
    ...     remark("odd_spacing", "voxels of 0.001 mm", "look whether the header is in metres")
    >>> [(entry.kind, entry.problem) for entry in told]
    [('odd_spacing', 'voxels of 0.001 mm')]
    """
    return gathered(ScanWarning)
