"""N4 as SimpleITK computes it, for those who need its exact stopping."""

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError


def itk_log_bias(
    image: FloatArray,
    mask: BoolArray,
    *,
    shrink: Sequence[int],
    iterations: Sequence[int],
    control_points: int,
    fwhm: float,
    wiener_noise: float,
    bins: int,
    convergence_threshold: float,
) -> FloatArray:
    """Estimate the logarithm of the bias field with SimpleITK's filter, in single precision.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Intensities; one slice is treated in 2D.
    mask : ndarray of bool, same shape
        Where the field is estimated; all its voxels above 0.
    shrink : sequence of int
        Factor along z, y, x.
    iterations, control_points, fwhm, wiener_noise, bins, convergence_threshold
        As in `n4_log_bias`.

    Returns
    -------
    ndarray of float64, shape (z, y, x)
        Finite everywhere.

    Raises
    ------
    ScanError
        If the filter fails or its field is not finite.
    """
    # The field depends on ratios only; dividing keeps any intensity within single precision.
    scaled = (image / image[mask].max()).astype(np.float32)
    flat = len(image) == 1
    full = sitk.GetImageFromArray(scaled[0] if flat else scaled)
    region = sitk.GetImageFromArray((mask[0] if flat else mask).astype(np.uint8))
    factors = [int(factor) for factor in (shrink[1:] if flat else shrink)][::-1]
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations(list(iterations))
    n4.SetNumberOfControlPoints(control_points)
    n4.SetBiasFieldFullWidthAtHalfMaximum(fwhm)
    n4.SetWienerFilterNoise(wiener_noise)
    n4.SetNumberOfHistogramBins(bins)
    n4.SetConvergenceThreshold(convergence_threshold)
    try:
        n4.Execute(sitk.Shrink(full, factors), sitk.Shrink(region, factors))
        field = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(full)).astype(np.float64)
    except RuntimeError as error:
        raise ScanError(f"N4 failed: {str(error).strip().splitlines()[-1]}", "look at this scan") from error
    if not np.isfinite(field).all():
        raise ScanError("N4 found no finite bias field", "look at this scan, or lower shrink")
    return field.reshape(image.shape)
