"""Denoising: what a reconstruction that denoises may have made of the scan."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.image.field_of_view import where_acquired
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero
from harmonize.perturbations.base import Effect
from harmonize.steps.nonlocal_means import LikePlaces


@dataclass(frozen=True)
class DenoisingSurrogate(LikePlaces):
    """Denoise by non-local means, slice by slice, in place of a deep-learning reconstruction, which this is not.

    It is what simulated studies call DLR, without the filling of k-space by symmetry, which a magnitude image does not
    allow. After `undersampling` or `parallel_imaging` it is a scan that was accelerated and denoised.

    Parameters
    ----------
    strength : float
        How different places may be and still be averaged, in units of the noise.
    patch, search, noise, dimension, slice_axis
        As of the step `nonlocal_means`.

    References
    ----------
    A. Buades, B. Coll, J.-M. Morel, "Non-local means denoising", Image Processing On Line 1 (2011) 208-212.

    Examples
    --------
    >>> from radharmony import Grid
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (1, 64, 64))
    >>> smooth = DenoisingSurrogate()(Volume(image, Grid((64, 64, 1))), np.random.default_rng(0)).image
    >>> bool(smooth.std() < 0.7 * image.std())
    True
    """

    name: ClassVar[str] = "denoising"
    title: ClassVar[str] = "denoising surrogate"
    effect: ClassVar[Effect] = Effect(image=True)

    strength: AboveZero = 0.8

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the denoised scan; raises `ScanError` where noise or slice axis cannot be inferred."""
        return where_acquired(volume, self.averaged(volume).image)
