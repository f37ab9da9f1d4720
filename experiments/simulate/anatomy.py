"""An axial slab of an abdomen drawn from ellipses, and one region of interest inside each organ.

Millimetres, seen as radiologists do: the subject's right is at the left of the image, front is up.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from harmonize.arrays import BoolArray, FloatArray

FIELD_OF_VIEW = 380.0
"""Edge of the square field of view, mm."""
OVERSAMPLING = 2
"""The anatomy is drawn on a grid this much finer than the image, so that edges share voxels as they do in reality."""


@dataclass(frozen=True)
class Ellipse:
    """Centre and half axes in mm, turned by an angle in degrees from the x axis towards the y axis."""

    x: float
    y: float
    half_x: float
    half_y: float
    angle: float = 0.0

    def contains(self, x: FloatArray, y: FloatArray) -> BoolArray:
        """Say which points lie inside."""
        turn = np.deg2rad(self.angle)
        along = (x - self.x) * np.cos(turn) + (y - self.y) * np.sin(turn)
        across = (y - self.y) * np.cos(turn) - (x - self.x) * np.sin(turn)
        inside: BoolArray = (along / self.half_x) ** 2 + (across / self.half_y) ** 2 <= 1.0
        return inside


@dataclass(frozen=True)
class BodyPart:
    """A piece of anatomy: its outline, its tissue, and where in it the ROI lies if it has one."""

    name: str
    tissue: str
    outline: Ellipse
    roi: Ellipse | None = None
    within: str | None = None


BODY = Ellipse(0.0, 0.0, 168.0, 116.0)
# In the order of painting: a later part covers an earlier one. `within` cuts a part at the outline of another.
PARTS = (
    BodyPart("fat", "fat", BODY, roi=Ellipse(-154.0, 4.0, 6.5, 24.0)),
    BodyPart("wall", "muscle", Ellipse(0.0, -1.0, 142.0, 96.0)),
    BodyPart("cavity", "fat", Ellipse(0.0, -4.0, 132.0, 84.0)),
    BodyPart("muscle", "muscle", Ellipse(38.0, 71.0, 30.0, 23.0, 10.0), Ellipse(38.0, 72.0, 19.0, 11.0, 10.0), "wall"),
    BodyPart("right_muscle", "muscle", Ellipse(-38.0, 71.0, 30.0, 23.0, -10.0), within="wall"),
    BodyPart("left_lobe", "liver", Ellipse(-8.0, -52.0, 56.0, 25.0, -8.0), within="cavity"),
    BodyPart("liver", "liver", Ellipse(-76.0, -14.0, 62.0, 62.0), Ellipse(-92.0, -4.0, 22.0, 22.0), within="cavity"),
    BodyPart("stomach_wall", "muscle", Ellipse(72.0, -42.0, 44.0, 28.0, 18.0), within="cavity"),
    BodyPart("stomach", "contents", Ellipse(72.0, -42.0, 40.0, 24.0, 18.0), within="cavity"),
    BodyPart("stomach_gas", "gas", Ellipse(72.0, -56.0, 24.0, 9.0, 12.0), within="cavity"),
    BodyPart(
        "spleen", "spleen", Ellipse(104.0, 18.0, 24.0, 44.0, 8.0), Ellipse(104.0, 18.0, 14.0, 20.0, 8.0), "cavity"
    ),
    BodyPart("colon", "contents", Ellipse(72.0, -2.0, 15.0, 12.0)),
    BodyPart("colon_gas", "gas", Ellipse(72.0, -6.0, 10.0, 6.0)),
    BodyPart(
        "right_kidney", "kidney", Ellipse(-68.0, 44.0, 26.0, 30.0, -20.0), Ellipse(-77.0, 47.0, 10.5, 16.0, -20.0)
    ),
    BodyPart("right_sinus", "fat", Ellipse(-53.0, 39.0, 9.0, 11.0, -20.0)),
    BodyPart("left_kidney", "kidney", Ellipse(66.0, 44.0, 26.0, 30.0, 20.0), Ellipse(75.0, 47.0, 10.5, 16.0, 20.0)),
    BodyPart("left_sinus", "fat", Ellipse(51.0, 39.0, 9.0, 11.0, 20.0)),
    BodyPart("pancreas", "pancreas", Ellipse(24.0, -8.0, 38.0, 15.0, -14.0), Ellipse(20.0, -7.0, 20.0, 9.5, -14.0)),
    BodyPart("gallbladder", "bile", Ellipse(-40.0, -30.0, 15.0, 21.0, 25.0), Ellipse(-40.0, -30.0, 9.5, 14.0, 25.0)),
    BodyPart("vertebra", "marrow", Ellipse(0.0, 46.0, 24.0, 18.0), Ellipse(0.0, 45.0, 16.0, 11.0)),
    BodyPart("process", "marrow", Ellipse(0.0, 84.0, 6.0, 15.0)),
    BodyPart("canal", "fluid", Ellipse(0.0, 71.0, 11.0, 9.0)),
    BodyPart("cord", "cord", Ellipse(0.0, 71.0, 4.5, 4.0)),
    BodyPart("aorta", "blood", Ellipse(10.0, 16.0, 12.0, 12.0), Ellipse(10.0, 16.0, 9.5, 9.5)),
    BodyPart("cava", "blood", Ellipse(-20.0, 17.0, 13.0, 9.5)),
)
ROIS = (
    "liver",
    "spleen",
    "right_kidney",
    "left_kidney",
    "pancreas",
    "muscle",
    "gallbladder",
    "vertebra",
    "aorta",
    "fat",
)
"""Names of the ROIs in the order in which a study takes them; the label of an ROI is its place, from 1."""


@dataclass(frozen=True)
class Anatomy:
    """Where the parts of one subject lie.

    Attributes
    ----------
    parts : ndarray of int, shape (slices, n, n)
        On the fine grid: 0 outside the body, else the place of the part in `PARTS`, from 1.
    rois : mapping of str to ndarray of bool, shape (slices, matrix, matrix)
        The ROI of each organ on the grid of the image, inside the organ by at least one fine voxel.
    """

    parts: NDArray[np.int16]
    rois: Mapping[str, BoolArray]


def draw_anatomy(matrix: int, slices: int, rng: np.random.Generator) -> Anatomy:
    """Draw the anatomy of one subject: a body size, and each part moved and scaled a little.

    Parameters
    ----------
    matrix, slices : int
        Size of the image.
    rng : numpy.random.Generator
        The subject's own source of randomness.
    """
    fine = matrix * OVERSAMPLING
    position = (np.arange(fine) + 0.5) / fine * FIELD_OF_VIEW - FIELD_OF_VIEW / 2
    body = rng.uniform(0.95, 1.05)
    x, y = np.meshgrid(position / body, position / body)
    changes = [(rng.uniform(-2.5, 2.5, 2), rng.uniform(0.95, 1.05), rng.uniform(-2.0, 2.0, 2)) for _ in PARTS]
    fixed = {"fat", "wall", "cavity"}  # the shells keep their order around the organs
    through = np.linspace(-1.0, 1.0, slices) if slices > 1 else np.zeros(1)

    parts = np.zeros((slices, fine, fine), np.int16)
    ellipses: dict[str, BoolArray] = {}
    for place, (part, (shift, scale, drift)) in enumerate(zip(PARTS, changes, strict=True), start=1):
        for index, height in enumerate(through):
            move = np.zeros(2) if part.name in fixed else shift + drift * height
            size = 1.0 if part.name in fixed else scale * (1.0 - 0.05 * height**2)
            centre = part.outline.x + move[0], part.outline.y + move[1]
            own_x, own_y = (x - centre[0]) / size + part.outline.x, (y - centre[1]) / size + part.outline.y
            inside = part.outline.contains(own_x, own_y)
            if part.within is not None:
                inside &= next(other.outline for other in PARTS if other.name == part.within).contains(x, y)
            parts[index][inside] = place
            if part.roi is not None:
                ellipses.setdefault(part.name, np.zeros(parts.shape, bool))[index] = part.roi.contains(own_x, own_y)
    return Anatomy(parts, {name: _inside(parts, name, ellipses[name]) for name in ROIS})


def _inside(parts: NDArray[np.int16], name: str, ellipse: BoolArray) -> BoolArray:
    place = next(index for index, part in enumerate(PARTS, start=1) if part.name == name)
    organ = ndimage.binary_erosion(parts == place, np.ones((1, 3, 3), bool))
    slices, n, _ = parts.shape
    blocks = (organ & ellipse).reshape(slices, n // OVERSAMPLING, OVERSAMPLING, n // OVERSAMPLING, OVERSAMPLING)
    return np.asarray(blocks.all(axis=(2, 4)))
