"""What perturbations share that treat each slice on its own, or the whole volume."""

from dataclasses import dataclass
from typing import Literal

from harmonize.image.slices import SliceAxis, check_planes, slice_axis
from harmonize.image.volume import Grid
from harmonize.inputs.limits import check_limits


@dataclass(frozen=True, kw_only=True)
class InPlanes:
    """Treat each slice on its own, or the whole volume.

    Parameters
    ----------
    dimension : {2, 3}
        2 treats each slice on its own, 3 the whole volume.
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices; ``"auto"`` infers it (`harmonize.image.slices`).

    Examples
    --------
    >>> InPlanes().across(Grid((8, 8, 3), (1.0, 1.0, 5.0))), InPlanes(dimension=3).across(Grid((8, 8, 8)))
    (0, None)
    """

    dimension: Literal[2, 3] = 2
    slice_axis: SliceAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)
        check_planes(self.dimension, self.slice_axis)

    def across(self, grid: Grid) -> int | None:
        """Give the axis of arrays that counts the slices, None for the whole volume; `ScanError` if it is not known."""
        return slice_axis(grid, self.slice_axis) if self.dimension == 2 else None
