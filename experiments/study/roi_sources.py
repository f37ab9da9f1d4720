"""Where the ROIs of a scan come from: files, circles drawn on its grid, or the reference scan of the same subject."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
from harmonize.formats import MaskSource
from harmonize.image.circles import Circle, circle_mask
from harmonize.image.volume import Grid
from harmonize.registration import Registered
from harmonize.registration.carrying import carry_circle, carry_organ

if TYPE_CHECKING:
    from experiments.study.opened import OpenedScan

Boundaries = Mapping[Path, "BoolArray | ScanError"]
"""What circles are clipped to, or why it cannot be read, by the file."""


@dataclass(frozen=True)
class CircleSource:
    """A circle or sphere that is drawn when the scan is read.

    Parameters
    ----------
    circle : Circle
        What to draw.
    image : Path
        The scan that it is drawn on.
    boundary : Path, optional
        Mask file that it is clipped to.
    """

    circle: Circle
    image: Path
    boundary: Path | None = None

    @property
    def path(self) -> Path:
        """The file that the ROI rests on."""
        return self.boundary or self.image

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that it rests on."""
        return (self.path,)

    @property
    def chosen(self) -> dict[str, Any]:
        """All that determines the ROI besides that file, ready for JSON."""
        return {**dataclasses.asdict(self.circle), "clipped": self.boundary is not None}

    def draw(self, grid: Grid, boundaries: Boundaries) -> BoolArray:
        """Give the mask; raises `ScanError` for a centre off the image, or if little is left."""
        return circle_mask(self.circle, grid, self.limits(boundaries))

    def limits(self, boundaries: Boundaries) -> BoolArray | None:
        """Give the mask that it is clipped to, if there is one; raises `ScanError` if it cannot be read."""
        if self.boundary is None:
            return None
        found = boundaries[self.boundary]
        if isinstance(found, ScanError):
            raise found
        return found


@dataclass(frozen=True)
class CarriedSource:
    """An ROI of the reference scan, carried to another by registration.

    Parameters
    ----------
    source : MaskSource or CircleSource
        The ROI on the reference scan.
    reference : Path
        The image of that scan.
    motion : Registered or ScanError, optional
        The motion between both, or why there is none; absent until the run has registered them.
    """

    source: MaskSource | CircleSource
    reference: Path
    motion: Registered | ScanError | None = None

    @property
    def path(self) -> Path:
        """The file that the ROI rests on."""
        return self.source.path

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that it rests on."""
        return self.source.files

    @property
    def chosen(self) -> dict[str, Any]:
        """All that determines the ROI besides that file, ready for JSON."""
        motion = dataclasses.asdict(self.motion) if isinstance(self.motion, Registered) else None
        return {"source": self.source.chosen, "motion": motion}

    def carry(self, roi: str, grid: Grid, reference: "OpenedScan | ScanError | None") -> BoolArray:
        """Give the mask of an ROI on the grid of the scan; raises `ScanError` if that cannot be done."""
        if isinstance(self.motion, ScanError):
            raise self.motion
        if isinstance(reference, ScanError):
            raise reference
        if self.motion is None or reference is None:
            raise ScanError("the scan has not been registered to its reference yet", "run the study")
        motion, origin = self.motion, reference.grid
        if isinstance(self.source, CircleSource):
            limits = self.source.limits(reference.boundaries)
            return carry_circle(self.source.circle, origin, motion.transforms, grid, motion.axis, limits)
        return carry_organ(reference.roi(roi), origin, motion.transforms, grid, motion.axis)


RoiSource = MaskSource | CircleSource | CarriedSource
