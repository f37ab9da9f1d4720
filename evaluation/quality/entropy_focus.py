"""The entropy focus criterion: how far the energy of an image is spread, by ghosts, blur and noise."""

import math

import numpy as np
import scipy

from evaluation.quality.measured import Measured
from harmonize.arrays import FloatArray, blocks


def entropy_focus(values: FloatArray) -> Measured:
    """Compute Atkinson's entropy of an image over the largest that as many voxels can have, as MRIQC does.

    Parameters
    ----------
    values : ndarray of float
        All intensities, air among them; of any shape.

    Returns
    -------
    Measured
        1 where all voxels are equal, 0 where one has all the signal: the lower, the better.

    References
    ----------
    Atkinson D, Hill DLG, Stoyle PNR, Summers PE, Keevil SF. Automatic correction of motion artifacts in magnetic
    resonance images using an entropy focus criterion. IEEE Trans Med Imaging 1997;16:903-910.

    Examples
    --------
    >>> entropy_focus(np.ones((8, 8))).value
    1.0
    >>> entropy_focus(np.eye(4)[0]).value
    0.0
    """
    if values.size < 2:
        return Measured.none("1 voxel, expected at least 2")
    if values.min() < 0.0:
        return Measured.none("intensities are negative, so this is no magnitude image")
    energy = float(np.linalg.norm(values))
    if energy == 0.0:
        return Measured.none("all voxels are 0")
    entropy = sum(float(scipy.special.entr(values[part] / energy).sum()) for part in blocks(values.shape))
    root = math.sqrt(values.size)
    return Measured(abs(entropy) / (root * math.log(root)))
