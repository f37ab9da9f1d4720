"""What a NIfTI header says twice, of the size of voxels and of their place, and whether both agree."""

import itertools

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.errors import ScanError
from harmonize.formats.nifti import NiftiHeader
from harmonize.image.volume import FARTHEST, SHEAR_TOLERANCE, Grid
from harmonize.remarks import remark

EDGE_TOLERANCE = 1e-3
"""Relative difference of edges beyond which pixdim and sform disagree."""
PLACE_TOLERANCE = 0.1
"""How far in voxels a corner of the image may be off between qform and sform."""
TO_LPS = np.array([-1.0, -1.0, 1.0])


def refuse_bad_sform(header: NiftiHeader) -> None:
    """Refuse a header whose only form is a sform with impossible values, or axes that are not at right angles.

    Raises
    ------
    ScanError
        That names the sform: a change of axes to another image (affine registration) mostly stands there.
    """
    if header.sform is None or header.qform is not None or len(header.edges) < 3:
        return
    worst = float(header.sform.flat[np.abs(header.sform).argmax()])
    if abs(worst) > FARTHEST:
        problem = f"{header.path}: the sform of the header holds {worst:g}, expected at most {FARTHEST:g} mm"
        raise ScanError(problem, "export it again")
    axes = header.sform[:, :3]
    lengths = np.linalg.norm(axes, axis=0)
    if not lengths.all():
        raise ScanError(f"{header.path}: the sform of the header has an axis of length 0", "export it again")
    cosines = (axes / lengths).T @ (axes / lengths)
    worst = float(np.abs(cosines - np.eye(3)).max())
    if worst > SHEAR_TOLERANCE:
        raise ScanError(
            f"{header.path}: the axes of the sform are not at right angles (their cosine is {worst:.3g}, expected 0), "
            "as after an affine registration",
            "resample it to a right-angled grid, or take the image as it was before the registration",
        )


def tell_scale(header: NiftiHeader) -> None:
    """Tell that an Analyze file is scaled as SPM does, where that makes a difference."""
    if header.analyze and header.scaled and (header.slope, header.intercept) != (1.0, 0.0):
        remark(
            "analyze_scale",
            f"{header.path}: the Analyze header holds a slope of {header.slope:g} and an intercept of "
            f"{header.intercept:g} where SPM99 and SPM2 keep them; they are applied",
            "save it as NIfTI, whose slope all programs know",
        )


def place_of_slice(header: NiftiHeader) -> FloatArray | None:
    """Give where the header of an image of two axes places it: sform, else qform.

    Returns
    -------
    ndarray of float64, shape (3, 4), optional
        The directions of x, y and their normal, of length one, and the centre of the first voxel in the unit of the
        header; in the patient (left, posterior, superior). None where neither is there, or has no x or y.
    """
    form = header.sform if header.sform is not None else header.qform
    if form is None:
        return None
    lengths = np.linalg.norm(form[:, :2], axis=0)
    if not lengths.all():
        return None
    along_x, along_y = (form[:, :2] / lengths * TO_LPS[:, None]).T
    normal = np.cross(along_x, along_y)
    if normal @ (form[:, 2] * TO_LPS) < 0:
        normal = -normal
    return np.column_stack([along_x, along_y, normal, form[:, 3] * TO_LPS])


def tell_forms(header: NiftiHeader, grid: Grid) -> None:
    """Tell where a header gives two sizes of voxels, or two places for them, and which of them is taken."""
    size = " x ".join(f"{edge:.4g}" for edge in header.edges)
    if header.sform is not None and len(header.edges) == 3:
        lengths = np.linalg.norm(header.sform[:, :3], axis=0)
        if np.abs(lengths / np.array(header.edges) - 1).max() > EDGE_TOLERANCE:
            stated = " x ".join(f"{edge:.4g}" for edge in lengths)
            remark(
                "pixdim_against_sform",
                f"{header.path}: pixdim gives voxels of {size} mm, the sform of {stated} mm; pixdim is taken",
                "find out which is right and write it into both: shape features go with the size",
            )
    if header.sform is not None and header.qform is not None:
        edges = np.array(header.edges) if len(header.edges) == 3 else np.ones(3)
        apart = _apart(header.sform, header.qform, grid, edges)
        if apart > PLACE_TOLERANCE:
            own = grid.axes * TO_LPS[:, None]
            offs = [
                float(np.abs(form[:, :3] / np.linalg.norm(form[:, :3], axis=0).clip(1e-12) - own).max())
                + float(np.abs(form[:, 3] - np.array(grid.origin) * TO_LPS).max()) / float(edges.max())
                for form in (header.qform, header.sform)
            ]
            taken = ("qform", "sform")[int(np.argmin(offs))]
            remark(
                "qform_against_sform",
                f"{header.path}: qform and sform place the voxels differently, by up to {apart:.3g} voxels; "
                f"the {taken} is taken",
                "find out which is right and write it into both, or remove the other (code 0)",
            )


def _apart(sform: FloatArray, qform: FloatArray, grid: Grid, edges: FloatArray) -> float:
    """Give how far the corners of the image are apart between two forms, in voxels."""
    corners = np.array([[*corner, 1.0] for corner in itertools.product(*[(0, n - 1) for n in grid.size])])
    return float((np.linalg.norm(corners @ (sform - qform).T, axis=1) / edges.min()).max())
