"""Closed contours in a plane, filled pixel by pixel.

A pixel belongs to a contour if its centre lies within. A centre exactly on a contour counts on the side of the smaller
coordinates and not on the other, so that ROIs that share a border share no pixel. Contours that were traced from pixel
centre to pixel centre are another thing: their pixels are the ROI's own outermost ones, so they belong to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.formats.outlines import COPY, along, area, box, holds, same

TIE = 1e-3
"""How near, in pixels, a coordinate is to a centre to count as on it: files round coordinates."""
CROSSING = 1e-6
"""The same for the places where an edge crosses a row, which only arithmetic blurs."""
TRACED = 0.05
"""The same for corners of contours that were traced through centres, whose writers may round more; that three corners
of a drawn contour are all as near by chance happens once in a million."""
AT_ONCE = 4096
"""Edges that are walked along at a time; each may be as long as the image."""
ON = 0.05
"""How far, in pixels, a contour may reach beyond another that it lies within: files round coordinates."""
WAYS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7))
"""To all sides, and none."""
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
    copies : int
        How many contours stand there already.
    rings : int
        How many traced contours run along another the other way round.
    grazes : int
        How many add up as they cross another, though all their pixels lie within it: holes that were drawn over its
        border look the same.
    """

    pixels: BoolArray
    unmarked: int
    ties: int
    copies: int = 0
    rings: int = 0
    grazes: int = 0


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
    each other where their type says so. A contour that stands there twice counts once, wherever it starts, whichever
    way it runs and however it is rounded. Only where contours were traced, one that runs along another the other way
    round is the inner border of a ring of single pixels.

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
    for kind, outline in contours:
        corners = _snapped(outline, TRACED if through_centres else TIE)
        within = inside(corners, shape)
        around = within
        if through_centres:
            border = on_outline(corners, shape)
            within, around = within & ~border, within | border
        else:
            ties |= within ^ _inside_from_the_other_side(corners, shape)
        areas.append((kind, corners, within, around))
    areas.sort(key=lambda drawn: (-int(drawn[3].sum()), -abs(area(drawn[1]))))
    boxes = np.array([box(corners) for _, corners, _, _ in areas]).reshape(-1, 4)
    filled = np.zeros(shape, dtype=np.bool_)
    unmarked = copies = rings = grazes = 0
    holes: dict[int, bool] = {}  # of the contours that count, in this order
    for number, (kind, corners, within, around) in enumerate(areas):
        if not around.any():
            unmarked += 1
            continue
        before = np.array(list(holes), dtype=int)
        alike = before[(np.abs(boxes[before] - boxes[number]) <= COPY).all(axis=1)]
        twins = [area(areas[other][1]) * area(corners) > 0 for other in alike if same(areas[other][1], corners)]
        if twins and (any(twins) or not through_centres):
            copies += 1
            continue
        met = before[((boxes[before] - np.roll(boxes[number], 2)) * [1, 1, -1, -1] <= 0).all(axis=1)]
        hole = bool(within.any()) and _lies_within(
            corners, within & ~filled, [(areas[other][1], holes[other]) for other in met]
        )
        rings += bool(twins) and hole
        grazes += bool(within.any()) and not hole and kind != EXCLUSIVE and not (within & ~filled).any()
        if hole:
            filled &= ~within
        elif kind == EXCLUSIVE:
            filled ^= around
        else:
            filled |= around
        holes[number] = hole
    return Filled(filled, unmarked, int(ties.sum()), copies, rings, grazes)


def _lies_within(corners: FloatArray, beyond: BoolArray, region: Sequence[tuple[FloatArray, bool]]) -> bool:
    """Say whether an outline lies in or on what has been filled so far.

    Pixels alone do not tell: an outline may cross another between their centres.

    Parameters
    ----------
    corners : ndarray of float64, shape (n, 2)
        Of the outline.
    beyond : ndarray of bool, shape (rows, columns)
        Its pixels that are not filled; they may only be those whose centres lie on its border.
    region : sequence of (ndarray of float64, bool)
        The outlines so far that it may meet, and whether each is a hole.
    """
    for points in (np.argwhere(beyond)[:, ::-1].astype(float), corners, along(corners)):
        for way in WAYS:
            points = points[~_filled_at(points + ON * np.array(way), region)]
        if len(points):
            return False
    return True


def _filled_at(points: FloatArray, region: Sequence[tuple[FloatArray, bool]]) -> BoolArray:
    there = np.zeros(len(points), dtype=np.bool_)
    for outline, hole in region:
        there[holds(outline, points)] = not hole
    return there


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
