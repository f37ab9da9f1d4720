"""The grid that the header of a file gives: refused where it cannot be, told where it is hardly so."""

from collections.abc import Iterable

from harmonize.errors import ScanError
from harmonize.image.volume import Grid
from harmonize.remarks import remark

ODD_SIZE = "odd_voxel_size"
"""Kind of the remark on voxels that scans of people hardly have."""
USUAL = (0.05, 20.0)
"""Edge of a voxel in mm that scans of people have."""


def placed(
    where: str,
    size: tuple[int, int, int],
    spacing: tuple[float, float, float],
    origin: tuple[float, float, float],
    direction: Iterable[float],
) -> Grid:
    """Give the grid of a file that is read; every reader goes through here.

    Parameters
    ----------
    where : str
        How a message calls the file.
    size, spacing, origin, direction
        As in `Grid`.

    Raises
    ------
    ScanError
        As `Grid` does, with the name of the file.

    Examples
    --------
    >>> placed("scan.nrrd", (4, 4, 2), (float("nan"), 1.0, 1.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
    Traceback (most recent call last):
    harmonize.errors.ScanError: scan.nrrd: the spacing is nan x 1 x 1, expected finite numbers; export the image ...
    """
    try:
        grid = Grid(size, spacing, origin, tuple(map(float, direction)))
    except ScanError as error:
        raise ScanError(f"{where}: {error.problem}", error.advice) from None
    if not USUAL[0] <= min(grid.spacing) <= max(grid.spacing) <= USUAL[1]:
        edges = " x ".join(f"{edge:.6g}" for edge in grid.spacing)
        remark(
            ODD_SIZE,
            f"{where}: voxels of {edges} mm, usually they have edges between {USUAL[0]:g} and {USUAL[1]:g} mm",
            "look whether the header is in another unit than mm, such as metres; shape features go with the size",
        )
    return grid
