"""Left and right of the patient by the names of ROIs: a pair that lies the other way round was swapped or flipped."""

import re
from collections.abc import Iterator

import numpy as np

from experiments.audit.findings import Finding, at
from experiments.study.manifest import Scan
from harmonize.arrays import BoolArray
from harmonize.image.volume import Grid

LEFT = re.compile(r"(?<![a-z])(left|links|lt|l)(?![a-z])", re.IGNORECASE)
RIGHT = re.compile(r"(?<![a-z])(right|rechts|rt|r)(?![a-z])", re.IGNORECASE)
SIDE = "\0"


def swapped_sides(scan: Scan, masks: dict[str, BoolArray], grid: Grid) -> Iterator[Finding]:
    """Find pairs of ROIs whose left one lies further to the patient's right than the right one.

    Parameters
    ----------
    scan : Scan
        Which, whose header tells left and right.
    masks : dict of str to ndarray of bool, shape (z, y, x)
        ROIs that have voxels.
    grid : Grid
        In patient coordinates: x runs to the left.
    """
    rights = {RIGHT.sub(SIDE, roi): roi for roi in masks if len(RIGHT.findall(roi)) == 1 and not LEFT.search(roi)}
    for roi in masks:
        if len(LEFT.findall(roi)) != 1 or RIGHT.search(roi):
            continue
        other = rights.get(LEFT.sub(SIDE, roi))
        if other is None:
            continue
        beyond = _x(masks[other], grid) - _x(masks[roi], grid)
        if beyond > 0:
            yield at(
                *("warning", "sides_swapped", scan),
                f"'{roi}' lies {beyond:.0f} mm further to the patient's right than '{other}', by the header",
                "look at the ROIs (`pictures`); swap the two names, or mend the orientation of the file",
                roi=roi,
                file=scan.image,
            )


def _x(mask: BoolArray, grid: Grid) -> float:
    z, y, x = (float(index.mean()) for index in np.nonzero(mask))
    return float(grid.points((x, y, z))[0])
