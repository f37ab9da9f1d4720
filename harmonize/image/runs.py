"""Connected parts of a mask, and the holes in its slices, found on runs: stretches of voxels along a row.

The mask is laid out as one line, with a gap after every row and a row of gaps before every slice and after the last.
The next voxel in any direction then lies a fixed number of places away, so that two runs touch where they overlap once
one of them is moved; there are far fewer runs than voxels.
"""

import numpy as np
import scipy

from harmonize.arrays import BoolArray, IntArray


class RunMask:
    """A mask of three axes that is changed in place; empty at first.

    Parameters
    ----------
    shape : tuple of int
        Slices, rows and voxels in a row.

    Attributes
    ----------
    voxels : ndarray of bool
        The mask, for reading and writing.

    Examples
    --------
    >>> mask = RunMask((1, 5, 6))
    >>> mask.voxels[0] = [[1, 1, 1, 0, 0, 0], [1, 0, 1, 0, 0, 0], [1, 1, 1, 0, 0, 1], [0] * 6, [0] * 6]
    >>> mask.drop_small_parts(0.5)
    >>> mask.fill_holes()
    >>> mask.voxels.astype(int)[0, :3]
    array([[1, 1, 1, 0, 0, 0],
           [1, 1, 1, 0, 0, 0],
           [1, 1, 1, 0, 0, 0]])
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        slices, rows, columns = shape
        self._row, self._slice = columns + 1, (columns + 1) * (rows + 1)
        self._line = np.zeros(self._row + slices * self._slice, dtype=np.bool_)
        self.voxels = self._line[self._row :].reshape(slices, rows + 1, columns + 1)[:, :rows, :columns]

    def drop_small_parts(self, share: float) -> None:
        """Drop the parts with less than a share of the voxels of the largest; neighbours touch at corners, too."""
        edges, before = self._edges()
        starts, stops = edges[::2], edges[1::2]
        if not starts.size:
            return
        moves = (self._row, *(self._slice + move for move in (-self._row, 0, self._row)))
        part = _parts(starts.size, [pair for move in moves for pair in _overlaps(starts, stops, before, move, 1)])
        sizes = np.bincount(part, weights=stops - starts)
        self._set((sizes < share * sizes.max())[part], starts, stops, False)

    def fill_holes(self) -> None:
        """Fill what is enclosed within a slice; what touches at corners alone does not open it."""
        edges, before = self._edges()
        edges = np.concatenate([[0], edges, [self._line.size]])
        before += 1
        starts, stops = edges[::2], edges[1::2]
        inside = starts // self._row == stops // self._row  # the gap holds no end of a row
        if not inside.any():
            return
        node = np.cumsum(inside) * inside  # all that reach a border are one
        links = [(node[a], node[b]) for a, b in _overlaps(starts, stops, before, self._row, 0)]
        part = _parts(int(node.max()) + 1, links)
        self._set((part != part[0])[node], starts, stops, True)

    def _edges(self) -> tuple[IntArray, IntArray]:
        """Give where runs start and stop, by turns, and of each place how many of these are up to it."""
        edges = np.flatnonzero(self._line[1:] != self._line[:-1]) + 1
        lengths = np.diff(edges, prepend=0, append=self._line.size)
        return edges, np.repeat(np.arange(lengths.size, dtype=np.int32), lengths)

    def _set(self, chosen: BoolArray, starts: IntArray, stops: IntArray, value: bool) -> None:
        lengths = (stops - starts)[chosen]
        places = np.arange(lengths.sum()) + np.repeat(starts[chosen] - np.cumsum(lengths) + lengths, lengths)
        self._line[places] = value


def _overlaps(
    starts: IntArray, stops: IntArray, before: IntArray, move: int, reach: int
) -> list[tuple[IntArray, IntArray]]:
    """Give the pairs of runs of which the first, moved on and made longer by `reach` at both ends, overlaps the other.

    `before` counts the edges up to each place, the start of the first run as one, its stop as two.
    """
    first = before.take(starts + (move - reach), mode="clip") >> 1
    last = (before.take(stops + (move + reach - 1), mode="clip") + 1) >> 1
    run = np.flatnonzero(last > first)
    other, last = first[run], last[run]
    pairs = []
    while run.size:
        pairs.append((run, other))
        more = np.flatnonzero(other + 1 < last)
        run, other, last = run[more], other[more] + 1, last[more]
    return pairs


def _parts(count: int, links: list[tuple[IntArray, IntArray]]) -> IntArray:
    """Give each node the number of what it is linked with."""
    a, b = np.concatenate([np.zeros((2, 0), dtype=np.intp), *links], axis=1)
    graph = scipy.sparse.coo_array((np.ones(a.size, dtype=np.int8), (a, b)), shape=(count, count))
    part: IntArray = scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
    return part
