"""N4: the bias field of an MR image, estimated from its own intensities."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import FloatArray, blocks
from harmonize.n4.bspline import SplineFit, along_axes, basis, refinement
from harmonize.n4.sampling import ForegroundSamples
from harmonize.n4.sharpening import sharpen

Extent = Literal["samples", "image"]
SPLINE_ORDER = 3


@dataclass(frozen=True)
class N4Result:
    """What N4 found.

    Parameters
    ----------
    log_bias : ndarray, shape (z, y, x)
        Natural logarithm of the bias field at every voxel of the full grid. Its level is arbitrary.
    convergence : tuple of tuple of float
        For each level, the convergence measure after each iteration done: the coefficient of variation, over the
        foreground, of the ratio of the field before to the field after the iteration.
    """

    log_bias: FloatArray
    convergence: tuple[tuple[float, ...], ...]

    @property
    def iterations(self) -> tuple[int, ...]:
        """How many iterations were done at each level."""
        return tuple(len(level) for level in self.convergence)


def n4_log_bias(
    image: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    shrink: int | Sequence[int] = 4,
    iterations: Sequence[int] = (50, 50, 50, 50),
    control_points: int | Sequence[int] = 4,
    fwhm: float = 0.15,
    wiener_noise: float = 0.01,
    bins: int = 200,
    convergence_threshold: float = 0.001,
    extent: Extent = "samples",
) -> N4Result:
    """Estimate the bias field of an image with N4.

    The logarithm of the foreground is sharpened, what the sharpening took away is approximated by a smooth B-spline
    and added to the field, and the field is subtracted from the logarithm; this repeats until the field stands still.
    Then the lattice of control points is refined (half the spacing) for the next level. On a regular grid the B-spline
    approximation is a product of three small matrices, which is what makes this fast.

    Parameters
    ----------
    image : array, shape (z, y, x)
        Intensities, finite. Voxels at 0 or below have no logarithm: they are left out of the estimate and divided by
        the field like all others.
    mask : array of bool, shape (z, y, x), optional
        The foreground that the estimate uses; default all voxels.
    shrink : int or three of them for z, y, x
        Estimate from every n-th voxel along each axis; the field is given at every voxel.
    iterations : sequence of int
        Greatest number of iterations at each level; its length is the number of levels.
    control_points : int or three of them for z, y, x
        Control points along each axis at the first level, 4 or more.
    fwhm : float
        Full width at half maximum of the Gaussian that models the field's histogram, in log intensity.
    wiener_noise : float
        Noise term of the Wiener filter.
    bins : int
        Bins of the histogram of log intensities.
    convergence_threshold : float
        A level ends once the convergence measure is at or below this value; 0 does all iterations.
    extent : {"samples", "image"}
        Where the lattice lies when the image is shrunk. "samples": over the samples, and what was found there is
        stretched over the full image; this is what SimpleITK and its usual recipe do, and it displaces the field by up
        to `shrink` - 1 voxels at the rim. "image": over the full image, every sample at its own place. Without
        shrinking both are the same.

    Returns
    -------
    N4Result
        The log bias field on the full grid, and the convergence measures.

    Notes
    -----
    Done in double precision throughout; SimpleITK works in single precision, and two differences follow. Its
    convergence measure drifts with the number of voxels (0.00126 for 0.00078 at 84 000), so that with a threshold
    above 0 it may stop at another iteration. And at some iterations its rounding lets the brightest voxel fall out of
    the histogram, which matters the more the fewer samples there are. At fixed iterations the log bias is otherwise
    the same within 1e-5.
    Spacing does not enter: the lattice divides each axis, whatever its length in mm. Along an axis of one voxel the
    field is constant, so a one-slice image gets the two-dimensional N4.

    References
    ----------
    Tustison NJ, Avants BB, Cook PA, et al. N4ITK: improved N3 bias correction. IEEE Trans Med Imaging
    2010;29:1310-1320.

    Examples
    --------
    >>> import numpy as np
    >>> z, y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in (8, 24, 24)], indexing="ij")
    >>> tissue = np.where(y**2 + x**2 < 0.4, 200.0, 100.0)
    >>> result = n4_log_bias(tissue * np.exp(0.2 * x), shrink=1, iterations=(50, 50))
    >>> bool(np.std(result.log_bias - 0.2 * x) < 0.2 * np.std(0.2 * x))
    True
    """
    intensities = np.asarray(image, dtype=np.float64)
    factors, points = (np.broadcast_to(value, 3).tolist() for value in (shrink, control_points))
    samples = ForegroundSamples.of(intensities, mask, factors)

    lattice = np.zeros([n if size > 1 else 1 for n, size in zip(points, samples.weights.shape, strict=True)])
    convergence: list[tuple[float, ...]] = []
    for level, most in enumerate(iterations):
        if level > 0:
            lattice = along_axes(lattice, [refinement(n, SPLINE_ORDER) for n in lattice.shape])
        if extent == "image":
            bases = [b[axis] for b, axis in zip(_bases(intensities, lattice), samples.axes, strict=True)]
        else:
            bases = _bases(samples.weights, lattice)
        fit = SplineFit.of(bases, samples.weights)
        sharpening = partial(sharpen, bins=bins, fwhm=fwhm, wiener_noise=wiener_noise)
        lattice, measures = _level(samples, fit, lattice, sharpening, most, convergence_threshold)
        convergence.append(measures)

    along_z, *in_plane = _bases(intensities, lattice)
    log_bias = np.empty(intensities.shape)
    for part in blocks(intensities.shape):
        log_bias[part] = along_axes(lattice, [along_z[part], *in_plane])
    return N4Result(log_bias, tuple(convergence))


def _level(
    samples: ForegroundSamples,
    fit: SplineFit,
    lattice: FloatArray,
    sharpening: Callable[[FloatArray], FloatArray],
    most: int,
    threshold: float,
) -> tuple[FloatArray, tuple[float, ...]]:
    """Iterate on one lattice; give its control points and the convergence measures."""
    inside = samples.foreground
    residual = np.zeros(samples.weights.shape)
    field = fit.field(lattice).ravel()[inside]
    measures: list[float] = []
    while len(measures) < most and (not measures or measures[-1] > threshold):
        unbiased = samples.log_intensity - field
        residual.ravel()[inside] = unbiased - sharpening(unbiased)
        lattice = lattice + fit.lattice(residual)
        before, field = field, fit.field(lattice).ravel()[inside]
        ratio = np.exp(before - field)
        measures.append(float(np.std(ratio, ddof=1) / np.mean(ratio)))
    return lattice, tuple(measures)


def _bases(grid: FloatArray, lattice: FloatArray) -> list[FloatArray]:
    return [basis(voxels, points, SPLINE_ORDER) for voxels, points in zip(grid.shape, lattice.shape, strict=True)]
