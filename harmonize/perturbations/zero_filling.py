"""Zero-filling: a smaller matrix, shown at the voxels of the larger one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import fft

from harmonize.arrays import ComplexArray
from harmonize.image.volume import Volume
from harmonize.inputs.limits import Part, check_limits
from harmonize.kspace.sampling import line_numbers
from harmonize.perturbations.base import Effect
from harmonize.perturbations.through_kspace import through_kspace


@dataclass(frozen=True)
class PartialMatrix:
    """Keep the middle of k-space along both axes of the slices, with zeros around it: lower resolution, and ringing.

    Parameters
    ----------
    share : float
        How much of the matrix is kept along each axis.

    References
    ----------
    M. A. Bernstein, S. B. Fain, S. J. Riederer, "Effect of windowing and zero-filled reconstruction of MRI data on
    spatial resolution and acquisition strategy", J Magn Reson Imaging 14 (2001) 270-280.

    Examples
    --------
    >>> from radharmony import Grid
    >>> step = np.repeat([[[10.0] * 8 + [20.0] * 8]], 16, axis=1)
    >>> found = PartialMatrix(0.5)(Volume(step, Grid((16, 16, 1))), np.random.default_rng(0)).image
    >>> found[0, 0, 8:12].round(1).tolist()
    [17.5, 20.8, 20.8, 19.4]
    """

    name: ClassVar[str] = "zero_filling"
    title: ClassVar[str] = "partial matrix"
    effect: ClassVar[Effect] = Effect(image=True)

    share: Part = 0.75

    def __post_init__(self) -> None:
        check_limits(self)

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the zero-filled magnitude; raises `ScanError` for negative intensities."""

        def measured(signal: ComplexArray, _: int) -> ComplexArray:
            rows, columns = (np.abs(line_numbers(size)) < self.share * size / 2 for size in signal.shape[1:])
            kspace: ComplexArray = fft.fft2(signal, norm="ortho") * np.outer(rows, columns)
            return kspace

        return through_kspace(volume, "auto", 0.0, random, measured)
