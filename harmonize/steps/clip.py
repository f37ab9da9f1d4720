"""Clipping: intensities outside two bounds are set to the bound."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.image.percentile import percentiles
from harmonize.image.regions import FOREGROUND, region_mask
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_region, check_two_percentiles
from harmonize.steps.abilities import Abilities

DEFAULT_PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True)
class Clip:
    """Limit intensities to percentiles of a region, or to fixed bounds.

    Parameters
    ----------
    percentiles : (float, float), optional
        Lower and upper percentile, 0 to 100, of the intensities in `region` (linear interpolation between order
        statistics). They are 0.5 and 99.5 where neither they nor bounds are given.
    bounds : (float or None, float or None), optional
        Fixed lower and upper bound instead; None leaves a side open.
    region : str
        Where the percentiles are taken: ``"image"``, ``"foreground"`` or the name of an ROI. The whole image is
        clipped, so that air gets the lower bound.

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.arange(5.0).reshape(1, 1, 5), Grid((5, 1, 1)))
    >>> Clip(bounds=(1.0, None))(volume).image
    array([[[1., 1., 2., 3., 4.]]])
    >>> Clip().percentiles
    (0.5, 99.5)
    """

    name: ClassVar[str] = "clip"
    title: ClassVar[str] = "intensity clipping"
    abilities: ClassVar[Abilities] = Abilities(quick=True)

    percentiles: tuple[float, float] | None = None
    bounds: tuple[float | None, float | None] | None = None
    region: str = FOREGROUND

    def __post_init__(self) -> None:
        if self.percentiles is not None and self.bounds is not None:
            raise ValueError("percentiles and bounds are both given, expected one of them")
        if self.bounds is None:
            low, high = self.percentiles or DEFAULT_PERCENTILES
            check_two_percentiles((low, high))
            object.__setattr__(self, "percentiles", (low, high))
        else:
            lower, upper = self.bounds
            if lower is None and upper is None:
                raise ValueError("bounds are both open, expected at least one number")
            if lower is not None and upper is not None and not lower < upper:
                raise ValueError(f"bounds are {lower:g} and {upper:g}, expected lower < upper")
        check_region(self.region)

    def __call__(self, volume: Volume) -> Volume:
        """Give the clipped volume; raises `ScanError` for an empty or unknown region of the percentiles."""
        lower: float | None
        upper: float | None
        if self.percentiles is not None:
            values = volume.image[region_mask(volume, self.region)]
            lower, upper = percentiles(values, self.percentiles)
        else:
            lower, upper = self.bounds or (None, None)
        return volume.with_image(np.clip(volume.image, lower, upper))
