"""Scaling: two percentiles of a region are brought to two fixed values."""

from dataclasses import dataclass
from typing import ClassVar

from harmonize.image.regions import FOREGROUND
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_output, check_region, check_two_percentiles
from harmonize.steps.abilities import Abilities
from harmonize.steps.landmarks import landmarks_of


@dataclass(frozen=True)
class Scaling:
    """Map two percentiles of a region linearly to two values.

    With percentiles 0 and 100 this is min-max scaling, which hangs on the two most extreme voxels. Nothing is cut
    off: intensities beyond the percentiles continue on the same line; put `clip` before it for limits.

    Parameters
    ----------
    percentiles : (float, float)
        Lower and upper percentile, 0 to 100, of the intensities in `region` (linear interpolation between order
        statistics).
    output : (float, float)
        What these become. The default range suits fixed bin widths such as 5.
    region : str
        Where the percentiles are taken: ``"image"``, ``"foreground"`` or the name of an ROI. The whole image is
        transformed.

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> volume = Volume(np.array([[[10.0, 20.0, 30.0]]]), Grid((3, 1, 1)))
    >>> Scaling(percentiles=(0, 100), output=(0, 1), region="image")(volume).image
    array([[[0. , 0.5, 1. ]]])
    """

    name: ClassVar[str] = "scaling"
    title: ClassVar[str] = "percentile scaling"
    abilities: ClassVar[Abilities] = Abilities(quick=True, one_scale=True)

    percentiles: tuple[float, float] = (1.0, 99.0)
    output: tuple[float, float] = (0.0, 1000.0)
    region: str = FOREGROUND

    def __post_init__(self) -> None:
        check_two_percentiles(self.percentiles)
        check_output(self.output)
        check_region(self.region)

    def __call__(self, volume: Volume) -> Volume:
        """Give the scaled volume; raises `ScanError` for an empty or unknown region, or one without a range."""
        low, high = landmarks_of(volume, self.region, self.percentiles)
        bottom, top = self.output
        return volume.with_image(bottom + (volume.image - low) / (high - low) * (top - bottom))
