"""What a scan adds to the object: the smooth sensitivity and phase of the receiver, and an arbitrary gain."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harmonize.arrays import FloatArray

ComplexArray = NDArray[np.complex128]

PHASE_SD = 0.6
"""Standard deviation of the receive phase over the field of view, radians."""


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


def smooth_field(shape: tuple[int, int, int], rng: np.random.Generator) -> FloatArray:
    """Give a random field (z, y, x) of the lowest cosine modes, with mean 0 and standard deviation 1."""
    z, y, x = (np.cos(np.pi * np.outer(np.arange(3), (np.arange(n) + 0.5) / n)) for n in shape)
    order = np.add.outer(np.add.outer(np.arange(3), np.arange(3)), np.arange(3))
    weights = rng.standard_normal((3, 3, 3)) * np.where((order > 0) & (order <= 3), 1.0 / np.maximum(order, 1), 0.0)
    weights[1:] *= 0.2  # a slab is thin: little changes through it
    field = np.einsum("abc,az,by,cx->zyx", weights, z, y, x, optimize=True)
    return np.asarray((field - field.mean()) / field.std())
