"""ROI masks from DICOM RTSTRUCT (PS3.3 A.19): closed contours, filled slice by slice.

A voxel belongs to an ROI if its centre lies within the contours of its slice. A centre on a contour counts on the
left and upper side and not on the right and lower one, so that ROIs that share a border share no voxel.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harmonize.errors import GridError, ScanError
from harmonize.formats.dicom_file import reading, whole
from harmonize.formats.dicom_stack import voxel_indices
from harmonize.volume import BoolArray, FloatArray, Grid

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
PLANE_TOLERANCE = 0.1
"""How far, in slices, the points of a contour may be from the centre of their slice."""
MOST_CONTOURS, MOST_POINTS = 1000, 100_000
"""Contours of an ROI in one slice, and points of a contour; each contour takes a mask of its slice for a moment."""


@dataclass(frozen=True)
class StructureSet:
    """The contours of a DICOM RTSTRUCT.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        Names of the ROIs.
    contours : tuple of tuple of (str, ndarray of float64, shape (n, 3))
        For each ROI its contours: geometric type and points, mm in the patient's coordinates.
    """

    path: Path
    names: tuple[str, ...]
    contours: tuple[tuple[tuple[str, FloatArray], ...], ...]

    @classmethod
    def read(cls, path: Path) -> "StructureSet":
        """Read a file."""
        with reading(path):
            dataset = whole(path)
            drawn = {
                int(item.ReferencedROINumber): tuple(
                    (str(contour.ContourGeometricType), np.array(contour.ContourData, dtype=float).reshape(-1, 3))
                    for contour in item.get("ContourSequence") or []
                    if contour.get("ContourData")
                )
                for item in dataset.get("ROIContourSequence") or []
            }
            rois = dataset.get("StructureSetROISequence") or []
            return cls(
                path=path,
                names=tuple(str(roi.get("ROIName") or "").strip() for roi in rois),
                contours=tuple(drawn.get(int(roi.ROINumber), ()) for roi in rois),
            )

    def mask(self, name: str, grid: Grid) -> BoolArray:
        """Give an ROI as a mask on the grid of an image.

        In a slice, a contour within another one cuts a hole, and one in the hole fills it again; contours that cross
        add up. Where the file says that contours exclude each other (CLOSEDPLANAR_XOR), they do. Slices between
        contours stay empty.

        Raises
        ------
        GridError
            If a contour does not lie in a slice of the image, or reaches beyond it.
        ScanError
            If a contour is not closed, or there are too many.
        """
        mask = np.zeros(grid.shape, dtype=np.bool_)
        slices: dict[tuple[int, int], list[tuple[str, FloatArray]]] = {}
        for kind, points in self.contours[self.names.index(name)]:
            if kind not in CLOSED:
                raise ScanError(
                    f"{self.path}: ROI '{name}' holds a contour of type {kind}, expected {CLOSED[0]}",
                    "leave points and open lines out of the ROI",
                )
            axis, number, outline = self._in_slice(name, points, grid)
            outlines = slices.setdefault((axis, number), [])
            outlines.append((kind, outline))
            if len(outlines) > MOST_CONTOURS or len(outline) > MOST_POINTS:
                raise ScanError(
                    f"{self.path}: ROI '{name}' has more than {MOST_CONTOURS} contours in a slice, or {MOST_POINTS} "
                    "points in a contour",
                    "draw it again, or export it as a DICOM SEG",
                )
        for (axis, number), outlines in slices.items():
            plane = np.moveaxis(mask, 2 - axis, 0)[number]
            plane |= _fill(outlines, (plane.shape[0], plane.shape[1]))
        return mask

    def _in_slice(self, name: str, points: FloatArray, grid: Grid) -> tuple[int, int, FloatArray]:
        """Give the axis across a contour's slice, the number of the slice, and the contour in indices within it."""
        with np.errstate(all="ignore"):
            indices = voxel_indices(points, grid)
        if not np.isfinite(indices).all():
            raise self._elsewhere(name, "a point of a contour lies at infinity")
        spread = np.ptp(indices, axis=0)
        axis = 2 if spread[2] <= PLANE_TOLERANCE else int(np.argmin(spread))
        number = round(float(indices[:, axis].mean()))
        off = float(np.abs(indices[:, axis] - number).max())
        if off > PLANE_TOLERANCE:
            raise self._elsewhere(name, f"a contour lies {off:.2g} slices beside the nearest slice, or across several")
        size = np.array(grid.size)
        if (indices < -0.5 - PLANE_TOLERANCE).any() or (indices > size - 0.5 + PLANE_TOLERANCE).any():
            raise self._elsewhere(name, "a contour reaches beyond the image")
        return axis, number, np.delete(indices, axis, axis=1)

    def _elsewhere(self, name: str, how: str) -> GridError:
        return GridError(
            f"{self.path}: ROI '{name}' was not drawn on the grid of its image: {how}",
            "name the image that it was drawn on",
        )


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
    crossing = x + (at_row - y) / (y_end - y) * (x_end - x)
    first = np.clip(np.ceil(crossing), 0, columns).astype(int)  # the first pixel on or right of the crossing
    crossed = np.zeros((rows, columns + 1), dtype=int)
    np.add.at(crossed, (at_row, first), 1)
    odd: BoolArray = np.cumsum(crossed, axis=1)[:, :columns] % 2 == 1
    return odd


def _fill(outlines: list[tuple[str, FloatArray]], shape: tuple[int, int]) -> BoolArray:
    """Fill the contours of one slice, the largest first."""
    distinct = {outline.tobytes(): (kind, inside(outline, shape)) for kind, outline in outlines}
    filled = np.zeros(shape, dtype=np.bool_)
    for kind, area in sorted(distinct.values(), key=lambda item: -int(item[1].sum())):
        within = area.any() and not (area & ~filled).any()
        filled = filled ^ area if kind == "CLOSEDPLANAR_XOR" or within else filled | area
    return filled
