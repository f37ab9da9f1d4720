"""Window: where intensities are cut off."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from harmonize.errors import ScanError
from harmonize.image.field_of_view import where_acquired
from harmonize.image.percentile import percentiles
from harmonize.image.regions import IMAGE, region_mask
from harmonize.image.volume import Volume
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.perturbations.base import Effect

USUAL = (0.5, 99.5)
"""Percentiles of the image with data between which the window lies that is shifted and widened."""


@dataclass(frozen=True)
class ClippingWindow:
    """Limit the intensities to a window: the 0.5th to the 99.5th percentile of the image, shifted and widened.

    Parameters
    ----------
    shift : float
        How far the window moves up, in parts of its width.
    widening : float
        How much wider it becomes around its middle, in parts of its width; below 0 narrower.

    Raises
    ------
    ScanError
        When called, for an image with a single intensity between the two percentiles.

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.linspace(-1.0, 201.0, 203)[None, None], Grid((203, 1, 1)))
    >>> found = ClippingWindow(shift=0.1, widening=-0.5)(volume, np.random.default_rng(0)).image
    >>> round(float(found.min())), round(float(found.max()))
    (70, 170)
    """

    name: ClassVar[str] = "window"
    title: ClassVar[str] = "window"
    effect: ClassVar[Effect] = Effect(image=True)

    shift: Annotated[float, Bounds(least=-1, most=1)] = 0.0
    widening: Annotated[float, Bounds(above=-1, most=10)] = -0.1

    def __post_init__(self) -> None:
        check_limits(self)

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the volume within the window."""
        low, high = range_of(volume, USUAL)
        middle = (low + high) / 2 + self.shift * (high - low)
        half = (1 + self.widening) * (high - low) / 2
        return where_acquired(volume, np.clip(volume.image, middle - half, middle + half))


def range_of(volume: Volume, percents: tuple[float, float]) -> tuple[float, float]:
    """Give two percentiles of the image where it has data.

    Raises
    ------
    ScanError
        If they are one.
    """
    values = volume.image[region_mask(volume, IMAGE)]
    low, high = percentiles(values, percents)
    if not low < high:
        raise ScanError(
            f"the intensities between percentile {percents[0]:g} and {percents[1]:g} all are {low:g}, expected a range",
            "look whether the right file is named",
        )
    return low, high
