"""A grid with its axes in the order of the patient's, so that what hangs on their order is the same for every file."""

from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray
from harmonize.image.volume import Grid

DIGITS = 6
"""To which cosines count as the same."""


@dataclass(frozen=True)
class PatientOrder:
    """The voxels of a grid, counted to the patient's left, back and head as far as its axes run that way.

    Parameters
    ----------
    grid : Grid
        The same voxels in this order.
    axes : tuple of int
        For each of its axes the axis of the stored grid (x, y, z).
    turned : tuple of bool
        For each of its axes whether it runs the other way there.
    """

    grid: Grid
    axes: tuple[int, int, int]
    turned: tuple[bool, bool, bool]

    @classmethod
    def of(cls, grid: Grid) -> "PatientOrder":
        """Order the axes of a grid.

        Examples
        --------
        >>> order = PatientOrder.of(Grid((4, 5, 6), direction=(0, 0, 1, -1, 0, 0, 0, 1, 0)))
        >>> order.axes, order.turned, order.grid.size, order.grid.origin
        ((2, 0, 1), (False, True, False), (6, 4, 5), (0.0, -3.0, 0.0))
        """
        direction = np.array(grid.direction, dtype=float).reshape(3, 3).T  # a row an axis
        main = np.argmax(np.abs(direction).round(DIGITS), axis=1)
        turned = direction[np.arange(3), main] < 0
        along = np.where(turned[:, None], -direction, direction)
        axes = sorted(range(3), key=lambda axis: (int(main[axis]), *(-along[axis].round(DIGITS))))
        sizes, spacings = np.array(grid.size), np.array(grid.spacing)
        ends = direction * ((sizes - 1) * spacings)[:, None]
        size, spacing = (tuple(values[axes].tolist()) for values in (sizes, spacings))
        origin = tuple((np.array(grid.origin) + ends[turned].sum(axis=0)).tolist())
        ordered = Grid(size, spacing, origin, tuple(along[axes].T.ravel().tolist()))
        one, two, three = axes
        return cls(ordered, (one, two, three), (bool(turned[one]), bool(turned[two]), bool(turned[three])))

    def stored(self, mask: BoolArray) -> BoolArray:
        """Give a mask of the ordered grid as the stored one has it.

        Examples
        --------
        >>> order = PatientOrder.of(Grid((2, 1, 1), direction=(-1, 0, 0, 0, -1, 0, 0, 0, 1)))
        >>> order.stored(np.array([[[True, False]]])).tolist()
        [[[False, True]]]
        """
        places = [2 - axis for axis in self.axes]  # of the array, for x, y, z of the ordered grid
        back: BoolArray = np.transpose(mask, (2, 1, 0))  # x, y, z
        back = np.flip(back, tuple(axis for axis in range(3) if self.turned[axis]))
        return np.ascontiguousarray(np.moveaxis(back, (0, 1, 2), places))
