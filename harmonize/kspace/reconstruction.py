"""From k-space to an image: the standard reconstruction, and one that stands in for deep learning."""

import math

import numpy as np
from scipy import fft

from harmonize.arrays import BoolArray, ComplexArray, FloatArray
from harmonize.denoising.nonlocal_means import nonlocal_means

PROJECTIONS = 6
"""Rounds of the projection that fills k-space in."""


def reconstruct_standard(kspace: ComplexArray) -> FloatArray:
    """Reconstruct the magnitude; lines that are not covered stay zero.

    Parameters
    ----------
    kspace : ndarray of complex, shape (z, y, x)
        Orthonormal k-space in the order of an FFT.
    """
    return np.abs(_image(kspace))


def reconstruct_denoised(kspace: ComplexArray, measured: BoolArray, sigma: FloatArray, strength: float) -> FloatArray:
    """Reconstruct with an edge-preserving denoising surrogate for a deep-learning reconstruction.

    This is not deep learning. It does by classical means the two things that vendors' deep-learning reconstructions
    are bought for: it sharpens, by filling the lines that partial Fourier sampling left out from the conjugate
    symmetry of k-space, and it denoises while keeping edges, by non-local means.

    Parameters
    ----------
    kspace : ndarray of complex, shape (z, y, x)
        Orthonormal k-space in the order of an FFT.
    measured : ndarray of bool, shape (y,)
        Lines that are covered.
    sigma : ndarray of float, shape (y, x)
        Standard deviation of the noise in each of the real and the imaginary part of the zero-filled image.
    strength : float
        Of the denoising, in units of the noise; 0 for none.
    """
    filled = np.abs(fill_by_symmetry(kspace, measured))
    return nonlocal_means(filled, sigma * noise_of_filling(measured), strength)


def noise_of_filling(measured: BoolArray) -> float:
    """Give how much larger the noise of a bright area is after `fill_by_symmetry` than in the zero-filled image.

    A line whose mirror image is covered too contributes its noise once; one that has to stand for its mirror image as
    well contributes it twice, to the part of the image that is in phase. So the variances are as (s + 4 a) to (s + a),
    with s and a the numbers of such lines.

    Examples
    --------
    >>> import numpy as np
    >>> noise_of_filling(np.ones(8, bool))
    1.0
    """
    mirror = measured[-np.arange(measured.size) % measured.size]
    both, alone = float((measured & mirror).sum()), float((measured & ~mirror).sum())
    return math.sqrt((both + 4.0 * alone) / (both + alone))


def fill_by_symmetry(kspace: ComplexArray, measured: BoolArray) -> ComplexArray:
    """Fill lines that are not covered, and give the complex image.

    Projection onto convex sets: the phase of the image is taken from the lines covered on both sides of the centre,
    and magnitude and covered lines are made to agree by turns.

    References
    ----------
    Haacke EM, Lindskog ED, Lin W. A fast, iterative, partial-Fourier technique capable of local phase recovery.
    J Magn Reson 1991;92:126-145.
    """
    image = _image(kspace)
    if measured.all():
        return image
    lines = measured.size
    line = np.abs(np.fft.fftfreq(lines, 1.0 / lines))
    reach = line[~measured].min()
    window = np.where(line < reach, np.cos(np.pi / 2 * np.minimum(line / reach, 1.0)) ** 2, 0.0)
    low = _image(kspace * window[:, None])
    phase = np.exp(1j * np.angle(low))
    for _ in range(PROJECTIONS):
        guess = fft.fft2(np.abs(image) * phase, norm="ortho")
        image = _image(np.where(measured[:, None], kspace, guess))
    return image


def _image(kspace: ComplexArray) -> ComplexArray:
    image: ComplexArray = fft.ifft2(kspace, norm="ortho")
    return image
