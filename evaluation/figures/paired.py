"""The measurements of one feature under two conditions, as the figures of pairs need them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.tables import condition_name
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.words import plural

FEWEST = 3
"""Fewer subjects than this make no picture; CCC needs as many."""


@dataclass(frozen=True)
class Paired:
    """One feature of the same subjects under two conditions.

    Parameters
    ----------
    x, y : ndarray, shape (n_subjects,)
        Under the reference and under the other condition; finite.
    subjects : tuple of str
        Whose they are.
    feature, reference, condition : str
        What they are of.
    place : str
        Strategy, sequence and ROI in words.
    """

    x: FloatArray
    y: FloatArray
    subjects: tuple[str, ...]
    feature: str
    reference: str
    condition: str
    place: str

    @property
    def names(self) -> tuple[str, str]:
        """Reference and condition as labels of axes: a bare number says what it is."""
        return condition_name(self.reference), condition_name(self.condition)


def paired(
    table: pd.DataFrame,
    feature: str,
    reference: str,
    condition: str,
    *,
    strategy: str,
    sequence: str,
    roi: str,
) -> Paired:
    """Take one feature under two conditions from a feature table.

    Raises
    ------
    ConfigurationError
        When fewer than three subjects have finite values under both.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "strategy": "none", "subject": list("AABBCC"), "sequence": "T2", "condition": ["r", "c"] * 3,
    ...     "roi": "liver", "volume": [1.0, 1.1, 2.0, 2.2, 3.0, 2.9],
    ... })
    >>> paired(table, "volume", "r", "c", strategy="none", sequence="T2", roi="liver").y
    array([1.1, 2.2, 2.9])
    """
    here = (table["strategy"] == strategy) & (table["sequence"] == sequence) & (table["roi"] == roi)
    values = table[here].pivot(index="subject", columns="condition", values=feature)
    values = values.reindex(columns=[reference, condition])
    values = values[np.isfinite(values.to_numpy(dtype=np.float64)).all(axis=1)]
    place = ", ".join(name for name in (strategy, sequence, roi) if name != "all")
    if len(values) < FEWEST:
        raise ConfigurationError(
            f"figure of '{feature}' ({place}): values of {plural(len(values), 'subject')} under '{reference}' and "
            f"'{condition}', expected at least {FEWEST}"
        )
    return Paired(
        values[reference].to_numpy(dtype=np.float64),
        values[condition].to_numpy(dtype=np.float64),
        tuple(map(str, values.index)),
        *(feature, reference, condition, place),
    )
