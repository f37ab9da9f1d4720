"""How bright a region is, how much it varies, and how it stands against the noise."""

import math

from evaluation.quality.measured import Measured
from harmonize.arrays import FloatArray
from harmonize.image.noise import NoiseEstimate


def signal_mean(values: FloatArray) -> Measured:
    """Give the mean intensity of a region."""
    return Measured(float(values.mean()))


def signal_sd(values: FloatArray) -> Measured:
    """Give the standard deviation (n - 1) of the intensities of a region.

    Examples
    --------
    >>> import numpy as np
    >>> signal_sd(np.array([1.0, 3.0])).value == 2**0.5
    True
    """
    if values.size < 2:
        return Measured.none("1 voxel, expected at least 2")
    return Measured(float(values.std(ddof=1)))


def noise_of(noise: NoiseEstimate) -> Measured:
    """Give the standard deviation of the noise, or why it cannot be estimated."""
    return Measured.none(noise.reason) if noise.sigma is None else Measured(noise.sigma)


def signal_over_noise(values: FloatArray, noise: NoiseEstimate) -> Measured:
    """Give the mean of a region over the noise: SNR.

    References
    ----------
    Dietrich O, Raya JG, Reeder SB, Reiser MF, Schoenberg SO. Measurement of signal-to-noise ratios in MR images:
    influence of multichannel coils, parallel imaging, and reconstruction filters. J Magn Reson Imaging 2007;26:375-385.

    Examples
    --------
    >>> import numpy as np
    >>> signal_over_noise(np.array([20.0, 30.0]), NoiseEstimate(5.0, 100)).value
    5.0
    """
    if noise.sigma is None:
        return Measured.none(f"noise: {noise.reason}")
    return Measured(float(values.mean()) / noise.sigma)


def signal_over_spread(values: FloatArray) -> Measured:
    """Give the mean of a region over its standard deviation times √(n / (n - 1)), as MRIQC's SNR of a tissue.

    References
    ----------
    Magnotta VA, Friedman L, FIRST BIRN. Measurement of signal-to-noise and contrast-to-noise in the fBIRN multicenter
    imaging study. J Digit Imaging 2006;19:140-147.

    Examples
    --------
    >>> import numpy as np
    >>> signal_over_spread(np.full(9, 3.0)).status
    'all voxels are equal'
    """
    spread = float(values.std())
    if not spread > 0.0:
        return Measured.none("all voxels are equal")
    return Measured(float(values.mean()) / (spread * math.sqrt(values.size / (values.size - 1))))
