"""The search for a rigid motion between two images, with SimpleITK's registration framework."""

from typing import Literal

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

Metric = Literal["mutual_information", "correlation"]

SHRINK = (4, 2, 1)
"""Factors of the levels, coarse to fine, along axes that keep at least 16 voxels."""
LEAST_VOXELS = 16
BINS = 32
ITERATIONS = 200
STEP, SMALLEST_STEP = 1.0, 1e-3
"""First and last step of the optimizer, in voxels of the level by physical shift."""


def search_motion(fixed: sitk.Image, moving: sitk.Image, within: sitk.Image, metric: Metric) -> sitk.Transform:
    """Find the rigid transform that takes points of the fixed image to the moving one.

    Parameters
    ----------
    fixed, moving : SimpleITK.Image
        Of 64-bit floats, two or three dimensions.
    within : SimpleITK.Image
        Labels 1 on the grid of the fixed image, where the images are compared.
    metric : {"mutual_information", "correlation"}
        What is made as small as possible.

    Returns
    -------
    SimpleITK.Transform
        No motion where nothing better was found.

    Raises
    ------
    RuntimeError
        By ITK, such as for images that do not overlap.
    """
    box = sitk.LabelShapeStatisticsImageFilter()
    box.Execute(within)
    bounds = box.GetBoundingBox(1)
    dimension = fixed.GetDimension()
    fixed = sitk.RegionOfInterest(fixed, bounds[dimension:], bounds[:dimension])
    best = _identity(within)
    least = metric_of(fixed, moving, within, metric)
    for factor in SHRINK:
        transform = type(best)(best)
        method = _method(within, metric)
        method.SetOptimizerAsRegularStepGradientDescent(
            learningRate=STEP, minStep=SMALLEST_STEP, numberOfIterations=ITERATIONS, relaxationFactor=0.6
        )
        method.SetOptimizerScalesFromPhysicalShift()
        method.SetInitialTransform(transform, inPlace=True)
        method.Execute(_coarse(fixed, factor), _coarse(moving, factor))
        reached = metric_of(fixed, moving, within, metric, transform)
        if reached < least:  # a coarse level may have lost its way
            best, least = transform, reached
    return best


def metric_of(
    fixed: sitk.Image, moving: sitk.Image, within: sitk.Image, metric: Metric, transform: sitk.Transform | None = None
) -> float:
    """Give the metric of two images under a transform, or as they lie; lower is better."""
    method = _method(within, metric)
    method.SetInitialTransform(transform or _identity(within))
    return float(method.MetricEvaluate(fixed, moving))


def _method(within: sitk.Image, metric: Metric) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    if metric == "correlation":
        method.SetMetricAsCorrelation()
    else:
        method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricFixedMask(within)
    method.SetInterpolator(sitk.sitkLinear)
    return method


def _identity(within: sitk.Image) -> sitk.Transform:
    """Give no motion, with the middle of the region as the centre of rotation."""
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(within)
    centre = shape.GetCentroid(1)
    if within.GetDimension() == 2:
        return sitk.Euler2DTransform(centre, 0.0, (0.0, 0.0))
    return sitk.Euler3DTransform(centre, 0.0, 0.0, 0.0, (0.0, 0.0, 0.0))


def _coarse(image: sitk.Image, factor: int) -> sitk.Image:
    factors = [factor if size >= LEAST_VOXELS * factor else 1 for size in image.GetSize()]
    if max(factors) == 1:
        return image
    widths = [step / 2 if step > 1 else 0.0 for step in reversed(factors)]
    smooth = sitk.GetImageFromArray(ndimage.gaussian_filter(sitk.GetArrayViewFromImage(image), widths))
    smooth.CopyInformation(image)
    shrunk: sitk.Image = sitk.Shrink(smooth, factors)
    return shrunk


def near(region: sitk.Image, margin: float | None) -> sitk.Image:
    """Give the voxels within the margin of a mask, or all of them, as labels 1."""
    inside = sitk.GetArrayFromImage(region) > 0
    if margin is None or not inside.any():
        inside = np.ones(inside.shape, dtype=np.bool_)
    else:
        inside = ndimage.distance_transform_edt(~inside, sampling=region.GetSpacing()[::-1]) <= margin
    result = sitk.GetImageFromArray(inside.astype(np.uint8))
    result.CopyInformation(region)
    return result
