"""One scan in memory: an image and its ROI masks on one grid."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike, NDArray

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import GridError, ScanError

# ITK prints C++ warnings (odd headers, small time steps) that no user can act on; its errors still are exceptions.
sitk.ProcessObject_GlobalWarningDisplayOff()


SPACING_TOLERANCE = 1e-4
"""Relative difference of spacing below which two grids count as the same."""
POSITION_TOLERANCE = 1e-2
"""Difference of origin, in voxels, below which two grids count as the same."""
DIRECTION_TOLERANCE = 1e-3
"""Difference of any direction cosine below which two grids count as the same."""
SHEAR_TOLERANCE = 2e-3
"""How far the products of the axes with each other may be off from 0, and with themselves from 1: cosines written with
three decimals are off by up to 1.8e-3."""
SMALLEST, LARGEST = 1e-3, 1e3
"""Edge of a voxel in mm that anything can have: from a micrometre, of microscopes, to a metre."""
FARTHEST = 1e6
"""Distance in mm of the first voxel from the origin, along any axis: a kilometre."""
HEADER = "export the image again, or correct its header"


@dataclass(frozen=True)
class Grid:
    """Where the voxels of an image lie, in the order and units of SimpleITK.

    Parameters
    ----------
    size : tuple of int
        Voxels along x, y, z.
    spacing, origin : tuple of float
        In mm, along x, y, z.
    direction : tuple of float
        The nine direction cosines, row by row.

    Raises
    ------
    ScanError
        If there are no voxels along an axis, a number is NaN or infinite, a spacing is not between a micrometre and a
        metre, the origin is farther than a kilometre, or the axes are not at right angles and of length one.

    Examples
    --------
    >>> grid = Grid((4, 4, 2))
    >>> grid.shape
    (2, 4, 4)
    >>> grid.differences(Grid((4, 4, 2), spacing=(1.0, 1.0, 3.0)))
    ['spacing: 1 x 1 x 1 against 1 x 1 x 3 mm']
    """

    size: tuple[int, int, int]
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        if min(self.size) < 1:
            raise ScanError(f"there are {_by(self.size)} voxels, expected one or more along every axis", HEADER)
        for name in ("spacing", "origin", "direction"):
            values = getattr(self, name)
            if not np.isfinite(values).all():
                raise ScanError(f"the {name} is {_by(values)}, expected finite numbers", HEADER)
        if not SMALLEST <= min(self.spacing) <= max(self.spacing) <= LARGEST:
            problem = f"voxels of {_by(self.spacing)} mm, expected edges between {SMALLEST:g} and {LARGEST:g} mm"
            raise ScanError(problem, "look whether the header is in another unit than mm; " + HEADER)
        if max(map(abs, self.origin)) > FARTHEST:
            raise ScanError(f"the origin is {_by(self.origin)} mm, expected at most {FARTHEST:g} mm", HEADER)
        self._refuse_shear()

    def _refuse_shear(self) -> None:
        axes = self.axes.T
        if np.abs(axes @ axes.T - np.eye(3)).max() <= SHEAR_TOLERANCE:
            return
        lengths = np.linalg.norm(axes, axis=1)
        unit = axes / np.where(lengths > 0, lengths, 1.0)[:, None]
        cosine = max((float(unit[i] @ unit[j]) for i, j in ((0, 1), (0, 2), (1, 2))), key=abs)
        problem = f"the direction has axes of length {_by(tuple(lengths))}, expected 1"
        if abs(cosine) > SHEAR_TOLERANCE:
            angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
            problem = f"the axes of the voxels are at an angle of {angle:.4g} degrees, expected 90 (shear)"
        raise ScanError(problem, "resample it to a right-angled grid; " + HEADER)

    @classmethod
    def of(cls, image: sitk.Image) -> "Grid":
        """Read the grid of a three-dimensional SimpleITK image."""
        return cls(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the NumPy array on this grid: z, y, x."""
        return self.size[2], self.size[1], self.size[0]

    @property
    def axes(self) -> FloatArray:
        """Direction cosines of x, y, z of the file, a column each."""
        return np.array(self.direction).reshape(3, 3)

    def points(self, indices: ArrayLike) -> FloatArray:
        """Give the places of voxels, counted x first, in the patient's space (mm); shape (..., 3) both.

        Examples
        --------
        >>> Grid((4, 4, 2), spacing=(1.0, 2.0, 3.0), origin=(5.0, 0.0, 0.0)).points([1, 1, 1])
        array([6., 2., 3.])
        """
        return np.asarray(np.asarray(indices) * np.array(self.spacing) @ self.axes.T + np.array(self.origin))

    def indices(self, points: ArrayLike) -> FloatArray:
        """Give where points of the patient's space are, in voxels, x first: whole numbers at the voxels' centres.

        Points and indices have the shape (..., 3).

        Examples
        --------
        >>> Grid((4, 4, 2), spacing=(1.0, 2.0, 3.0)).indices([[1.0, 4.0, 9.0]])
        array([[1., 2., 3.]])
        """
        shift = np.asarray(points) - np.array(self.origin)
        steps = np.linalg.solve(self.axes, shift.reshape(-1, 3).T).T.reshape(shift.shape)
        return np.asarray(steps / np.array(self.spacing))

    def differences(self, other: "Grid") -> list[str]:
        """Say in which of size, spacing, origin and direction two grids differ, and by how much.

        Parameters
        ----------
        other : Grid
            The grid to compare with.

        Returns
        -------
        list of str
            A text for each that differs; empty where the grids are the same within the tolerances of this module.
        """
        found = []
        if self.size != other.size:
            found.append(f"size: {_by(self.size)} against {_by(other.size)} voxels")
        spacing, spacing_other = np.array(self.spacing), np.array(other.spacing)
        if np.any(np.abs(spacing - spacing_other) > SPACING_TOLERANCE * spacing):
            found.append(f"spacing: {_by(self.spacing)} against {_by(other.spacing)} mm")
        shift = np.array(other.origin) - np.array(self.origin)
        if np.any(np.abs(shift) > POSITION_TOLERANCE * spacing.min()):
            found.append(f"origin: off by ({', '.join(f'{step:.4g}' for step in shift)}) mm")
        turn = np.abs(np.array(self.direction) - np.array(other.direction)).max()
        if turn > DIRECTION_TOLERANCE:
            found.append(f"direction: cosines differ by up to {turn:.4g}")
        return found


