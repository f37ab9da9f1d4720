"""N4: correction of the smooth intensity bias of receive coils."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.regions import FOREGROUND, region_mask
from harmonize.volume import FloatArray, Volume, to_itk

LEAST_VOXELS_PER_AXIS = 4
"""Shrinking leaves at least this many voxels along an axis that has them: the spline needs as many to bend."""


@dataclass(frozen=True)
class N4BiasField:
    """Divide out the bias field that N4 estimates (SimpleITK's filter).

    The field is estimated on every `shrink`-th voxel of the region and evaluated at full resolution from its control
    points; the whole image is divided by it. Shrinking leaves at least four voxels along an axis, so that stacks of
    few thick slices are shrunk in plane only; a single slice is corrected in 2D. Voxels of zero or less have no
    logarithm: they do not contribute, and are divided by the field as all others.

    N4 determines the field up to a factor, and what it leaves there varies from scan to scan by several per cent. The
    field is therefore scaled so that the mean intensity of the positive voxels in the region is kept; apart from this
    factor the result is that of SimpleITK.

    Parameters
    ----------
    shrink : int
        Factor along each axis.
    levels : int
        Fitting levels; each halves the distance between control points.
    iterations : int
        Largest number of iterations at each level.
    control_points : int
        Control points along each axis at the first level; at least 4, one more than the order of the cubic spline.
    fwhm : float
        Full width at half maximum of the Gaussian that the histogram of log intensities is deconvolved with.
    wiener_noise : float
        Noise term of the Wiener filter of that deconvolution.
    bins : int
        Bins of that histogram.
    convergence_threshold : float
        A level ends when the coefficient of variation of the change of the field falls below it; 0 runs all
        iterations.
    region : str
        Where the field is estimated: ``"foreground"``, ``"image"`` or the name of an ROI.

    References
    ----------
    N. J. Tustison et al., "N4ITK: improved N3 bias correction", IEEE Trans. Med. Imaging 29 (2010) 1310-1320.

    Examples
    --------
    >>> from harmonize.volume import Grid
    >>> y, x = np.mgrid[-1:1:48j, -1:1:48j]
    >>> organ = np.where(np.hypot(y, x) < 0.9, np.where(np.hypot(y, x) < 0.4, 60.0, 100.0), 0.0)
    >>> volume = Volume((organ * np.exp(0.3 * x))[None], Grid((48, 48, 1)))
    >>> corrected = N4BiasField(shrink=2)(volume).image[0]
    >>> rim = (organ == 100.0)
    >>> bool(corrected[rim].std() < 0.1 * volume.image[0][rim].std())
    True
    """

    name: ClassVar[str] = "n4"

    shrink: int = 4
    levels: int = 4
    iterations: int = 50
    control_points: int = 4
    fwhm: float = 0.15
    wiener_noise: float = 0.01
    bins: int = 200
    convergence_threshold: float = 0.001
    region: str = FOREGROUND

    def __post_init__(self) -> None:
        for field, least in (("shrink", 1), ("levels", 1), ("iterations", 1), ("control_points", 4), ("bins", 2)):
            if getattr(self, field) < least:
                raise ValueError(f"{field} is {getattr(self, field)}, expected at least {least}")
        for field in ("fwhm", "wiener_noise"):
            if not getattr(self, field) > 0:
                raise ValueError(f"{field} is {getattr(self, field):g}, expected a number above 0")
        if not self.convergence_threshold >= 0:
            raise ValueError(f"convergence_threshold is {self.convergence_threshold:g}, expected 0 or more")
        if not self.region:
            raise ValueError("region is empty, expected 'image', 'foreground' or the name of an ROI")

    def __call__(self, volume: Volume) -> Volume:
        """Give the corrected volume; raises `ScanError` where there is nothing to estimate a field from."""
        return volume.with_image(volume.image / np.exp(self.log_bias_field(volume)))

    def log_bias_field(self, volume: Volume) -> FloatArray:
        """Estimate the logarithm of the bias field of a volume.

        Returns
        -------
        ndarray of float64, shape (z, y, x)
            Finite everywhere; scaled so that dividing keeps the mean intensity in the region.

        Raises
        ------
        ScanError
            If the region has no positive voxel or is constant after shrinking, or the field is not finite.
        """
        mask = region_mask(volume, self.region) & (volume.image > 0)
        if not mask.any():
            raise ScanError(
                f"N4 needs positive intensities, and no voxel of region '{self.region}' is above 0",
                "run it before steps that shift intensities, such as zscore",
            )
        # The field depends on ratios only; dividing keeps any intensity within single precision.
        image = to_itk((volume.image / volume.image[mask].max()).astype(np.float32), volume.grid)
        itk_mask = to_itk(mask, volume.grid)
        flat = volume.grid.size[2] == 1
        if flat:
            image, itk_mask = image[:, :, 0], itk_mask[:, :, 0]
        factors = [max(1, min(self.shrink, size // LEAST_VOXELS_PER_AXIS)) for size in image.GetSize()]
        small, small_mask = sitk.Shrink(image, factors), sitk.Shrink(itk_mask, factors)
        self._refuse_constant(sitk.GetArrayViewFromImage(small)[sitk.GetArrayViewFromImage(small_mask) > 0])
        n4 = sitk.N4BiasFieldCorrectionImageFilter()
        n4.SetMaximumNumberOfIterations([self.iterations] * self.levels)
        n4.SetNumberOfControlPoints(self.control_points)
        n4.SetBiasFieldFullWidthAtHalfMaximum(self.fwhm)
        n4.SetWienerFilterNoise(self.wiener_noise)
        n4.SetNumberOfHistogramBins(self.bins)
        n4.SetConvergenceThreshold(self.convergence_threshold)
        try:
            n4.Execute(small, small_mask)
            field = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(image)).astype(np.float64)
        except RuntimeError as error:
            raise ScanError(f"N4 failed: {str(error).strip().splitlines()[-1]}", "look at this scan") from error
        if not np.isfinite(field).all():
            raise ScanError("N4 found no finite bias field", "look at this scan, or lower shrink")
        field = field.reshape(volume.grid.shape)
        inside = volume.image[mask]
        result: FloatArray = field + np.log(np.mean(inside / np.exp(field[mask])) / np.mean(inside))
        return result

    def _refuse_constant(self, values: FloatArray) -> None:
        if not values.size or not values.max() > values.min():
            raise ScanError(
                f"N4 has nothing to estimate a field from: region '{self.region}' holds {values.size} voxels of one "
                f"intensity after shrinking by {self.shrink}",
                "lower shrink, name a larger region, or look at this scan",
            )
