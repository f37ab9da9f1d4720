"""Which phase-encode lines a scan measures."""

from typing import Literal

import numpy as np

from harmonize.arrays import BoolArray, IntArray

Lines = Literal["equispaced", "random"]
"""How the lines outside the centre of k-space are chosen."""


def line_numbers(lines: int) -> IntArray:
    """Give the number of each line in the order of an FFT; 0 is the centre of k-space.

    Examples
    --------
    >>> line_numbers(5).tolist()
    [0, 1, 2, -2, -1]
    """
    return np.fft.ifftshift(np.arange(lines) - lines // 2)


def sampled_lines(
    lines: int, acceleration: float, centre: float, kind: Lines, random: np.random.Generator
) -> BoolArray:
    """Choose the lines that are measured: those of the centre, and of the others as many as the acceleration leaves.

    Parameters
    ----------
    lines : int
        Of the full matrix.
    acceleration : float
        R, from 1. Equispaced lines have this distance, and the centre comes to them, as in parallel imaging with
        autocalibration; random ones are so many that one of R is measured, with the centre.
    centre : float
        Share of the lines around the centre that is measured fully.
    kind : {"equispaced", "random"}
        Equispaced lines begin anywhere.
    random : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of bool, shape (lines,)
        In the order of an FFT.

    References
    ----------
    M. A. Griswold et al., "Generalized autocalibrating partially parallel acquisitions (GRAPPA)", Magn Reson Med 47
    (2002) 1202-1210. M. Lustig, D. Donoho, J. M. Pauly, "Sparse MRI: the application of compressed sensing for rapid MR
    imaging", Magn Reson Med 58 (2007) 1182-1195.

    Examples
    --------
    >>> int(sampled_lines(100, 4, 0.08, "random", np.random.default_rng(0)).sum())
    25
    >>> int(sampled_lines(100, 4, 0.08, "equispaced", np.random.default_rng(0)).sum())
    31
    """
    wanted = round(centre * lines)
    numbers = np.arange(lines) - lines // 2
    chosen = (numbers >= -(wanted // 2)) & (numbers < wanted - wanted // 2)
    if kind == "equispaced":
        steps = np.arange(random.uniform(0, acceleration), lines, acceleration).astype(int)
        chosen[steps[steps < lines]] = True
    else:
        more = max(round(lines / acceleration) - wanted, 0)
        chosen[random.permutation(np.flatnonzero(~chosen))[:more]] = True
    found: BoolArray = np.fft.ifftshift(chosen)
    return found
