"""What is computed of a sequence and ROI in many draws at once, and how a rule is asked about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harmonize.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class PlaceDraws:
    """The statistics of one sequence and ROI in many draws.

    Parameters
    ----------
    sequence, roi : str
        What they are of.
    found : mapping of str to mapping
        By statistic, condition (``all`` for statistics over all conditions) and column of a reliability table
        (estimate, lower, upper): (n_draws, n_features).
    """

    sequence: str
    roi: str
    found: Mapping[str, Mapping[str, Mapping[str, FloatArray]]]


Shares = Callable[[Sequence[PlaceDraws], BoolArray], FloatArray]
"""Gives the share of features that a rule finds robust in each draw, of its places and of what features a draw has,
(n_draws, n_features); such as `selection.drawn_shares.drawn_shares`."""
