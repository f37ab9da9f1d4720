"""Sharpening: the filter that scanners offer after reconstruction."""

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
class Sharpening(InPlanes):
    """Add detail once more, unsharp masking: I + amount (I - I blurred), which raises noise as well.

    Parameters
    ----------
    amount : float
        How many times what a blur takes away is added: the finest detail becomes 1 + `amount` times as strong.
    fwhm : float
        Full width at half maximum of the Gaussian that detail is finer than, mm.

    References
    ----------
    R. C. Gonzalez, R. E. Woods, "Digital Image Processing", 4th ed., Pearson 2018, section 3.6.

    Examples
    --------
    >>> from radharmony import Grid
    >>> step = np.repeat([[[10.0] * 8 + [20.0] * 8]], 4, axis=1)
    >>> sharp = Sharpening(1.0, fwhm=2.0)(Volume(step, Grid((16, 4, 1))), np.random.default_rng(0)).image
    >>> bool(sharp.min() < 10 and sharp.max() > 20), round(float(sharp.mean()), 6)
    (True, 15.0)
    """

    name: ClassVar[str] = "sharpening"
    title: ClassVar[str] = "sharpening"
    effect: ClassVar[Effect] = Effect(image=True)

    amount: AboveZero = 0.5
    fwhm: AboveZero = 2.0

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the sharpened volume; raises `ScanError` where the slice axis cannot be inferred."""
        image = unpadded(volume.image, volume.outside)
        axis = self.across(volume.grid)
        sharp = scale_frequencies(
            image, volume.grid, axis, lambda square: 1 + self.amount * (1 - gaussian_gain(square, self.fwhm))
        )
        return where_acquired(volume, sharp)
