"""Bin widths that give the ROIs of a study a useful number of grey levels."""

import math
from collections.abc import Sequence

import numpy as np

AIM = 70.0
"""Bins that an ROI of middle range gets: in the upper half of the useful 16 to 128, since steps that smooth narrow the
ranges."""
FEWEST = 16
"""Bins that the ROI of the narrowest range keeps at least."""
MOST = 200
"""Bins that the ROI of the widest range gets at most, before the width is rounded; matters more than `FEWEST`."""
NICE = (1.0, 1.2, 1.5, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0)


def choose_bin_width(ranges: Sequence[float]) -> float:
    """Choose one bin width for ROIs of different intensity ranges.

    The ranges at the 2.5th and the 97.5th percentile get as many times fewer and more bins than 70; if that leaves the
    narrowest range with fewer than 16, it gets 16, unless the widest would then get more than 200. The width is rounded
    down to a plain number.

    Parameters
    ----------
    ranges : sequence of float
        Maximum minus minimum of each ROI of each image; those of constant ROIs (0) do not count.

    Returns
    -------
    float
        The bin width, in the units of the ranges; 1 if no ROI varies.

    Examples
    --------
    >>> choose_bin_width([100.0, 400.0])
    2.5
    >>> choose_bin_width([10.0, 4000.0])
    20.0
    """
    positive = np.array([value for value in ranges if value > 0.0])
    if not positive.size:
        return 1.0
    low, high = np.percentile(positive, [2.5, 97.5])
    width = min(math.sqrt(low * high) / AIM, float(positive.min()) / FEWEST)
    width = max(width, float(positive.max()) / MOST)
    power = 10.0 ** math.floor(math.log10(width))
    return float(f"{max(step for step in NICE if step * power <= width * (1 + 1e-9)) * power:.6g}")
