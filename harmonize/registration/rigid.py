"""Rigid transforms, and ROI masks that they carry from one scan to another."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import SimpleITK as sitk

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError, GridError
from harmonize.image.volume import DIRECTION_TOLERANCE, SPACING_TOLERANCE, Grid, to_itk

Metric = Literal["mutual_information", "correlation"]
"""How alike two scans are said to be."""

HALF_A_SLICE = 0.5
"""Slices of two scans further apart than this share of their distance are not the same slices."""

NOT_A_ROTATION = 1e-6
"""How far a matrix times its transpose may be from one."""


@dataclass(frozen=True)
class Rigid:
    """A rotation and a translation, x -> matrix x + offset in mm, of the whole space or in the plane of one slice.

    In three dimensions x are the patient coordinates of DICOM and ITK (left, posterior, superior). In a slice they
    count along the rows and columns of the file from the first voxel of the reference scan.

    Parameters
    ----------
    matrix : tuple of tuple of float
        Three by three, or two by two in a slice.
    offset : tuple of float
        In mm.
    slice : int, optional
        Index of the slice; None in three dimensions.

    Examples
    --------
    >>> quarter = Rigid(((0.0, -1.0), (1.0, 0.0)), (3.0, 4.0), slice=0)
    >>> quarter.degrees, quarter(np.array([[0.0, 0.0]]))
    (90.0, array([[3., 4.]]))
    """

    matrix: tuple[tuple[float, ...], ...]
    offset: tuple[float, ...]
    slice: int | None = None

    def __post_init__(self) -> None:
        dimension = len(self.offset)
        matrix = np.array(self.matrix, dtype=float)
        known = dimension == 2 or (dimension == 3 and self.slice is None)
        if not known or matrix.shape != (dimension, dimension):
            raise ConfigurationError(
                f"rigid: a matrix of shape {matrix.shape} and {dimension} numbers as offset, expected three of each, "
                "or two in a slice"
            )
        turns = np.isfinite(self.offset).all() and np.abs(matrix).max() <= 1 + NOT_A_ROTATION
        if (
            not turns
            or np.abs(matrix @ matrix.T - np.eye(dimension)).max() > NOT_A_ROTATION
            or np.linalg.det(matrix) < 0
        ):
            raise ConfigurationError(f"rigid: the matrix {self.matrix} with offset {self.offset} is no rigid motion")

    @classmethod
    def of(cls, transform: sitk.Transform, index: int | None = None) -> "Rigid":
        """Read a linear transform of SimpleITK."""
        dimension = transform.GetDimension()
        offset = np.array(transform.TransformPoint([0.0] * dimension))
        columns = [np.array(transform.TransformPoint(list(unit))) - offset for unit in np.eye(dimension)]
        return cls.from_arrays(np.stack(columns, axis=1), offset, index)

    @classmethod
    def from_arrays(cls, matrix: FloatArray, offset: FloatArray, index: int | None = None) -> "Rigid":
        """Take matrix and offset as arrays."""
        return cls(tuple(tuple(map(float, row)) for row in matrix), tuple(map(float, offset)), index)

    @property
    def degrees(self) -> float:
        """Angle of the rotation, 0 to 180."""
        dimension = len(self.offset)
        trace = sum(self.matrix[axis][axis] for axis in range(dimension))
        cosine = trace / 2 if dimension == 2 else (trace - 1) / 2
        sine = np.array(self.matrix) - np.array(self.matrix).T  # near 0 the cosine alone has few digits
        return math.degrees(math.atan2(float(np.linalg.norm(sine)) / math.sqrt(8), cosine))

    def __call__(self, points: FloatArray) -> FloatArray:
        """Move points of shape (points, dimension)."""
        moved: FloatArray = points @ np.array(self.matrix).T + np.array(self.offset)
        return moved

    def to_itk(self) -> sitk.AffineTransform:
        """Give it as a transform of SimpleITK."""
        transform = sitk.AffineTransform(len(self.offset))
        transform.SetMatrix([value for row in self.matrix for value in row])
        transform.SetTranslation(self.offset)
        return transform

    def inverse(self) -> sitk.AffineTransform:
        """Give the inverse for SimpleITK, which resamples by where the values come from."""
        inverse: sitk.AffineTransform = self.to_itk().GetInverse()
        return inverse


def still(dimension: int, index: int | None = None) -> Rigid:
    """Give no motion, of space or of a slice."""
    return Rigid.from_arrays(np.eye(dimension), np.zeros(dimension), index)


def plane_of(array: FloatArray | BoolArray, grid: Grid, reference: Grid, axis: int, index: int) -> sitk.Image:
    """Give one slice as an image in the plane of the slices, see `Rigid` for its coordinates.

    Parameters
    ----------
    array : ndarray, shape (z, y, x)
        Image or mask.
    grid : Grid
        Its grid.
    reference : Grid
        The grid whose first voxel is the origin.
    axis, index : int
        Axis of the array that counts the slices, and which slice.
    """
    plane = np.take(array, index, axis=axis)
    along = _along(axis)
    image = sitk.GetImageFromArray(plane.astype(np.float64))
    shift = np.array(grid.origin) - np.array(reference.origin)
    image.SetSpacing([grid.spacing[item] for item in along])
    image.SetOrigin([float(reference.axes[:, item] @ shift) for item in along])
    return image


def refuse_other_slices(grid: Grid, reference: Grid, axis: int) -> None:
    """Raise a `GridError` unless two scans have the same slices, in the same order and orientation."""
    along = 2 - axis
    turn = np.abs(np.array(grid.direction) - np.array(reference.direction)).max()
    normal = reference.axes[:, along]
    shift = abs(float(normal @ (np.array(grid.origin) - np.array(reference.origin))))
    distance = reference.spacing[along]
    problem = ""
    if turn > DIRECTION_TOLERANCE:
        problem = f"their direction cosines differ by up to {turn:.3g}"
    elif grid.size[along] != reference.size[along]:
        problem = f"there are {grid.size[along]} and {reference.size[along]}"
    elif abs(grid.spacing[along] - distance) > SPACING_TOLERANCE * distance:
        problem = f"they are {grid.spacing[along]:.4g} and {distance:.4g} mm apart"
    elif shift > HALF_A_SLICE * distance:
        problem = f"they are shifted by {shift:.3g} mm, with {distance:.3g} mm from one to the next"
    if problem:
        raise GridError(
            f"the slices of the scan are not those of the reference: {problem}", "register in three dimensions"
        )


def slice_points(mask: BoolArray, grid: Grid, axis: int, index: int) -> FloatArray:
    """Give the voxel centres of one slice of a mask, in the coordinates of `plane_of` on the mask's own grid."""
    rows, columns = np.nonzero(np.take(mask, index, axis=axis))
    spacing = [grid.spacing[item] for item in _along(axis)]
    return np.stack([columns * spacing[0], rows * spacing[1]], axis=1)


