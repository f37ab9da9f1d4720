"""Blur: a lower resolution."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.image.field_of_view import unpadded, where_acquired
from harmonize.image.frequencies import gaussian_gain, scale_frequencies
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero
from harmonize.perturbations.base import Effect
from harmonize.perturbations.in_planes import InPlanes


@dataclass(frozen=True)
class Blurring(InPlanes):
    """Lower the resolution: a Gaussian point spread function in mm, whose transfer function is exact.

    Parameters
    ----------
    fwhm : float
        Full width of the point spread function at half its maximum, mm.

    Examples
    --------
    >>> from radharmony import Grid
    >>> wave = np.cos(np.pi * (np.arange(16) + 0.5) / 4)[None, None] * np.ones((1, 16, 1))  # a cycle in 8 mm
    >>> blurred = Blurring(4.0)(Volume(wave, Grid((16, 16, 1))), np.random.default_rng(0))
    >>> round(float(blurred.image.max() / wave.max()), 3), round(float(np.exp(-2 * (np.pi * 4 / 2.3548 / 8) ** 2)), 3)
    (0.411, 0.411)
    """

    name: ClassVar[str] = "blur"
    title: ClassVar[str] = "blur"
    effect: ClassVar[Effect] = Effect(image=True)

    fwhm: AboveZero = 1.0

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the blurred volume; raises `ScanError` where the slice axis cannot be inferred."""
        image = unpadded(volume.image, volume.outside)
        axis = self.across(volume.grid)
        blurred = scale_frequencies(image, volume.grid, axis, lambda square: gaussian_gain(square, self.fwhm))
        return where_acquired(volume, blurred)
