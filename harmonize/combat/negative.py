"""Features that harmonization makes negative: a location shift knows nothing of a bound at 0."""

import warnings
from collections.abc import Hashable, Sequence

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.errors import HarmonizationWarning
from harmonize.words import plural, some


class NegativeWarning(HarmonizationWarning):
    """A feature that was nowhere negative has negative values after harmonization."""


def negative_note(names: Sequence[Hashable], before: FloatArray, after: FloatArray) -> str:
    """Name the features without a negative value that have some after harmonization; empty where there is none.

    Volumes, variances and most texture features cannot be negative, and their ratios (CV, QCD) and logarithms lose
    their meaning.

    Parameters
    ----------
    names : sequence
        The features.
    before, after : ndarray, shape (n_rows, n_features)
        Their values; NaN where missing. Of those before, the least of each feature will do, (1, n_features).

    Examples
    --------
    >>> negative_note(["volume", "skewness"], np.array([[1.0, -0.2], [9.0, 0.3]]), np.array([[-0.5, -0.3], [7.0, 0.2]]))
    '1 feature that was nowhere negative has negative values now: volume (1 of 2)...harmonize its logarithm...'
    """
    became = ~(before < 0).any(axis=0) & (np.fmin.reduce(after, axis=0) < 0)
    found = [int(i) for i in np.flatnonzero(became)]
    if not found:
        return ""
    counts = (after[:, found] < 0).sum(axis=0), np.isfinite(after[:, found]).sum(axis=0)
    listed = [f"{names[i]} ({below} of {all_})" for i, below, all_ in zip(found, *counts, strict=True)]
    one = len(found) == 1
    return (
        f"{plural(len(found), 'feature')} that {'was' if one else 'were'} nowhere negative "
        f"{'has' if one else 'have'} negative values now: {some(listed, 3)}; CV, QCD and logarithms of "
        f"{'it' if one else 'them'} mean nothing there: harmonize {'its logarithm' if one else 'their logarithms'}, or "
        f"leave {'it' if one else 'them'} out"
    )


def warn_of_negative(names: Sequence[Hashable], before: FloatArray, after: FloatArray) -> None:
    """Warn as `negative_note` says, if there is anything to say."""
    note = negative_note(names, before, after)
    if note:
        warnings.warn(note, NegativeWarning, stacklevel=4)
