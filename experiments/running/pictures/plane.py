"""A slice of a volume as people look at it: radiological orientation, with the letters of the sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harmonize.image.volume import Grid

LETTERS = (("R", "L"), ("A", "P"), ("I", "S"))
"""Where the negative and the positive end of the patient's axes x, y, z lead (ITK and DICOM: LPS)."""
TOWARDS = {0: ((1, 1), (2, -1)), 1: ((0, 1), (2, -1)), 2: ((0, 1), (1, 1))}
"""By the patient's axis that a slice lies across: which axis, and in which sense, runs to the right and down the page.

Axial slices are seen from the feet and coronal ones from the front, the patient's right on the left; sagittal ones
have the front on the left.
"""


@dataclass(frozen=True)
class Plane:
    """One slice of a grid, and how to lay it on the page.

    Parameters
    ----------
    axis, index : int
        The axis of the array (z, y, x) that counts the slices, and which of them it is.
    transposed : bool
        Whether rows and columns change places.
    flipped : tuple of bool
        Whether, after that, the rows and the columns are counted from the other end.
    spacing : tuple of float
        Height and width of a pixel on the page, in mm.
    left, right : str
        Letters of the sides of the patient: R, L, A, P, I, S.

    Examples
    --------
    >>> plane = Plane.of(Grid((4, 3, 2), (1.0, 2.0, 5.0)), axis=0, index=1)
    >>> plane.left, plane.right, plane.spacing
    ('R', 'L', (2.0, 1.0))
    >>> plane.take(np.arange(24).reshape(2, 3, 4))[0]
    array([12, 13, 14, 15])
    """

    axis: int
    index: int
    transposed: bool
    flipped: tuple[bool, bool]
    spacing: tuple[float, float]
    left: str
    right: str

    @classmethod
    def of(cls, grid: Grid, axis: int, index: int) -> "Plane":
        """Lay out a slice of a grid; oblique slices are laid out as the nearest of axial, coronal and sagittal."""
        cosines = np.array(grid.direction).reshape(3, 3)[:, ::-1]  # a column for each axis of the array
        across = int(np.argmax(np.abs(cosines[:, axis])))
        rows, columns = (other for other in range(3) if other != axis)
        (to_right, right_sense), (down, down_sense) = TOWARDS[across]
        # Of both ways to assign the two axes of the array, the one that agrees better with the axes of the patient.
        straight = abs(cosines[to_right, columns]) + abs(cosines[down, rows])
        crossed = abs(cosines[to_right, rows]) + abs(cosines[down, columns])
        transposed = bool(crossed > straight)
        if transposed:
            rows, columns = columns, rows
        flipped = (bool(cosines[down, rows] * down_sense < 0), bool(cosines[to_right, columns] * right_sense < 0))
        letters = LETTERS[to_right] if right_sense > 0 else LETTERS[to_right][::-1]
        spacing = grid.spacing[::-1]
        return cls(axis, index, transposed, flipped, (spacing[rows], spacing[columns]), *letters)

    def take(self, array: NDArray[np.generic]) -> NDArray[np.generic]:
        """Cut the slice out of an array of shape (z, y, x) and lay it on the page."""
        cut: NDArray[np.generic] = np.take(array, self.index, axis=self.axis)
        cut = cut.T if self.transposed else cut
        return cut[:: -1 if self.flipped[0] else 1, :: -1 if self.flipped[1] else 1]
