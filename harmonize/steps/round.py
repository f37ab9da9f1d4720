"""Rounding: intensities become whole numbers, as Hounsfield units are after interpolation."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.image.volume import Volume


@dataclass(frozen=True)
class Round:
    """Round every intensity to the nearest whole number; halves go to the even one.

    For images whose intensities are whole numbers by definition, such as CT, after `resample`. MR intensities have no
    such unit: rounding a z-score would take its digits away.

    References
    ----------
    Zwanenburg A et al. Image biomarker standardisation initiative, reference manual, section 2.4 (rounding after
    interpolation). arXiv:1612.07003.

    Examples
    --------
    >>> from radharmony import Grid
    >>> Round()(Volume(np.array([[[-0.6, 0.4, 1.7]]]), Grid((3, 1, 1)))).image
    array([[[-1.,  0.,  2.]]])
    """

    name: ClassVar[str] = "round"
    title: ClassVar[str] = "rounding"

    def __call__(self, volume: Volume) -> Volume:
        """Give the rounded volume."""
        return volume.with_image(np.rint(volume.image) + 0.0)  # no negative zeros