@dataclass(frozen=True, eq=False)
class Volume:
    """An image and its ROI masks on one grid; never modified in place.

    Parameters
    ----------
    image : ndarray of float64, shape (z, y, x)
        Intensities; finite everywhere. The array is made read-only.
    grid : Grid
        Where the voxels lie.
    masks : mapping of str to ndarray of bool, shape (z, y, x)
        One mask a ROI, by name.
    reference : Grid, optional
        The grid of the same subject's scan under the reference condition, for steps that bring scans onto it.
    outside : ndarray of bool, shape (z, y, x), optional
        Where there is no data (padding, see `harmonize.image.field_of_view`), which counts nowhere; absent: data
        everywhere.
    lost : mapping of str to ScanError
        Why nothing is left of ROIs whose masks are empty, where a perturbation knows.
    elsewhere : mapping of str to Path
        Files with what other programs made of the image, by the column of the table that names them.

    Raises
    ------
    GridError
        If the shape of the image or of a mask is not that of the grid.
    ScanError
        If the image holds NaN or infinite values.

    Examples
    --------
    >>> import numpy as np
    >>> volume = Volume(np.arange(8.0).reshape(2, 2, 2), Grid((2, 2, 2)), {"roi": np.ones((2, 2, 2), bool)})
    >>> volume
    Volume(2 x 2 x 2 voxels of 1 x 1 x 1 mm, ROIs: roi)
    >>> volume.with_image(volume.image * 2).image.max()
    np.float64(14.0)
    """

    image: FloatArray
    grid: Grid
    masks: Mapping[str, BoolArray] = field(default_factory=dict)
    reference: Grid | None = None
    outside: BoolArray | None = None
    lost: Mapping[str, ScanError] = field(default_factory=dict)
    elsewhere: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        arrays = {
            "the image": self.image,
            **({} if self.outside is None else {"the mask of padding": self.outside}),
            **{f"the mask of ROI '{name}'": mask for name, mask in self.masks.items()},
        }
        for name, array in arrays.items():
            if array.shape != self.grid.shape:
                raise GridError(
                    f"{name} has shape {array.shape}, expected {self.grid.shape} (z, y, x)",
                    "give image and masks on one grid",
                )
        if np.iscomplexobj(self.image):
            raise ScanError("the image has complex numbers, expected real ones", "give magnitude, real part or phase")
        finite = np.isfinite(self.image)
        if not finite.all():
            raise ScanError(
                f"the image has {int((~finite).sum())} voxels that are NaN or infinite",
                "export it again or replace these voxels",
            )
        object.__setattr__(self, "image", _frozen(self.image, np.float64))
        masks = {name: _frozen(mask, np.bool_) for name, mask in self.masks.items()}
        object.__setattr__(self, "masks", MappingProxyType(masks))
        if self.outside is not None:
            object.__setattr__(self, "outside", _frozen(self.outside, np.bool_))

    def __repr__(self) -> str:
        """Say what it is in a line; the voxels themselves would fill the screen."""
        rois = ", ".join(self.masks) or "none"
        return f"Volume({_by(self.grid.size)} voxels of {_by(self.grid.spacing)} mm, ROIs: {rois})"

    def __reduce__(self) -> tuple[type["Volume"], tuple[object, ...]]:
        """Rebuild from the parts, so that volumes can be sent to worker processes (mapping proxies cannot)."""
        others = (self.reference, self.outside, dict(self.lost), dict(self.elsewhere))
        return type(self), (self.image, self.grid, dict(self.masks), *others)

    def with_image(self, image: FloatArray) -> "Volume":
        """Give the same ROIs on the same grid with other intensities."""
        return replace(self, image=image)

    def to_itk(self) -> sitk.Image:
        """Give the image as a SimpleITK image of 64-bit floats."""
        return to_itk(self.image, self.grid)


def to_itk(array: NDArray[np.generic], grid: Grid) -> sitk.Image:
    """Give an array of shape (z, y, x) as a SimpleITK image on a grid; booleans become 8-bit integers."""
    image = sitk.GetImageFromArray(array.astype(np.uint8) if array.dtype == np.bool_ else array)
    image.SetSpacing(grid.spacing)
    image.SetOrigin(grid.origin)
    image.SetDirection(grid.direction)
    return image


def _frozen(array: NDArray[np.generic], dtype: type[np.generic]) -> NDArray[np.generic]:
    given = array
    array = np.asarray(array, dtype=dtype)
    if array is given and array.flags.writeable:
        array = array.view()  # the caller's own array stays writeable
    array.flags.writeable = False
    return array


def _by(values: tuple[float, ...]) -> str:
    return " x ".join(f"{value:.6g}" for value in values)
