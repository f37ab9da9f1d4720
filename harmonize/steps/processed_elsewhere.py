"""The image of the same scan as another program made it, in place of the one that was read."""

from dataclasses import dataclass, replace
from typing import ClassVar

from harmonize.errors import GridError, ScanError
from harmonize.formats.images import finite, read_scan
from harmonize.image.field_of_view import unpadded, with_data
from harmonize.image.volume import Volume
from harmonize.remarks import unsaid
from harmonize.steps.abilities import Abilities


@dataclass(frozen=True)
class ProcessedElsewhere:
    """Take the image of a column of the table of images, such as what a network made of the scan.

    It stands before all other steps, in a study file as ``images: COLUMN``. ROIs, grid and whatever is carried or
    compared with the reference are those of the scan itself, so that it must lie on the same grid.

    Parameters
    ----------
    column : str
        The column of the table of images that names the files.

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> ProcessedElsewhere("denoised")(Volume(np.ones((1, 2, 2)), Grid((2, 2, 1))))
    Traceback (most recent call last):
    harmonize.errors.ScanError: the table names no image in 'denoised' for this scan; name it there, or leave the ...
    """

    name: ClassVar[str] = "images"
    title: ClassVar[str] = "processed elsewhere"
    abilities: ClassVar[Abilities] = Abilities(quick=True)
    alone: ClassVar[str] = "column"

    column: str

    def __post_init__(self) -> None:
        if not self.column:
            raise ValueError("column: is empty; name a column of the table of images")

    def __call__(self, volume: Volume) -> Volume:
        """Give the other image; raises `ScanError` where it is missing, cannot be used, or lies elsewhere."""
        path = volume.elsewhere.get(self.column)
        if path is None:
            raise ScanError(
                f"the table names no image in '{self.column}' for this scan",
                "name it there, or leave the scan out",
            )
        with unsaid():  # what readers have to say of the scan itself, they have said
            array, grid, outside = read_scan(path)
            if differences := volume.grid.differences(grid):
                raise GridError(
                    f"{path}: lies on another grid than the scan ({'; '.join(differences)})",
                    "have the program keep the grid, or resample its image onto that of the scan",
                )
            if volume.outside is not None:
                outside = volume.outside if outside is None else outside | volume.outside
            found = replace(volume, image=unpadded(finite(path, array), outside), outside=outside)
            _, lost = with_data(found)
        for error in lost.values():
            raise ScanError(f"{path}: {error.problem}", error.advice)
        return found
