"""Gamma: the contrast between dark and bright, as another setting of the scanner would have given it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.errors import ScanError
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.perturbations.base import Effect


@dataclass(frozen=True)
class GammaCurve:
    """Raise the intensities, scaled to 0 to 1 over their range, to a power; the range stays.

    Parameters
    ----------
    exponent : float
        Above 1 darkens what lies between the ends, below 1 brightens it.

    Raises
    ------
    ScanError
        When called, for an image with a single intensity.

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.array([[[0.0, 2.0, 4.0]]]), Grid((3, 1, 1)))
    >>> GammaCurve(2.0)(volume, np.random.default_rng(0)).image.tolist()
    [[[0.0, 1.0, 4.0]]]
    """

    name: ClassVar[str] = "gamma"
    title: ClassVar[str] = "gamma curve"
    effect: ClassVar[Effect] = Effect(image=True)

    exponent: AboveZero = 1.2

    def __post_init__(self) -> None:
        check_limits(self)

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the volume with the other contrast."""
        least, most = volume.image.min(), volume.image.max()
        if least == most:
            raise ScanError(
                f"all intensities are {least:g}", "look whether the right file is named; gamma needs a range"
            )
        scaled = (volume.image - least) / (most - least)
        return volume.with_image(least + (most - least) * scaled**self.exponent)
