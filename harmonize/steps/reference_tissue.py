"""Reference tissue: the mean intensity of one or two drawn tissues is brought to a fixed value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from harmonize.errors import ScanError
from harmonize.image.regions import region_mask
from harmonize.image.volume import Volume
from harmonize.steps.abilities import Abilities


@dataclass(frozen=True)
class ReferenceTissue:
    """Give one or two reference tissues a fixed mean intensity.

    With one tissue the image is multiplied, so that zero stays zero: its mean must be above 0. With two (muscle and
    fat) the image is mapped linearly, which also undoes a shift.

    Parameters
    ----------
    targets : mapping of str to float
        The mean that each tissue, an ROI of the scan, has afterwards; one or two of them.

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> masks = {"muscle": np.array([[[True, False, False]]]), "fat": np.array([[[False, False, True]]])}
    >>> volume = Volume(np.array([[[10.0, 20.0, 50.0]]]), Grid((3, 1, 1)), masks)
    >>> ReferenceTissue({"muscle": 100.0})(volume).image
    array([[[100., 200., 500.]]])
    >>> ReferenceTissue({"muscle": 100.0, "fat": 300.0})(volume).image
    array([[[100., 150., 300.]]])
    """

    name: ClassVar[str] = "reference_tissue"
    title: ClassVar[str] = "reference tissue"
    abilities: ClassVar[Abilities] = Abilities(quick=True, one_scale=True)

    targets: Mapping[str, float] = field(hash=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.targets) <= 2:
            raise ValueError(f"targets has {len(self.targets)} tissues, expected one or two, such as {{muscle: 100}}")
        values = list(self.targets.values())
        if len(values) == 1 and not values[0] > 0:
            raise ValueError(f"the target of one tissue is {values[0]:g}, expected a number above 0")
        if len(values) == 2 and values[0] == values[1]:
            raise ValueError(f"the targets of both tissues are {values[0]:g}, expected two different numbers")

    @property
    def regions(self) -> tuple[str, ...]:
        """The ROIs that must be there."""
        return tuple(self.targets)

    def __call__(self, volume: Volume) -> Volume:
        """Give the volume with the tissues at their targets.

        Raises
        ------
        ScanError
            For an empty or unknown ROI, one tissue whose mean is not above 0, or two tissues of equal means or whose
            means are not in the order of the targets: a negative factor would turn the contrast round.
        """
        means = {name: float(volume.image[region_mask(volume, name)].mean()) for name in self.targets}
        if len(means) == 1:
            ((name, mean),) = means.items()
            if not mean > 0:
                raise ScanError(
                    f"the mean of reference tissue '{name}' is {mean:g}, expected a number above 0",
                    "put this step before those that shift intensities, such as zscore, or name two tissues",
                )
            return volume.with_image(volume.image / mean * self.targets[name])
        dark, bright = sorted(self.targets, key=self.targets.__getitem__)
        if not means[bright] > means[dark]:
            raise ScanError(
                f"reference tissue '{bright}' has the mean {means[bright]:g}, expected above that of '{dark}', "
                f"{means[dark]:g}, as their targets {self.targets[bright]:g} and {self.targets[dark]:g} are",
                "check both ROIs; in another contrast, such as with fat suppression, set other targets",
            )
        low, high = self.targets[dark], self.targets[bright]
        share = (volume.image - means[dark]) / (means[bright] - means[dark])
        return volume.with_image(low + share * (high - low))
