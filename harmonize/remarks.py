"""What readers have to say of a file that can be used: warnings, gathered where a scan is looked at."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from harmonize.errors import ScanWarning


def remark(kind: str, problem: str, advice: str) -> None:
    """Tell something about a file that is read all the same; see `ScanWarning`."""
    warnings.warn(ScanWarning(kind, problem, advice), stacklevel=3)


@contextmanager
def unsaid() -> Iterator[None]:
    """Keep what readers tell to themselves, where many read what was told before; errors still are errors.

    Examples
    --------
    >>> with unsaid():
    ...     remark("odd_spacing", "voxels of 0.001 mm", "look whether the header is in metres")
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScanWarning)
        yield


@contextmanager
def remarks() -> Iterator[list[ScanWarning]]:
    """Gather what readers tell instead of warning; every text once. Other warnings go their usual way.

    Yields
    ------
    list of ScanWarning
        Empty until the block ends.

    Examples
    --------
    >>> with remarks() as told:
    ...     remark("odd_spacing", "voxels of 0.001 mm", "look whether the header is in metres")
    >>> [(entry.kind, entry.problem) for entry in told]
    [('odd_spacing', 'voxels of 0.001 mm')]
    """
    told: list[ScanWarning] = []
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ScanWarning)
            yield told
    finally:
        texts = set()
        for warning in caught:
            if not isinstance(warning.message, ScanWarning):
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
            elif str(warning.message) not in texts:
                texts.add(str(warning.message))
                told.append(warning.message)
