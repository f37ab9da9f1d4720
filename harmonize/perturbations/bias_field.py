"""Bias field: what is left of the shading of the receiver, or was before."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from harmonize.image.field_of_view import where_acquired
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.kspace.fields import smooth_field
from harmonize.perturbations.base import Effect


@dataclass(frozen=True)
class ResidualBiasField:
    """Multiply by a random smooth field, of cosine modes up to the third order over the field of view.

    Parameters
    ----------
    strength : float
        Standard deviation of the logarithm of the field over the field of view, whose mean is 0: 0.05 shades by 5 %, 3
        (the most) by a factor of 20.

    References
    ----------
    K. Van Leemput, F. Maes, D. Vandermeulen, P. Suetens, "Automated model-based bias field correction of MR images of
    the brain", IEEE Trans Med Imaging 18 (1999) 885-896: the logarithm of the field as a sum of smooth functions.

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.full((4, 32, 32), 100.0), Grid((32, 32, 4)))
    >>> round(float(np.log(ResidualBiasField(0.1)(volume, np.random.default_rng(0)).image).std()), 6)
    0.1
    """

    name: ClassVar[str] = "bias_field"
    title: ClassVar[str] = "bias field"
    effect: ClassVar[Effect] = Effect(image=True, random=True)

    strength: Annotated[float, Bounds(above=0, most=3)] = 0.05

    def __post_init__(self) -> None:
        check_limits(self)

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the shaded volume."""
        axis = infer_slice_axis(volume.grid) or 0
        slices, rows, columns = np.moveaxis(volume.image, axis, 0).shape
        field = np.exp(self.strength * smooth_field((slices, rows, columns), random))
        return where_acquired(volume, volume.image * np.moveaxis(field, 0, axis))
