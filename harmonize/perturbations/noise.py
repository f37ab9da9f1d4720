"""Noise: the scan with more of it, as another acquisition would have had it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from harmonize.image.field_of_view import where_acquired
from harmonize.image.noise import noise_of_scan
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.kspace.fields import correlated_noise, noise_amplification
from harmonize.perturbations.base import Effect
from harmonize.perturbations.through_kspace import check_magnitudes


@dataclass(frozen=True)
class AddedNoise:
    """Add noise, as strong as that of the scan or as stated.

    Added at the level that the scan has, its noise becomes sqrt(2) times as strong. Padding, and areas of one value up
    to the border (air that the scanner masked), stay as they are.

    Parameters
    ----------
    factor : float
        How many times the level.
    sigma : float, optional
        The level: standard deviation in units of the image; absent: estimated in the foreground
        (`harmonize.image.noise.tissue_noise`).
    distribution : {"gaussian", "rician"}
        ``"rician"`` adds to the real and to the imaginary part of what the intensities are the magnitude of,
        sqrt((I + a)² + b²). Since the phase of the noise is any, a magnitude image of noise s then is distributed as
        one of noise sqrt(s² + level²), in air too.
    correlation : float
        Distance in voxels, in plane, at which the correlation of the noise has fallen to 1 / e, as exp(-d²); 0 for
        white noise. Interpolation, filters and parallel imaging make neighbours share noise.
    g_factor : float
        How much stronger the noise is in the middle of the field of view than at its corners, as in parallel imaging.

    References
    ----------
    A. Zwanenburg et al., "Assessing robustness of radiomic features by image perturbation", Sci. Rep. 9 (2019) 614.
    H. Gudbjartsson, S. Patz, "The Rician distribution of noisy MRI data", Magn Reson Med 34 (1995) 910-914.

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.full((1, 64, 64), 100.0), Grid((64, 64, 1)))
    >>> round(AddedNoise(sigma=5.0)(volume, np.random.default_rng(0)).image.std())
    5
    """

    name: ClassVar[str] = "noise"
    title: ClassVar[str] = "noise"
    effect: ClassVar[Effect] = Effect(image=True, random=True)

    factor: Annotated[float, Bounds(above=0, most=1000)] = 1.0
    sigma: Annotated[float, Bounds(above=0, most=1e12)] | None = None
    distribution: Literal["gaussian", "rician"] = "gaussian"
    correlation: Annotated[float, Bounds(least=0)] = 0.0
    g_factor: Annotated[float, Bounds(least=1)] = 1.0

    def __post_init__(self) -> None:
        check_limits(self)
        if self.distribution not in ("gaussian", "rician"):
            raise ValueError(f"distribution is '{self.distribution}', expected 'gaussian' or 'rician'")

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the noisier volume; raises `ScanError` where noise is not estimated, or not Rician."""
        axis = infer_slice_axis(volume.grid) or 0
        level = self.factor * (self.sigma or noise_of_scan(volume, axis, "give `sigma`, in units of the image"))
        if self.distribution == "rician":
            check_magnitudes(volume, "for Rician noise")
        image = np.moveaxis(volume.image, axis, 0)
        slices, rows, columns = image.shape
        sigma = level * noise_amplification((rows, columns), self.g_factor, 2)
        drawn = (sigma * correlated_noise((slices, rows, columns), self.correlation, random) for _ in range(2))
        noisy = image + next(drawn)
        if self.distribution == "rician":
            noisy = np.hypot(noisy, next(drawn))
        return where_acquired(volume, np.moveaxis(noisy, 0, axis))
