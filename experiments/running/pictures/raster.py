"""Slices as pixels: grey and signed scales, outlines, letters, and files of them."""

import io
from collections.abc import Sequence
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from harmonize.arrays import BoolArray, FloatArray

Pixels = NDArray[np.uint8]

SIGNED_ANCHORS = ("#04244a", "#2c6295", "#868686", "#f0b673", "#fff6e0")
"""Of the signed scale: dark blue for less, grey for 0, pale orange for more.

Lightness rises all the way, so that it reads without colour vision and in grey print; blue and orange are told apart
with any kind of colour vision that there is.
"""
OUTLINES = ("#56b4e9", "#e69f00", "#2bd1a2", "#f0e442", "#ff9bd5", "#ff7f50", "#ffffff", "#b9a4ff")
"""Light colours, to be seen on grey images; ROIs are numbered besides."""


def grey(values: FloatArray, low: float, high: float) -> Pixels:
    """Show values in a window: black at `low` and below, white at `high` and above.

    Examples
    --------
    >>> grey(np.array([[-1.0, 0.0, 5.0, 10.0, 11.0]]), 0.0, 10.0)[0, :, 0]
    array([  0,   0, 128, 255, 255], dtype=uint8)
    """
    shade = _positions(values, low, high)
    return np.repeat(shade[..., None], 3, axis=-1)


def signed(values: FloatArray, limit: float) -> Pixels:
    """Show values from -limit to limit on the signed scale; NaN is black.

    Examples
    --------
    >>> signed(np.array([[-2.0, 0.0, 2.0]]), 2.0)[0, 1]
    array([134, 134, 134], dtype=uint8)
    """
    pixels: Pixels = signed_table()[_positions(np.nan_to_num(values), -limit, limit)]
    pixels[np.isnan(values)] = 0
    return pixels


@cache
def signed_table() -> Pixels:
    """Give the 256 colours of the signed scale."""
    anchors = np.array([_rgb(color) for color in SIGNED_ANCHORS], dtype=np.float64)
    at = np.linspace(0, 255, len(anchors))
    table = np.stack([np.interp(np.arange(256), at, channel) for channel in anchors.T], axis=-1)
    table[127:129] = anchors[len(anchors) // 2]  # 0 lies between two of 256 places
    shown: Pixels = np.rint(table).astype(np.uint8)
    return shown


def resized(values: FloatArray, height: int, width: int) -> FloatArray:
    """Interpolate linearly to so many pixels; where there are fewer of them than values, average.

    Examples
    --------
    >>> resized(np.array([[0.0, 2.0], [0.0, 2.0]]), 1, 1)
    array([[1.]])
    """
    known = np.isfinite(values)
    image = _resize(np.where(known, values, 0.0), height, width)
    if known.all():
        return image
    share = _resize(known.astype(np.float64), height, width)
    return np.where(share >= 0.5, image / np.maximum(share, 0.5), np.nan)


def outline(mask: BoolArray, height: int, width: int) -> BoolArray:
    """Give the pixels on the inner rim of an ROI, of the size that the slice is shown in.

    An ROI that is too small to fill a pixel by half is not lost: every pixel that it touches counts.

    Examples
    --------
    >>> outline(np.ones((3, 3), bool), 3, 3).astype(int)
    array([[1, 1, 1],
           [1, 0, 1],
           [1, 1, 1]])
    """
    share = _resize(mask.astype(np.float64), height, width)
    inside = share >= 0.5
    if mask.any() and not inside.any():
        inside = share >= 0.5 * share.max()
    rim: BoolArray = inside & ~scipy.ndimage.binary_erosion(inside)
    return rim


def write(
    pixels: Pixels, text: str, at: tuple[float, float], size: int, color: str, anchor: str = "la", rim: bool = False
) -> None:
    """Write a text on pixels, in place.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
        What is written on.
    text : str
        One line.
    at : tuple of float
        Column and row of its anchor.
    size : int
        Height of the letters in pixels.
    color : str
        Such as ``#ffffff``.
    anchor : str
        Of Pillow: ``la`` is left and top, ``mm`` the middle.
    rim : bool
        Whether the letters have a black rim, to be read on an image.
    """
    canvas = Image.fromarray(pixels)
    width = 1 if rim else 0
    ImageDraw.Draw(canvas).text(
        at, text, fill=color, font=_font(size), anchor=anchor, stroke_width=width, stroke_fill="#000000"
    )
    pixels[:] = np.asarray(canvas)


def text_width(text: str, size: int) -> int:
    """Give the width of a line in pixels."""
    return int(np.ceil(_font(size).getlength(text)))


def paint(pixels: Pixels, where: BoolArray, color: str) -> None:
    """Colour pixels, in place."""
    pixels[where] = _rgb(color)


def to_jpeg(pixels: Pixels, quality: int = 82) -> bytes:
    """Give a JPEG file without metadata; the same pixels give the same bytes.

    Examples
    --------
    >>> to_jpeg(np.zeros((4, 4, 3), np.uint8))[:2].hex()
    'ffd8'
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, optimize=True, subsampling=0)
    return buffer.getvalue()


def _positions(values: FloatArray, low: float, high: float) -> Pixels:
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.rint(share * 255).astype(np.uint8)


def _resize(values: FloatArray, height: int, width: int) -> FloatArray:
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float64)


def _rgb(color: str) -> Sequence[int]:
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # matplotlib brings it, and is not loaded for it, which takes long.
    font = distribution("matplotlib").locate_file("matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf")
    return ImageFont.truetype(Path(str(font)), size)
