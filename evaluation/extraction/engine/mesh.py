"""The surface of an ROI by marching cubes, and what it encloses."""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray

_CORNERS = np.array([[corner >> 2 & 1, corner >> 1 & 1, corner & 1] for corner in range(8)])
"""Of a cube, along z, y, x; corner 4 z + 2 y + x."""

_EDGES = np.array([[a, b] for a in range(8) for b in range(a, 8) if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1])

_FAR = 6
"""The corner that lies outside in the patterns below; where it lies inside, inside and outside are exchanged."""

_PATTERNS = (
    "021 034 1342 165 0265 034/165 42653 357 021/357 0574 21574 1673 26730 40167 2674 289 0891 034/289 34891 "
    "165/289 50896 034/165/289 348965 289/357 0891/357 0574/289 574891 1673/289 308967 40167/289 48967 4a8 "
    "021/4a8 03a8 13a82 165/4a8 0265/4a8 03a8/165 53a826 357/4a8 021/357/4a8 57a80 157a82 1673/4a8 26730/4a8 "
    "167a80 267a8 24a9 104a9 3a920 13a9 165/24a9 4a9650 3a920/165 3a965 24a9/357 104a9/357 2057a9 157a9 1673/24a9 "
    "04a9673 0167a92 67a9 7ba 021/7ba 034/7ba 1342/7ba 165/7ba 0265/7ba 034/165/7ba 42653/7ba 35ba 021/35ba 05ba4 "
    "15ba42 16ba3 026ba3 016ba4 426ba 289/7ba 0891/7ba 034/289/7ba 34891/7ba 165/289/7ba 50896/7ba "
    "034/165/289/7ba 348965/7ba 289/35ba 0891/35ba 05ba4/289 48915ba 16ba3/289 6ba3089 016ba4/289 4896ba 47b8 "
    "021/47b8 037b8 2137b8 165/47b8 0265/47b8 037b8/165 37b8265 5b843 021/5b843 05b8 5b821 4316b8 3026b84 016b8 "
    "26b8 247b9 047b91 037b92 37b91 165/247b9 965047b 037b92/165 37b965 35b924 435b910 05b92 15b9 b924316 043/6b9 "
    "016b92 6b9"
)
"""For each set of corners inside, in the order of its number (the sum of 2 to the power of its corners), the polygons
that part them from those outside, their corners (midpoints of edges, numbered in `_EDGES`) seen counter-clockwise from
outside. A polygon is cut into triangles from its first corner: one that is not flat has another area cut elsewhere."""


class _Patches(NamedTuple):
    """Triangles of all patterns, and by pattern how a tetrahedron over them grows with the place of the cube."""

    pattern: IntArray
    corners: FloatArray
    volume: FloatArray
    normal: FloatArray


def surface_and_volume(mask: BoolArray, spacing: FloatArray) -> tuple[float, float]:
    """Give the area of the surface of an ROI and the volume within.

    The vertices lie halfway between each voxel inside and its neighbours outside. Two voxels that touch in an edge are
    joined in some cubes and not in others, so that the surface may have holes, and its volume depends on where it lies:
    it is that of tetrahedra with their tips one voxel before the first, as PyRadiomics computes it.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        An ROI in its box.
    spacing : ndarray of float, shape (3,)
        In mm, along z, y, x.

    Returns
    -------
    area : float
        In square mm.
    volume : float
        In cubic mm.

    References
    ----------
    Lorensen WE, Cline HE. Marching cubes: a high resolution 3D surface construction algorithm. ACM SIGGRAPH Computer
    Graphics 1987;21:163-169.

    Examples
    --------
    >>> area, volume = surface_and_volume(np.ones((1, 1, 1), bool), np.ones(3))  # an octahedron
    >>> round(area, 6), round(volume, 6)
    (1.732051, 0.166667)
    """
    padded = np.pad(mask, 1).view(np.uint8)
    nz, ny, nx = (size - 1 for size in padded.shape)
    cubes = np.zeros((nz, ny, nx), np.uint8)
    for corner, (z, y, x) in enumerate(_CORNERS):
        cubes |= padded[z : z + nz, y : y + ny, x : x + nx] << corner
    places = np.flatnonzero((cubes != 0) & (cubes != 255))
    kinds = cubes.ravel()[places]
    inverted = np.array(kinds >> _FAR & 1, bool)
    kinds = np.where(inverted, ~kinds, kinds)
    patches = _patches()
    count = np.bincount(kinds, minlength=256)
    a, b, c = np.moveaxis(patches.corners * spacing, 1, 0)
    area = 0.5 * np.linalg.norm(np.cross(a - c, b - c), axis=1) @ count[patches.pattern]
    sign = np.where(inverted, -1.0, 1.0)
    volume = np.bincount(kinds, sign, 256) @ patches.volume
    for axis, place in enumerate(np.unravel_index(places, cubes.shape)):
        volume += np.bincount(kinds, sign * place, 256) @ patches.normal[:, axis]
    return float(area), float(volume * spacing.prod())


@cache
def _patches() -> _Patches:
    numbers = [number for number in range(1, 255) if not number >> _FAR & 1]
    triangles = [
        (number, int(polygon[0], 16), int(one, 16), int(other, 16))
        for number, polygons in zip(numbers, _PATTERNS.split(), strict=True)
        for polygon in polygons.split("/")
        for one, other in pairwise(polygon[1:])
    ]
    pattern, *edges = np.array(triangles).T
    a, b, c = (_CORNERS[_EDGES[edge]].mean(axis=1) for edge in edges)
    normal, volume = np.zeros((256, 3)), np.zeros(256)
    np.add.at(volume, pattern, np.einsum("ij,ij->i", np.cross(a, b), c) / 6)
    np.add.at(normal, pattern, (np.cross(a, b) + np.cross(b, c) + np.cross(c, a)) / 6)
    return _Patches(pattern, np.stack([a, b, c], axis=1), volume, normal)
