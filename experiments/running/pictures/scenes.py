"""One subject under all conditions as rows of tiles: before, after, difference, bias field, each with its window."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.running.pictures.montage import Row, Scale, Tile
from experiments.running.pictures.slices import ScanViews, Slice, View
from experiments.running.pictures.views import first_field
from experiments.study.strategy import Strategy
from harmonize.arrays import FloatArray

WINDOW = (0.5, 99.5)
"""Percentiles of the intensities in the body, over all conditions of the subject."""
REACH = 99.0
"""Percentile of absolute differences, and of log bias, at which a signed scale ends."""
AROUND = 0.03
"""Share of the page that is left around the body."""
LEAST_BIAS = 0.01
"""A scale of the bias field reaches at least this far on the logarithm: 1 %."""
NOTHING_LEFT = (
    "After is Before with another brightness and contrast (a gain and an offset); there is no difference else."
)

DIFFERENCE = "Difference in the body, after minus before, gain and offset taken out"

Made = Tile | str


@dataclass(frozen=True)
class PictureLayout:
    """What goes into a picture.

    Parameters
    ----------
    title : str
        Strategy, subject, sequence.
    columns : tuple of str
        The conditions.
    rows : tuple of Row
        Kinds of picture.
    rois : frozenset of str
        Those that are seen.
    notes : tuple of str
        What is to be said of it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    rois: frozenset[str]
    notes: tuple[str, ...]


def scene(views: Mapping[str, ScanViews | str], strategy: Strategy, title: str) -> PictureLayout:
    """Lay out what one strategy made of one subject.

    Parameters
    ----------
    views : mapping of str to ScanViews or str
        By condition; a text says why there is none.
    strategy : Strategy
        Which.
    title : str
        What stands above.
    """
    befores: list[Made] = []
    afters: list[Made] = []
    differences: list[Made] = []
    fields: list[Made] = []
    for found in views.values():
        view = found if isinstance(found, str) else found.views[strategy.name]
        befores.append(found if isinstance(found, str) else tile_of(found.before, found.sides))
        sides = ("", "") if isinstance(found, str) else found.sides
        afters.append(view if isinstance(view, str) else tile_of(view.after, sides))
        differences.append(view if isinstance(view, str) else _difference_tile(view, sides))
        bias = None if isinstance(view, str) else view.log_bias
        fields.append(str(view) if bias is None else tile_of(bias, sides, rois=False))
    frame = frame_of([found.before for found in views.values() if isinstance(found, ScanViews)])
    befores, afters, differences, fields = (
        [tile if isinstance(tile, str) else cropped(tile, frame) for tile in tiles]
        for tiles in (befores, afters, differences, fields)
    )
    seen = [(found, found.views[strategy.name]) for found in views.values() if not isinstance(found, str)]
    made = [view for _, view in seen if isinstance(view, View)]
    rows, notes = [grey_row("Before", befores, [found.before for found, _ in seen])], [_slices(views)]
    if strategy.steps:
        rows.append(grey_row("After", afters, [view.after for view in made]))
        changes = [view.difference[view.after.body] for view in made]
        reach = reach_of(changes)
        if first_field(strategy.steps) is not None:
            biases = [view.log_bias.values for view in made if view.log_bias is not None]
            rows.append(_bias_row(fields, max(reach_of(biases), LEAST_BIAS)))
        if reach > 0:
            rows.append(difference_row(DIFFERENCE, differences, reach))
        elif made:
            notes.append(NOTHING_LEFT)
    rois = frozenset(name for found, _ in seen for name in found.before.rois)
    return PictureLayout(title, tuple(views), tuple(rows), rois, tuple(notes))


@dataclass(frozen=True)
class TileFrame:
    """The part of the page that is shown, as shares of its height and width; holds for slices of that extent in mm."""

    extent: tuple[float, float]
    top: float
    bottom: float
    left: float
    right: float


def frame_of(slices: Sequence[Slice], around: float = AROUND) -> TileFrame | None:
    """Frame the bodies and ROIs of all conditions, where all have the same field of view; else nothing is cut off."""
    extents = [_extent(cut.values, cut.spacing) for cut in slices]
    if not extents or not np.allclose(extents, extents[0], rtol=0.01):
        return None
    ends = []
    for cut in slices:
        shown = np.any([cut.body, *cut.rois.values()], axis=0)
        if not shown.any():
            return None
        rows, columns = (np.flatnonzero(shown.any(axis=other)) for other in (1, 0))
        height, width = shown.shape
        ends.append((rows[0] / height, 1 - (rows[-1] + 1) / height, columns[0] / width, 1 - (columns[-1] + 1) / width))
    top, bottom, left, right = (max(0.0, float(end) - around) for end in np.min(ends, axis=0))
    return TileFrame(extents[0], top, 1 - bottom, left, 1 - right)