def volume_points(mask: BoolArray, grid: Grid) -> FloatArray:
    """Give the voxel centres of a mask in patient coordinates, shape (voxels, 3)."""
    return grid.points(np.argwhere(mask)[:, ::-1])


def move_indices(
    indices: FloatArray, reference: Grid, transforms: tuple[Rigid, ...], grid: Grid, axis: int
) -> FloatArray:
    """Give where places of the reference scan are on the grid of another.

    Parameters
    ----------
    indices : ndarray of float, shape (n, 3)
        In voxels of the reference, x first.
    reference, transforms, grid, axis
        As for `carry_mask`; a place moves as the nearest slice that has a transform.

    Returns
    -------
    ndarray of float, shape (n, 3)
        In voxels of the other grid, which may lie outside of it.
    """
    if transforms[0].slice is None:
        moved = transforms[0](reference.points(indices))
    else:
        steps = indices * np.array(reference.spacing)
        slices = np.array([transform.slice or 0 for transform in transforms])
        nearest = np.abs(indices[:, 2 - axis, None] - slices).argmin(axis=1)
        for which, transform in enumerate(transforms):
            here = np.ix_(nearest == which, _along(axis))
            steps[here] = transform(steps[here])
        moved = reference.points(steps / np.array(reference.spacing))
    return grid.indices(moved)


def carry_mask(mask: BoolArray, reference: Grid, transforms: tuple[Rigid, ...], grid: Grid, axis: int) -> BoolArray:
    """Carry a mask from the reference scan onto the grid of another.

    A voxel is taken in where at least half of the linearly interpolated mask covers it.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        On the grid of the reference.
    reference : Grid
        That grid.
    transforms : tuple of Rigid
        From the reference to the other scan: one in three dimensions, or one for every slice of the mask.
    grid : Grid
        Of the other scan.
    axis : int
        Axis of the array that counts the slices; of no meaning in three dimensions.

    Returns
    -------
    ndarray of bool
        On the grid of the other scan; empty where the mask leaves it.

    Examples
    --------
    >>> mask = np.zeros((1, 4, 6), bool)
    >>> mask[0, 1:3, 1:3] = True
    >>> shift = Rigid(((1.0, 0.0), (0.0, 1.0)), (2.0, 0.0), slice=0)
    >>> np.argwhere(carry_mask(mask, Grid((6, 4, 1)), (shift,), Grid((6, 4, 1)), 0)[0]).tolist()
    [[1, 3], [1, 4], [2, 3], [2, 4]]
    """
    carried: BoolArray = carry_share(mask, reference, transforms, grid, axis) >= 0.5
    return carried


def carry_share(mask: BoolArray, reference: Grid, transforms: tuple[Rigid, ...], grid: Grid, axis: int) -> FloatArray:
    """Give the share of each voxel of another scan that a mask of the reference covers, linearly interpolated.

    Takes what `carry_mask` takes.
    """
    if transforms[0].slice is None:
        target = to_itk(np.zeros(grid.shape, dtype=np.float64), grid)
        source = to_itk(mask.astype(np.float64), reference)
        share = sitk.Resample(source, target, transforms[0].inverse(), sitk.sitkLinear)
        whole: FloatArray = sitk.GetArrayFromImage(share)
        return whole
    shares = np.zeros(grid.shape, dtype=np.float64)
    for transform in transforms:
        index = transform.slice or 0
        target = plane_of(shares, grid, reference, axis, index)
        source = plane_of(mask, reference, reference, axis, index)
        share = sitk.Resample(source, target, transform.inverse(), sitk.sitkLinear)
        np.moveaxis(shares, axis, 0)[index] = sitk.GetArrayFromImage(share)
    return shares


def _along(axis: int) -> list[int]:
    """Give the axes of the file, x first, that lie in the plane of the slices."""
    return [2 - item for item in reversed(range(3)) if item != axis]
