"""What the grids of scans are like: how large voxels are, and in which plane the slices lie."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from harmonize.image.slices import ARRAY_AXES, infer_slice_axis
from harmonize.image.volume import Grid

PLANES = ("sagittal", "coronal", "axial")
"""By the axis of the patient (left to right, front to back, feet to head) that slices are counted along."""
UNTOLD = "not told by the grid"


def plane_of(grid: Grid) -> str:
    """Say in which plane of the patient the slices lie, and along which axis of the file they are counted.

    Examples
    --------
    >>> plane_of(Grid((256, 256, 24), (0.8, 0.8, 5.0)))
    'axial, counted along z'
    >>> plane_of(Grid((64, 64, 64)))
    'not told by the grid'
    """
    axis = infer_slice_axis(grid)
    if axis is None:
        return UNTOLD
    name = ARRAY_AXES[axis]
    normal = np.abs(np.reshape(grid.direction, (3, 3))[:, "xyz".index(name)])
    return f"{PLANES[int(normal.argmax())]}, counted along {name}"


def geometry_of(grids: Iterable[tuple[str, Grid]]) -> dict[str, dict[str, Any]]:
    """Gather by sequence the least and the largest voxel edges in mm (x, y, z), and the planes, ready for JSON.

    Examples
    --------
    >>> geometry_of([("T2", Grid((9, 9, 3), (1.0, 1.0, 4.0))), ("T2", Grid((9, 9, 3), (1.0, 1.5, 4.0)))])
    {'T2': {'spacing': [[1.0, 1.0], [1.0, 1.5], [4.0, 4.0]], 'planes': ['axial, counted along z']}}
    """
    found: dict[str, list[Grid]] = {}
    for sequence, grid in grids:
        found.setdefault(sequence, []).append(grid)
    return {
        sequence: {
            "spacing": [[min(edges), max(edges)] for edges in zip(*(grid.spacing for grid in here), strict=True)],
            "planes": sorted({plane_of(grid) for grid in here}),
        }
        for sequence, here in sorted(found.items())
    }
