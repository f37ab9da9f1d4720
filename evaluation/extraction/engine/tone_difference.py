"""Features of the neighbouring gray tone difference matrix (NGTDM).

References
----------
Amadasun M, King R. Textural features corresponding to textural properties. IEEE Transactions on Systems, Man and
Cybernetics 1989;19:1264-1274.
"""

import numpy as np

from harmonize.arrays import FloatArray

NGTDM = ("Busyness", "Coarseness", "Complexity", "Contrast", "Strength")


def tone_difference(i: FloatArray, n: FloatArray, s: FloatArray) -> dict[str, float]:
    """Compute the features of one ROI, with PyRadiomics' numbers where a divisor is 0.

    Parameters
    ----------
    i, n, s : ndarray of float, shape (levels,)
        Gray levels of the ROI, how many voxels have each, and the sum of their differences from the neighbours' mean.

    Examples
    --------
    >>> found = tone_difference(np.array([1.0, 2.0]), np.array([2.0, 2.0]), np.array([1.0, 1.0]))
    >>> found["Coarseness"], found["Contrast"]
    (1.0, 0.125)
    """
    voxels = n.sum()
    p = n / voxels
    weighted = float((p * s).sum())
    apart = np.abs(i[:, None] - i)
    both = p[:, None] + p
    level = i * p
    spread = float(np.abs(level[:, None] - level).sum())
    pairs = len(i) * (len(i) - 1)
    contrast = float((p[:, None] * p * apart**2).sum() * s.sum() / voxels)
    differences = float(s.sum())
    product = p * s
    return {
        "Busyness": weighted / spread if spread else 0.0,
        "Coarseness": 1 / weighted if weighted else 1e6,
        "Complexity": float((apart * (product[:, None] + product) / both).sum() / voxels),
        "Contrast": contrast / pairs if pairs else 0.0,
        "Strength": float((both * apart**2).sum()) / differences if differences else 0.0,
    }
