"""How far two regions are apart: contrast, contrast-to-noise ratio, coefficient of joint variation."""

from evaluation.quality.measured import Measured
from harmonize.arrays import FloatArray
from harmonize.image.noise import NoiseEstimate

SAME = "both regions have the same mean"


def michelson_contrast(first: FloatArray, second: FloatArray) -> Measured:
    """Give the difference of two means over their sum, without sign.

    References
    ----------
    Michelson AA. Studies in Optics. University of Chicago Press 1927.

    Examples
    --------
    >>> import numpy as np
    >>> michelson_contrast(np.array([30.0]), np.array([10.0])).value
    0.5
    """
    one, other = float(first.mean()), float(second.mean())
    if min(one, other) < 0.0 or one + other == 0.0:
        return Measured.none("a mean is negative, or both are 0")
    return Measured(abs(one - other) / (one + other))


def contrast_over_noise(first: FloatArray, second: FloatArray, noise: NoiseEstimate) -> Measured:
    """Give the difference of two means over the noise, without sign: CNR.

    Examples
    --------
    >>> import numpy as np
    >>> contrast_over_noise(np.array([30.0]), np.array([10.0]), NoiseEstimate(5.0, 100)).value
    4.0
    """
    if noise.sigma is None:
        return Measured.none(f"noise: {noise.reason}")
    return Measured(abs(float(first.mean()) - float(second.mean())) / noise.sigma)


def joint_variation(first: FloatArray, second: FloatArray) -> Measured:
    """Give the coefficient of joint variation: (SD₁ + SD₂) / ∣mean₁ - mean₂∣.

    References
    ----------
    Likar B, Viergever MA, Pernus F. Retrospective correction of MR intensity inhomogeneity by information
    minimization. IEEE Trans Med Imaging 2001;20:1398-1410.

    Examples
    --------
    >>> import numpy as np
    >>> joint_variation(np.array([9.0, 11.0]), np.array([19.0, 21.0])).value == 2 * 2**0.5 / 10
    True
    """
    if min(first.size, second.size) < 2:
        return Measured.none("1 voxel, expected at least 2 in both regions")
    apart = abs(float(first.mean()) - float(second.mean()))
    if apart == 0.0:
        return Measured.none(SAME)
    return Measured(float(first.std(ddof=1) + second.std(ddof=1)) / apart)
