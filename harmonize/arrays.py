"""The array types of the house, and how to go through a large array."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]
ComplexArray = NDArray[np.complex128]

BLOCK = 1 << 16
"""Numbers that are done at a time, few enough for the processor's cache and for memory that need not be asked for."""


def blocks(shape: Sequence[int], most: int = BLOCK) -> Iterator[slice]:
    """Cut an array along its first axis into parts of at most some numbers, of one index at least.

    Examples
    --------
    >>> list(blocks((5, 10), 20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, most // max(1, int(np.prod(shape[1:]))))
    return (slice(start, min(start + step, shape[0])) for start in range(0, shape[0], step))
