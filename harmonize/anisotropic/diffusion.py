"""Anisotropic diffusion: smoothing that stops at edges, in two or three dimensions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from harmonize.anisotropic.flow import Conductance, Diffusion, Flow
from harmonize.arrays import FloatArray
from harmonize.errors import ScanError


def recommended_time_step(spacing: Sequence[float]) -> float:
    """Give the time step above which ITK warns: the smallest spacing over 2 to the number of axes plus 1.

    Parameters
    ----------
    spacing : sequence of float
        Distance of the voxels along each axis diffused along, in mm.

    Returns
    -------
    float
        The time step.

    Examples
    --------
    >>> recommended_time_step((1.0, 1.0)), recommended_time_step((6.5, 0.8, 0.8))
    (0.125, 0.05)
    """
    return float(min(spacing) / 2 ** (len(spacing) + 1))


def largest_time_step(flow: Flow, spacing: Sequence[float]) -> float:
    """Give the longest time step at which the diffusion is stable.

    The gradient flow takes a mean of each voxel and its neighbours, and so makes no new extremes, as long as the
    weights of the neighbours, time step over spacing and twice per axis, do not add up to more than 1. The curvature
    flow is not of that form; for it the bound is `recommended_time_step`.

    Parameters
    ----------
    flow : {"gradient", "curvature"}
        Which equation.
    spacing : sequence of float
        Distance of the voxels along each axis diffused along, in mm.

    Returns
    -------
    float
        The time step.

    Examples
    --------
    >>> largest_time_step("gradient", (1.0, 1.0)), largest_time_step("curvature", (1.0, 1.0))
    (0.25, 0.125)
    """
    if flow == "gradient":
        return float(1 / (2 * sum(1 / step for step in spacing)))
    return recommended_time_step(spacing)


def diffuse(
    image: ArrayLike,
    spacing: Sequence[float],
    *,
    flow: Flow = "gradient",
    conductance: Conductance = "exponential",
    edge: float = 3.0,
    iterations: int = 5,
    time_step: float | None = None,
    slice_axis: int | None = None,
) -> FloatArray:
    """Smooth an image where its gradient is small and leave it where it is large.

    What counts as large follows the image: in each iteration the gradient magnitude is divided by
    sqrt(2) * `edge` * (root mean square of the gradient magnitude), then enters the conductance. Nothing flows through
    the border of the image.

    Parameters
    ----------
    image : array, shape (z, y, x) or (y, x)
        Intensities, finite.
    spacing : sequence of float
        Distance of the voxels along the axes of the array (z, y, x), in mm.
    flow : {"gradient", "curvature"}
        "gradient": the equation of Perona and Malik, which keeps the mean intensity. "curvature": the modified
        curvature diffusion equation, which keeps contrast at edges better and does not keep the mean.
    conductance : {"exponential", "rational"}
        The two functions of Perona and Malik, exp(-s²) and 1 / (1 + s²) of the divided gradient magnitude s.
    edge : float
        The conductance parameter: the greater, the more edges are smoothed.
    iterations : int
        How many time steps.
    time_step : float, optional
        Length of a time step, at most `largest_time_step`; default `recommended_time_step`.
    slice_axis : int, optional
        Diffuse within each slice across this axis (0 for the slices z), on its own; default in all dimensions.

    Returns
    -------
    ndarray of float64, the shape of the image
        The smoothed image. An image, or a slice, without any gradient is returned as it is.

    Raises
    ------
    ScanError
        If the time step is not stable on this image's spacing.

    Notes
    -----
    With the exponential conductance this is the scheme of SimpleITK's GradientAnisotropicDiffusion and
    CurvatureAnisotropicDiffusion with their ConductanceParameter `edge`, equal on 64-bit images up to rounding. As
    there, a flux is divided by the spacing once, not twice, so that time counts in mm rather than in square mm.

    References
    ----------
    Perona P, Malik J. Scale-space and edge detection using anisotropic diffusion. IEEE Trans Pattern Anal Mach Intell
    1990;12:629-639.

    Whitaker RT, Xue X. Variable-conductance, level-set curvature for image denoising. ICIP 2001;3:142-145.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).normal(0, 1, (40, 40))
    >>> step = np.where(np.arange(40) < 20, 0.0, 50.0)
    >>> smooth = diffuse(step + noise, (1.0, 1.0), edge=1.0, iterations=10)
    >>> bool(np.std(smooth[:, :18]) < 0.5)
    True
    >>> bool(np.diff(smooth.mean(axis=0)).max() > 48)
    True
    """
    given = np.asarray(image, dtype=np.float64)
    steps = tuple(size for axis, size in enumerate(spacing) if axis != slice_axis)
    longest = largest_time_step(flow, steps)
    duration = recommended_time_step(steps) if time_step is None else time_step
    if duration > longest:
        raise ScanError(
            f"a time step of {duration:g} is not stable on voxels of {' x '.join(f'{s:g}' for s in steps)} mm",
            f"use at most {longest:.4g} for the {flow} flow, or leave it out",
        )
    slices = given[None] if slice_axis is None else np.moveaxis(given, slice_axis, 0)
    diffusion = Diffusion(slices.shape[1:], steps, flow, conductance)
    done = np.empty(given.shape)
    for one, smooth in zip(slices, done[None] if slice_axis is None else np.moveaxis(done, slice_axis, 0), strict=True):
        diffusion.image = one
        for _ in range(iterations):
            edge_squared = 2 * edge**2 * diffusion.mean_squared_gradient()
            if edge_squared < np.finfo(np.float64).tiny:
                break  # no gradient: nothing flows
            diffusion.step(duration, edge_squared)
        smooth[...] = diffusion.image
    return done
