"""The sharpening of the log intensities: a histogram freed from the blur that a bias field puts on it."""

import numpy as np

from harmonize.arrays import FloatArray

NEGLIGIBLE = 1e-13
"""Part of the greatest blurred count below which a count is the rounding of the Fourier transform."""


def sharpen(values: FloatArray, *, bins: int = 200, fwhm: float = 0.15, wiener_noise: float = 0.01) -> FloatArray:
    """Replace log intensities by what they are expected to be without a bias field.

    Their histogram (linear sharing between the two nearest bins) is deconvolved by a Gaussian with a Wiener filter;
    every value v then becomes the expectation E(u | v) of the sharp value u, given that v is u plus Gaussian noise.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Log intensities of the foreground.
    bins : int
        Histogram bins from the smallest to the greatest value, whose centres are those two.
    fwhm : float
        Full width at half maximum of the Gaussian, in units of the log intensity.
    wiener_noise : float
        Noise term of the Wiener filter.

    Returns
    -------
    ndarray, shape (n,)
        The expected sharp values; `values` itself where they are all the same. A value in a bin without any weight
        after the deconvolution keeps the centre of its bin.

    References
    ----------
    Sled JG, Zijdenbos AP, Evans AC. A nonparametric method for automatic correction of intensity nonuniformity in MRI
    data. IEEE Trans Med Imaging 1998;17:87-97.

    Tustison NJ, Avants BB, Cook PA, et al. N4ITK: improved N3 bias correction. IEEE Trans Med Imaging
    2010;29:1310-1320.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.concatenate([np.linspace(-0.05, 0.05, 101), np.linspace(0.95, 1.05, 101)])
    >>> bool(np.std(sharpen(values)[:101]) < np.std(values[:101]))
    True
    """
    lowest, highest = values.min(), values.max()
    width = (highest - lowest) / (bins - 1)
    if width == 0:
        return values
    above = (values - lowest) / width
    below_bin = np.minimum(above.astype(np.intp), bins - 2)
    above -= below_bin

    share_above = np.bincount(below_bin, weights=above, minlength=bins)
    histogram = np.bincount(below_bin, minlength=bins).astype(np.float64) - share_above
    histogram[1:] += share_above[:-1]

    expected = _expectation(histogram, lowest, width, fwhm, wiener_noise)
    return np.asarray(expected[below_bin] + np.diff(expected)[below_bin] * above)


def _expectation(histogram: FloatArray, lowest: float, width: float, fwhm: float, wiener_noise: float) -> FloatArray:
    """Give E(u | v) at the centre of every bin."""
    bins = histogram.size
    padded = 2 ** (int(np.ceil(np.log2(bins))) + 1)
    first = (padded - bins) // 2
    inside = slice(first, first + bins)

    distance = np.minimum(np.arange(padded), padded - np.arange(padded)) * (width / fwhm)
    blur = np.fft.rfft(2 * np.sqrt(np.log(2) / np.pi) * (width / fwhm) * np.exp(-4 * np.log(2) * distance**2)).real

    counts = np.zeros(padded)
    counts[inside] = histogram
    deconvolved = np.fft.irfft(np.fft.rfft(counts) * blur / (blur**2 + wiener_noise), padded)
    sharp = np.maximum(deconvolved, 0)
    centres = lowest + (np.arange(padded) - first) * width
    moments = np.fft.irfft(np.fft.rfft([sharp * centres, sharp]) * blur, padded)[:, inside]
    numerator, denominator = moments
    known = denominator > NEGLIGIBLE * denominator.max()
    return np.asarray(np.where(known, numerator, centres[inside]) / np.where(known, denominator, 1.0))
