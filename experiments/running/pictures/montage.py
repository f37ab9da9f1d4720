"""Picture: slices of the same subject under several conditions side by side, in rows of one scale each."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evaluation.colours import INK, QUIET
from experiments.running.pictures.raster import (
    OUTLINES,
    Pixels,
    grey,
    outline,
    paint,
    resized,
    signed,
    signed_table,
    text_width,
    write,
)
from harmonize.arrays import BoolArray, FloatArray

MARGIN, GAP = 8, 6
BAR, BAR_TEXT = 12, 62
SMALL, NORMAL = 11, 13
LINE = 17


@dataclass(frozen=True, eq=False)
class Tile:
    """One slice, laid on the page.

    Parameters
    ----------
    values : ndarray of float, shape (rows, columns)
        What is shown; NaN is black.
    spacing : tuple of float
        Height and width of a pixel in mm.
    rois : mapping of str to ndarray of bool, same shape
        What is outlined.
    sides : tuple of str
        Letters for the left and the right; empty where the direction is not known.
    """

    values: FloatArray
    spacing: tuple[float, float]
    rois: Mapping[str, BoolArray] = field(default_factory=dict)
    sides: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Scale:
    """From which value to which one a row is shown, grey or (`signed`) around 0, and what the bar says."""

    low: float
    high: float
    ticks: tuple[str, str, str]
    signed: bool = False


@dataclass(frozen=True)
class Row:
    """Tiles of one scale; a text in the place of a tile says why there is none."""

    title: str
    scale: Scale
    tiles: Sequence[Tile | str]


def montage(title: str, columns: Sequence[str], rows: Sequence[Row], rois: Sequence[str], size: int) -> Pixels:
    """Lay out tiles: a column for each condition, a row for each kind of picture.

    Parameters
    ----------
    title : str
        Stands above.
    columns : sequence of str
        Names of the conditions.
    rows : sequence of Row
        With as many tiles as there are columns.
    rois : sequence of str
        All ROIs, whose numbers are explained below the title; the order fixes number and colour.
    size : int
        Pixels of the longest side of the largest tile. All tiles have the same scale in mm.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Red, green and blue.

    Examples
    --------
    >>> tile = Tile(np.eye(8), (1.0, 1.0))
    >>> row = Row("Before", Scale(0.0, 1.0, ("0", "0.5", "1")), [tile, "no scan"])
    >>> montage("S01", ["REF", "ACC"], [row], [], size=100).shape
    (171, 302, 3)
    """
    per_mm = size / max((max(_extent(tile)) for row in rows for tile in row.tiles if isinstance(tile, Tile)), default=1)
    boxes = [_pixels(tile, per_mm) for row in rows for tile in row.tiles if isinstance(tile, Tile)]
    height = max((box[0] for box in boxes), default=size // 2)
    width = max((box[1] for box in boxes), default=size)
    field_width = len(columns) * (width + GAP) - GAP
    # Wide enough for every line of text.
    texts = [text_width(title, NORMAL), *(text_width(row.title, SMALL) + BAR + BAR_TEXT for row in rows)]
    page_width = max(field_width + GAP + BAR + BAR_TEXT, *texts) + 2 * MARGIN
    legend = _legend(rois, page_width - 2 * MARGIN)
    top = MARGIN + LINE + LINE * len(legend) + LINE
    page = np.full((top + len(rows) * (LINE + height + GAP) + GAP, page_width, 3), 255, dtype=np.uint8)
    write(page, title, (MARGIN, MARGIN), NORMAL, INK)
    for i, line in enumerate(legend):
        for left, number, name in line:
            _swatch(page, (MARGIN + left, MARGIN + LINE * (i + 1)), number)
            write(page, f"{number + 1} {name}", (MARGIN + left + 13, MARGIN + LINE * (i + 1)), SMALL, INK)
    for i, name in enumerate(columns):
        clipped = _fitting(name, width)
        write(page, clipped, (MARGIN + i * (width + GAP) + width / 2, top - 4), SMALL, INK, "ms")
    numbers = {name: i for i, name in enumerate(rois)}
    for row in rows:
        write(page, row.title, (MARGIN, top + 2), SMALL, INK)
        top += LINE
        for i, tile in enumerate(row.tiles):
            left = MARGIN + i * (width + GAP)
            cell = page[top : top + height, left : left + width]
            if isinstance(tile, Tile):
                _draw(cell, tile, row.scale, _pixels(tile, per_mm), numbers)
            else:
                _say(cell, tile)
        _bar(page[top : top + height, MARGIN + field_width + GAP :], row.scale)
        top += height + GAP
    return page


def _extent(tile: Tile) -> tuple[float, float]:
    rows, columns = tile.values.shape
    return rows * tile.spacing[0], columns * tile.spacing[1]


def _pixels(tile: Tile, per_mm: float) -> tuple[int, int]:
    height, width = _extent(tile)
    return max(1, round(height * per_mm)), max(1, round(width * per_mm))


def _draw(cell: Pixels, tile: Tile, scale: Scale, box: tuple[int, int], numbers: Mapping[str, int]) -> None:
    cell[:] = 0
    values = resized(tile.values, *box)
    top, left = (cell.shape[0] - box[0]) // 2, (cell.shape[1] - box[1]) // 2
    inner = cell[top : top + box[0], left : left + box[1]]
    inner[:] = signed(values, scale.high) if scale.signed else grey(np.nan_to_num(values), scale.low, scale.high)
    rims = {name: rim for name, mask in tile.rois.items() if (rim := outline(mask, *box)).any()}
    for name, rim in rims.items():
        paint(inner, rim, _color(numbers[name]))
    for name, rim in rims.items():
        rows, columns = np.nonzero(rim)
        at = (min(columns.max() + 3, box[1] - 14), max(rows.min() - 2, 1))
        write(inner, str(numbers[name] + 1), at, SMALL, _color(numbers[name]), rim=True)
    for letter, x, anchor in ((tile.sides[0], 4, "lm"), (tile.sides[1], cell.shape[1] - 4, "rm")):
        write(cell, letter, (x, cell.shape[0] / 2), SMALL, "#ffffff", anchor, rim=True)


def _say(cell: Pixels, text: str) -> None:
    cell[:] = 236
    width = max(8, int(cell.shape[1] / 6.3))
    lines = textwrap.wrap(text, width)[: max(1, cell.shape[0] // 14 - 1)]
    for i, line in enumerate(lines):
        write(cell, line, (5, 5 + 14 * i), SMALL, QUIET)


def _bar(space: Pixels, scale: Scale) -> None:
    height = min(space.shape[0], 160)
    shades = np.linspace(255, 0, height).round().astype(np.uint8)
    space[:height, :BAR] = (signed_table()[shades] if scale.signed else np.repeat(shades[:, None], 3, axis=1))[:, None]
    for tick, at, anchor in zip(scale.ticks, (height - 1, height / 2, 0), ("ls", "lm", "lt"), strict=True):
        write(space, tick, (BAR + 4, at), SMALL, INK, anchor)


def _legend(rois: Sequence[str], width: int) -> list[list[tuple[int, int, str]]]:
    """Break the names into lines: the left end, number and name of each."""
    lines: list[list[tuple[int, int, str]]] = []
    left = width
    for number, name in enumerate(rois):
        needed = 13 + text_width(f"{number + 1} {name}", SMALL) + 14
        if left + needed > width:
            lines.append([])
            left = 0
        lines[-1].append((left, number, _fitting(name, width - 40)))
        left += needed
    return lines


def _swatch(page: Pixels, at: tuple[int, int], number: int) -> None:
    swatch = page[at[1] + 2 : at[1] + 12, at[0] : at[0] + 10]
    swatch[:] = 60
    swatch[3:7] = np.array([int(_color(number)[i : i + 2], 16) for i in (1, 3, 5)])


def _fitting(text: str, width: int) -> str:
    """Cut a text to a width in pixels."""
    while len(text) > 1 and text_width(text, SMALL) > width:
        text = f"{text[:-2]}…"
    return text


def _color(number: int) -> str:
    return OUTLINES[number % len(OUTLINES)]
