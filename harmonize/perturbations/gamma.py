"""Gamma: the contrast between dark and bright, as another setting of the scanner would have given it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.image.field_of_view import where_acquired
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.perturbations.base import Effect
from harmonize.perturbations.window import range_of

ENDS = (1.0, 99.0)
"""Percentiles of the image with data that stay: a few very bright voxels do not decide what happens to tissue."""


@dataclass(frozen=True)
class GammaCurve:
    """Raise the intensities, scaled to 0 to 1 between the 1st and the 99th percentile of the image, to a power.

    The two percentiles stay. What lies below stays too, and what lies above goes on along the tangent, so that the
    order of intensities is kept and nothing is cut off. Others raise the intensities as they are, which leaves the
    result to their scale and sign; a gain or a shift of the image changes nothing here.

    Parameters
    ----------
    exponent : float
        Above 1 darkens what lies between the ends, below 1 brightens it.

    Raises
    ------
    ScanError
        When called, for an image with a single intensity between the two percentiles.

    References
    ----------
    F. Pérez-García, R. Sparks, S. Ourselin, "TorchIO: a Python library for efficient loading, preprocessing,
    augmentation and patch-based sampling of medical images in deep learning", Comput Methods Programs Biomed 208
    (2021) 106236: RandomGamma, exponents of 0.74 to 1.35.

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.linspace(-1.0, 101.0, 103)[None, None], Grid((103, 1, 1)))
    >>> found = GammaCurve(2.0)(volume, np.random.default_rng(0)).image[0, 0]
    >>> found[[0, 1, 51, 101]].round(1).tolist()  # of -1, 0, 50 and 100
    [-1.0, 0.0, 25.0, 100.0]
    """

    name: ClassVar[str] = "gamma"
    title: ClassVar[str] = "gamma curve"
    effect: ClassVar[Effect] = Effect(image=True)

    exponent: AboveZero = 1.2

    def __post_init__(self) -> None:
        check_limits(self)

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the volume with the other contrast."""
        low, high = range_of(volume, ENDS)
        scaled = (volume.image - low) / (high - low)
        curve = np.clip(scaled, 0.0, 1.0) ** self.exponent
        curve += np.minimum(scaled, 0.0) + self.exponent * np.maximum(scaled - 1.0, 0.0)
        return where_acquired(volume, low + (high - low) * curve)
