"""What a scan adds to the object: the smooth sensitivity and phase of the receiver, and an arbitrary gain."""

from typing import NamedTuple

import numpy as np

from harmonize.arrays import ComplexArray
from harmonize.kspace.fields import PHASE_SD, smooth_field


class Reception(NamedTuple):
    """The receiver of one acquisition: a complex field (z, y, x) with geometric mean 1, and a gain."""

    field: ComplexArray
    gain: float


def draw_reception(
    shape: tuple[int, int, int], bias: float, gain: float, shared: np.random.Generator, own: np.random.Generator
) -> Reception:
    """Draw the receiver of one acquisition.

    The logarithm of the sensitivity has the standard deviation `bias` over the field of view. Four fifths of it are
    the same for all acquisitions of a subject with a sequence (the body loads the coils), three fifths are the
    acquisition's own (position and shimming); the two add in squares.

    Parameters
    ----------
    shape : tuple of int
        z, y, x.
    bias : float
        Standard deviation of the log sensitivity; 0 for none.
    gain : float
        Standard deviation of the log gain; 0 for none.
    shared, own : numpy.random.Generator
        Source of what the acquisitions have in common and of what each has for itself.
    """
    log_sensitivity = bias * (0.8 * smooth_field(shape, shared) + 0.6 * smooth_field(shape, own))
    phase = PHASE_SD * smooth_field(shape, own)
    return Reception(np.exp(log_sensitivity + 1j * phase), float(np.exp(gain * own.standard_normal())))
