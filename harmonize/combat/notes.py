"""What harmonizers warn of, as notes for people."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from harmonize.combat.design import SmallBatchWarning
from harmonize.combat.paired import ScalingWarning


@contextmanager
def collect_notes() -> Iterator[list[str]]:
    """Collect the texts of `SmallBatchWarning` and `ScalingWarning`, each once; other warnings go their way.

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
        warnings.simplefilter("always", SmallBatchWarning)
        warnings.simplefilter("always", ScalingWarning)
        yield notes
    for warning in caught:
        if issubclass(warning.category, SmallBatchWarning | ScalingWarning):
            notes += [text for text in [str(warning.message)] if text not in notes]
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
