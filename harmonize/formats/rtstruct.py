"""ROI masks from DICOM RTSTRUCT (PS3.3 A.19): closed contours, filled slice by slice."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import GridError, ScanError
from harmonize.formats.contours import Filled, fill, traced
from harmonize.formats.dicom_file import reading, whole
from harmonize.formats.patient_order import PatientOrder
from harmonize.formats.roi_remarks import slices_of, tell_gaps
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid
from harmonize.remarks import remark
from harmonize.words import plural

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
PLANE_TOLERANCE = 0.1
"""How far, in slices, the points of a contour may be from the centre of their slice."""
MOST_CONTOURS, MOST_POINTS = 1000, 100_000
"""Contours of an ROI in one slice, and points of a contour; each contour takes a mask of its slice for a moment."""
MOST_TIES = 0.02
"""Voxel centres exactly on contours, as a share of the ROI's voxels, from which on they are told."""

ODD = {
    "copies": (
        "contour_twice",
        "stand there twice, nowhere farther than half a voxel apart, and were counted once",
        "look at these slices; if a wall thinner than half a voxel is meant, voxels cannot hold it",
    ),
    "rings": (
        "contour_twice",
        "run to and fro along the same voxels; they were taken for a ring one voxel wide, as in files that were made "
        "from masks",
        "look at these slices; if no ring is meant, remove the contours that stand there twice",
    ),
    "grazes": (
        "contour_crosses_by_less_than_a_voxel",
        "cross another by less than a voxel; they were taken to add to it",
        "look at these slices; if a hole is meant, draw it within the other contour",
    ),
}
"""What is told of contours, by what was `Filled`: kind, problem and advice."""


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

    tells_gaps: ClassVar[bool] = True  # it knows the slices that it was drawn in

    path: Path
    names: tuple[str, ...]
    contours: tuple[tuple[tuple[str, FloatArray], ...], ...]

    @classmethod
    def read(cls, path: Path) -> "StructureSet":
        """Read a file."""
        with reading(path):
            dataset = whole(path)
            drawn: dict[int, list[tuple[str, FloatArray]]] = {}
            for item in dataset.get("ROIContourSequence") or []:
                drawn.setdefault(int(item.ReferencedROINumber), []).extend(
                    (str(contour.ContourGeometricType), np.array(contour.ContourData, dtype=float).reshape(-1, 3))
                    for contour in item.get("ContourSequence") or []
                    if contour.get("ContourData")
                )
            rois = dataset.get("StructureSetROISequence") or []
            owners = [int(roi.ROINumber) for roi in rois]
            if len(set(owners)) < len(owners):
                twice = next(number for number in owners if owners.count(number) > 1)
                raise ScanError(
                    f"{path}: several ROIs have the number {twice}, and share their contours", "export it again"
                )
            return cls(
                path=path,
                names=tuple(str(roi.get("ROIName") or "").strip() for roi in rois),
                contours=tuple(tuple(drawn.get(number, ())) for number in owners),
            )

    def mask(self, name: str, grid: Grid) -> BoolArray:
        """Give an ROI as a mask on the grid of an image; see `fill` for what belongs to it.

        The voxels are looked at in the order of the patient's axes, so that the ROI is the same however a file stores
        them. Slices between contours stay empty. Both that and contours that mark no voxel are told.

        Raises
        ------
        GridError
            If a contour does not lie in a slice of the image, or reaches beyond it.
        ScanError
            If a contour is not closed, or there are too many.
        """
        order = PatientOrder.of(grid)
        contours = self.contours[self.names.index(name)]
        mask = np.zeros(order.grid.shape, dtype=np.bool_)
        for kind, _ in contours:
            if kind not in CLOSED:
                raise ScanError(
                    f"{self.path}: ROI '{name}' holds a contour of type {kind}, expected {CLOSED[0]}",
                    "leave points and open lines out of the ROI",
                )
        indices = [self._indices(name, points, order.grid) for _, points in contours]
        axis = _axis_across(indices, order.grid)
        slices: dict[int, list[tuple[str, FloatArray]]] = {}
        for (kind, _), found in zip(contours, indices, strict=True):
            outlines = slices.setdefault(self._slice(name, found[:, axis]), [])
            outlines.append((kind, np.delete(found, axis, axis=1)))
            if len(outlines) > MOST_CONTOURS or len(found) > MOST_POINTS:
                raise ScanError(
                    f"{self.path}: ROI '{name}' has more than {MOST_CONTOURS} contours in a slice, or {MOST_POINTS} "
                    "points in a contour",
                    "draw it again, or export it as a DICOM SEG",
                )
        through_centres = traced([outline for outlines in slices.values() for _, outline in outlines])
        filled = {}
        for number, outlines in slices.items():
            plane = np.moveaxis(mask, 2 - axis, 0)[number]
            filled[number] = fill(outlines, (plane.shape[0], plane.shape[1]), through_centres)
            plane |= filled[number].pixels
        last = order.grid.size[axis] - 1
        self._tell(name, {last - n if order.turned[axis] else n: found for n, found in filled.items()}, through_centres)
        stored = order.stored(mask)
        tell_gaps(self.path, name, stored, 2 - order.axes[axis])
        return stored

    def _tell(self, name: str, filled: Mapping[int, Filled], through_centres: bool) -> None:
        where = f"{self.path}: ROI '{name}'"
        unmarked = {number: found.unmarked for number, found in filled.items() if found.unmarked}
        if unmarked:
            remark(
                "contour_marks_no_voxel",
                f"{where}: {plural(sum(unmarked.values()), 'contour')} ({slices_of(unmarked)}, counted from 0) "
                "mark no voxel: a point, a line, or smaller than a voxel",
                "look at these slices; draw the ROI larger there, or leave them out",
            )
        for seen, (kind, problem, advice) in ODD.items():
            slices = [number for number, found in filled.items() if getattr(found, seen)]
            if slices:
                remark(
                    kind,
                    f"{where}: contours in {slices_of(slices)} (counted from 0) {problem}",
                    advice,
                )
        ties, voxels = sum(found.ties for found in filled.values()), sum(int(f.pixels.sum()) for f in filled.values())
        if through_centres and voxels:
            remark(
                "contour_through_centres",
                f"{where}: its contours run from voxel centre to voxel centre; the voxels on them were taken to belong "
                "to it, as in files that were made from masks (rt-utils)",
                "look at its border in the pictures; if it was drawn so by hand, it is half a voxel too large",
            )
        elif ties > MOST_TIES * max(voxels, 1):
            remark(
                "contour_through_centres",
                f"{where}: {plural(ties, 'voxel centre')} exactly on its contours, of {plural(voxels, 'voxel')}; "
                "those on the patient's right, front and lower side were taken to belong to it",
                "look at its border in the pictures; a mask (DICOM SEG, NIfTI) leaves no doubt",
            )

    def _indices(self, name: str, points: FloatArray, grid: Grid) -> FloatArray:
        with np.errstate(all="ignore"):
            indices = grid.indices(points)
        if not np.isfinite(indices).all():
            raise self._elsewhere(name, "a point of a contour lies at infinity")
        beyond = (indices < -0.5 - PLANE_TOLERANCE) | (indices > np.array(grid.size) - 0.5 + PLANE_TOLERANCE)
        if beyond.any():
            raise self._elsewhere(name, "a contour reaches beyond the image")
        return indices

    def _slice(self, name: str, across: FloatArray) -> int:
        number = round(float(across.mean()))
        off = float(np.abs(across - number).max())
        if off > PLANE_TOLERANCE:
            raise self._elsewhere(name, f"a contour lies {off:.2g} slices beside the nearest slice, or across several")
        return number

    def _elsewhere(self, name: str, how: str) -> GridError:
        return GridError(
            f"{self.path}: ROI '{name}' was not drawn on the grid of its image: {how}",
            "name the image that it was drawn on",
        )


def _axis_across(contours: list[FloatArray], grid: Grid) -> int:
    """Give the axis (x, y, z) across the slices that contours lie in; several may be, for points and lines."""
    spread = np.max([np.ptp(indices, axis=0) for indices in contours], axis=0) if contours else np.zeros(3)
    flat = [axis for axis in (2, 1, 0) if spread[axis] <= PLANE_TOLERANCE]
    slices = infer_slice_axis(grid)
    if slices is not None and 2 - slices in flat:
        return 2 - slices
    return flat[0] if flat else int(np.argmin(spread))
