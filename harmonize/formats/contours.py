"""Closed contours in a plane, filled pixel by pixel.

A pixel belongs to a contour if its centre lies within. A centre exactly on a contour counts on the side of the smaller
coordinates and not on the other, so that ROIs that share a border share no pixel. Contours that were traced from pixel
centre to pixel centre are another thing: their pixels are the ROI's own outermost ones, so they belong to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harmonize.volume import BoolArray, FloatArray

TIE = 1e-3
"""How near, in pixels, a coordinate is to a centre to count as on it: files round coordinates."""
CROSSING = 1e-6
"""The same for the places where an edge crosses a row, which only arithmetic blurs."""
TRACED = 0.05
"""The same for corners of contours that were traced through centres, whose writers may round more; that three corners
of a drawn contour are all as near by chance happens once in a million."""
AT_ONCE = 4096
"""Edges that are walked along at a time; each may be as long as the image."""
EXCLUSIVE = "CLOSEDPLANAR_XOR"


@dataclass(frozen=True)
class Filled:
    """What the contours of one plane mark.

    Parameters
    ----------
    pixels : ndarray of bool, shape (rows, columns)
        The area.
    unmarked : int
        How many of the contours mark no pixel.
    ties : int
        How many pixels have their centre exactly on a contour.
    """

    pixels: BoolArray
    unmarked: int
    ties: int


def traced(outlines: Sequence[FloatArray]) -> bool:
    """Say whether every corner is the centre of a pixel, as where a tool traced the outermost pixels of a mask.

    Examples
    --------
    >>> traced([np.array([[3.0, 4.0], [7.0, 4.0], [7.0, 9.0]])]), traced([np.array([[3.0, 4.5], [7.0, 4.5]])])
    (True, False)
    """
    return bool(outlines) and all(bool((np.abs(outline - np.rint(outline)) <= TRACED).all()) for outline in outlines)


def fill(contours: Sequence[tuple[str, FloatArray]], shape: tuple[int, int], through_centres: bool) -> Filled:
    """Fill the contours of one plane, the largest first.

    A contour within another cuts a hole, and one in the hole fills it again; contours that cross add up, or exclude
    each other where their type says so. A contour that stands there twice counts once.

    Parameters
    ----------
    contours : sequence of (str, ndarray of float64, shape (n, 2))
        Geometric type, and column and row of each corner.
    shape : tuple of int
        Rows and columns.
    through_centres : bool
        Whether they were `traced`: then the pixels on a contour belong to the ROI, on the border of a hole too.

    Examples
    --------
    >>> square = np.array([[1.0, 1.0], [3.0, 1.0], [3.0, 3.0], [1.0, 3.0]])
    >>> [int(fill([("CLOSED_PLANAR", square)], (5, 5), centres).pixels.sum()) for centres in (True, False)]
    [9, 4]
    """
    areas = []
    ties = np.zeros(shape, dtype=np.bool_)
    distinct = {outline.tobytes(): (kind, outline) for kind, outline in contours}
    for kind, outline in distinct.values():
        corners = _snapped(outline, TRACED if through_centres else TIE)
        within = inside(corners, shape)
        around = within
        if through_centres:
            border = on_outline(corners, shape)
            within, around = within & ~border, within | border
        else:
            ties |= within ^ _inside_from_the_other_side(corners, shape)
        areas.append((kind, within, around))
    filled = np.zeros(shape, dtype=np.bool_)
    for kind, within, around in sorted(areas, key=lambda area: -int(area[2].sum())):
        if within.any() and not (within & ~filled).any():
            filled = filled & ~within
        else:
            filled = filled ^ around if kind == EXCLUSIVE else filled | around
    unmarked = sum(not around.any() for _, _, around in areas)
    return Filled(filled, unmarked, int(ties.sum()))


def inside(outline: FloatArray, shape: tuple[int, int]) -> BoolArray:
    """Mark the pixels whose centre lies within a closed outline (even-odd rule).

    Parameters
    ----------
    outline : ndarray of float64, shape (n, 2)
        Column and row of each corner; pixel centres are whole numbers. The last corner is joined to the first.
    shape : tuple of int
        Rows and columns.

    Returns
    -------
    ndarray of bool, shape (rows, columns)

    Examples
    --------
    >>> inside(np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 1.5], [0.5, 1.5]]), (3, 4)).astype(int)
    array([[0, 0, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 0, 0]])
    """
    rows, columns = shape
    ends = np.stack([outline, np.roll(outline, -1, axis=0)], axis=1)  # (edges, two ends, column and row)
    # From top to bottom, so that an edge drawn to and fro (the channel of a keyhole) is crossed twice at one place.
    rising = ends[:, 0, 1:] > ends[:, 1, 1:]
    upper, lower = np.where(rising, ends[:, 1], ends[:, 0]), np.where(rising, ends[:, 0], ends[:, 1])
    row = np.arange(rows)[:, None]
    at_row, edge = np.nonzero((upper[:, 1] <= row) & (row < lower[:, 1]))
    (x, y), (x_end, y_end) = upper[edge].T, lower[edge].T
    crossing = _snapped(x + (at_row - y) / (y_end - y) * (x_end - x), CROSSING)
    first = np.clip(np.ceil(crossing), 0, columns).astype(int)  # the first pixel on or right of the crossing
    crossed = np.zeros((rows, columns + 1), dtype=int)
    np.add.at(crossed, (at_row, first), 1)
    odd: BoolArray = np.cumsum(crossed, axis=1)[:, :columns] % 2 == 1
    return odd


def on_outline(outline: FloatArray, shape: tuple[int, int]) -> BoolArray:
    """Mark the pixels whose centre lies on an outline between pixel centres.

    Parameters
    ----------
    outline : ndarray of float64, shape (n, 2)
        Column and row of each corner, whole numbers.
    shape : tuple of int
        Rows and columns; what lies beyond is left out.

    Examples
    --------
    >>> on_outline(np.array([[0.0, 0.0], [4.0, 2.0]]), (3, 5)).astype(int)
    array([[1, 0, 0, 0, 0],
           [0, 0, 1, 0, 0],
           [0, 0, 0, 0, 1]])
    """
    marked = np.zeros(shape, dtype=np.bool_)
    starts = outline.astype(int)
    ends = np.roll(starts, -1, axis=0)
    for first in range(0, len(starts), AT_ONCE):
        start, way = starts[first : first + AT_ONCE], (ends - starts)[first : first + AT_ONCE]
        counts = np.gcd(*np.abs(way).T)  # centres on an edge besides its start
        step = way // np.maximum(counts, 1)[:, None]
        edge = np.repeat(np.arange(len(start)), counts + 1)
        place = np.arange(len(edge)) - np.repeat(np.cumsum(counts + 1) - (counts + 1), counts + 1)
        columns, rows = (start[edge] + place[:, None] * step[edge]).T
        there = (columns >= 0) & (rows >= 0) & (columns < shape[1]) & (rows < shape[0])
        marked[rows[there], columns[there]] = True
    return marked


def _snapped(values: FloatArray, tolerance: float) -> FloatArray:
    """Put what is as good as a whole number there, so that ties do not hang on the last digit."""
    whole = np.rint(values)
    snapped: FloatArray = np.where(np.abs(values - whole) <= tolerance, whole, values)
    return snapped


def _inside_from_the_other_side(outline: FloatArray, shape: tuple[int, int]) -> BoolArray:
    """Do as `inside`, with ties decided the other way round."""
    turned = np.array([shape[1] - 1, shape[0] - 1]) - outline
    return inside(turned, shape)[::-1, ::-1]