def cropped(tile: Tile, frame: TileFrame | None) -> Tile:
    """Cut a tile to a frame, if it is of that extent."""
    if frame is None or not np.allclose(_extent(tile.values, tile.spacing), frame.extent, rtol=0.01):
        return tile
    height, width = tile.values.shape
    cut = (
        slice(int(frame.top * height), int(np.ceil(frame.bottom * height))),
        slice(int(frame.left * width), int(np.ceil(frame.right * width))),
    )
    return replace(tile, values=tile.values[cut], rois={name: mask[cut] for name, mask in tile.rois.items()})


def _extent(values: FloatArray, spacing: tuple[float, float]) -> tuple[float, float]:
    return values.shape[0] * spacing[0], values.shape[1] * spacing[1]


def tile_of(cut: Slice, sides: tuple[str, str], rois: bool = True) -> Tile:
    """Give a slice as a tile."""
    return Tile(cut.values, cut.spacing, cut.rois if rois else {}, sides)


def _difference_tile(view: View, sides: tuple[str, str]) -> Tile:
    shown = np.any([view.after.body, *view.after.rois.values()], axis=0)
    values = np.where(shown, view.difference, np.nan) if shown.any() else view.difference
    return Tile(values, view.after.spacing, {}, sides)


def grey_row(name: str, tiles: Sequence[Made], slices: Iterable[Slice]) -> Row:
    """Lay out tiles in one window, that of the intensities in the body of all slices."""
    values = [_inside(cut) for cut in slices]
    low, high = np.percentile(np.concatenate(values), WINDOW) if values else (0.0, 1.0)
    if not high > low:
        low, high = low - 0.5, low + 0.5  # of one intensity
    low, high = float(low), float(high)
    ticks = (_number(low, high - low), _number((low + high) / 2, high - low), _number(high, high - low))
    return Row(f"{name}, window {ticks[0]} to {ticks[2]} for all conditions", Scale(low, high, ticks), tiles)


def _bias_row(tiles: Sequence[Made], reach: float) -> Row:
    low, high = f"{np.exp(-reach):.3g}", f"{np.exp(reach):.3g}"
    title = f"Bias field that was divided out, in the body: factor {low} to {high}"
    return Row(title, Scale(-reach, reach, (low, "1", high), signed=True), tiles)


def difference_row(name: str, tiles: Sequence[Made], reach: float) -> Row:
    """Lay out tiles of differences, from -reach to reach."""
    text = _number(reach, 2 * reach)
    ticks = (f"\N{MINUS SIGN}{text}", "0", text)
    return Row(f"{name}: \N{MINUS SIGN}{text} to {text}", Scale(-reach, reach, ticks, signed=True), tiles)


def _inside(cut: Slice) -> FloatArray:
    values: FloatArray = cut.values[cut.body] if cut.body.any() else cut.values.ravel()
    return values


def reach_of(values: Sequence[FloatArray]) -> float:
    """Give the REACH percentile of absolute values, or the largest where that is 0."""
    pooled = np.abs(np.concatenate([one.ravel() for one in values])) if values else np.zeros(0)
    pooled = pooled[np.isfinite(pooled)]
    if not pooled.size:
        return 0.0
    return float(np.percentile(pooled, REACH)) or float(pooled.max())


def _slices(views: Mapping[str, ScanViews | str]) -> str:
    found = {name: view for name, view in views.items() if isinstance(view, ScanViews)}
    kinds = {(view.number, view.count) for view in found.values()}
    if not found:
        return "No scan can be used."
    if len(kinds) == 1:
        number, count = next(iter(kinds))
        return f"Slice {number} of {count}."
    return "Slices " + ", ".join(f"{view.number} of {view.count} ({name})" for name, view in found.items()) + "."


def _number(value: float, span: float) -> str:
    """Write a number as fine as its span asks for.

    Examples
    --------
    >>> _number(1234.56, 1000.0), _number(-0.1234, 0.5), _number(0.0, 3.0)
    ('1235', '−0.123', '0')
    """
    decimals = max(0, 2 - int(np.floor(np.log10(span)))) if span > 0 else 3
    text = f"{value:.{min(decimals, 6)}f}" if abs(value) < 1e7 else f"{value:.3g}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else "0"
