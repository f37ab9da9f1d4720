"""Where the ROIs of a scan come from: files, circles drawn on its grid, or the reference scan of the same subject."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
from harmonize.formats import MaskSource, read_masks, read_volume
from harmonize.image.circles import Circle, circle_mask
from harmonize.image.field_of_view import with_data
from harmonize.image.volume import Grid, Volume
from harmonize.registration import Registered
from harmonize.registration.carrying import carry_circle, carry_organ

BOUNDARY = "boundary"


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

    def draw(self, grid: Grid) -> BoolArray:
        """Give the mask; raises `ScanError` for a centre off the image, or if little is left."""
        return circle_mask(self.circle, grid, self.limits(grid))

    def limits(self, grid: Grid) -> BoolArray | None:
        """Give the mask that it is clipped to, if there is one."""
        if self.boundary is None:
            return None
        masks, failures = read_masks({BOUNDARY: MaskSource(self.boundary)}, grid)
        if failures:
            raise failures[BOUNDARY]
        return masks[BOUNDARY]


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

    def carry(self, roi: str, grid: Grid) -> BoolArray:
        """Give the mask of an ROI on the grid of the scan; raises `ScanError` if that cannot be done."""
        if isinstance(self.motion, ScanError):
            raise self.motion
        if self.motion is None:
            raise ScanError("the scan has not been registered to its reference yet", "run the study")
        files = {} if isinstance(self.source, CircleSource) else {roi: self.source}
        volume, failures = read_volume(self.reference, files)
        if failures:
            raise failures[roi]
        motion, origin = self.motion, volume.grid
        if isinstance(self.source, CircleSource):
            limits = self.source.limits(origin)
            return carry_circle(self.source.circle, origin, motion.transforms, grid, motion.axis, limits)
        return carry_organ(volume.masks[roi], origin, motion.transforms, grid, motion.axis)


RoiSource = MaskSource | CircleSource | CarriedSource


def read_rois(image: Path, sources: Mapping[str, RoiSource]) -> tuple[Volume, dict[str, ScanError]]:
    """Read an image and its ROIs, wherever they come from.

    Parameters
    ----------
    image : Path
        The image file.
    sources : mapping of str to RoiSource
        By the name of the ROI.

    Returns
    -------
    volume : Volume
        With the ROIs that could be read, drawn or carried, in the order of `sources`.
    failures : dict of str to ScanError
        Why each other ROI could not.

    Raises
    ------
    ScanError
        If the image itself cannot be used.
    """
    files = {roi: source for roi, source in sources.items() if isinstance(source, MaskSource)}
    volume, failures = read_volume(image, files)
    masks = dict(volume.masks)
    for roi, source in sources.items():
        if isinstance(source, MaskSource):
            continue
        try:
            masks[roi] = (
                source.draw(volume.grid) if isinstance(source, CircleSource) else source.carry(roi, volume.grid)
            )
        except ScanError as error:
            failures[roi] = error
    masks = {roi: masks[roi] for roi in sources if roi in masks}
    volume, lost = with_data(dataclasses.replace(volume, masks=masks))
    return volume, failures | lost
