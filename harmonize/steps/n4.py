"""N4: correction of the smooth intensity bias of receive coils."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, blocks
from harmonize.errors import ScanError
from harmonize.image.regions import FOREGROUND, region_mask
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_region
from harmonize.inputs.limits import AboveZero, Bounds, Count, check_limits
from harmonize.n4 import itk_log_bias, n4_log_bias
from harmonize.n4.sampling import every_nth
from harmonize.steps.abilities import Abilities

LEAST_VOXELS_PER_AXIS = 4
"""Shrinking leaves at least this many voxels along an axis that has them: the spline needs as many to bend."""


@dataclass(frozen=True)
class N4BiasField:
    """Divide out the bias field that N4 estimates.

    The field is estimated on every `shrink`-th voxel of the region, evaluated at full resolution and divided out of
    the whole image. Shrinking leaves at least four voxels along an axis, so that stacks of few thick slices are
    shrunk in plane only; a single slice is corrected in 2D. Voxels of zero or less have no logarithm: they do not
    contribute, and are divided by the field as all others. The field is scaled so that the mean intensity of the
    region stays; SimpleITK leaves this factor free.

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
    engine : {"numpy", "itk"}
        ``"numpy"`` is `harmonize.n4.n4_log_bias`, in double precision, 30 to 150 times faster; at a fixed number of
        iterations it gives SimpleITK's field. ``"itk"`` is SimpleITK's filter, for those who need its exact stopping:
        it computes the convergence measure in single precision, which drifts with the number of voxels.
    extent : {"image", "samples"}, optional
        Where the lattice of control points lies when the image is shrunk: over the full image, or over the samples
        and then stretched, as SimpleITK's usual recipe does, which displaces the field by up to `shrink` - 1 voxels
        at the rim. Absent: ``"image"`` for numpy, ``"samples"`` for itk, which knows nothing else.

    References
    ----------
    N. J. Tustison et al., "N4ITK: improved N3 bias correction", IEEE Trans. Med. Imaging 29 (2010) 1310-1320.

    Examples
    --------
    >>> from radharmony import Grid
    >>> y, x = np.mgrid[-1:1:48j, -1:1:48j]
    >>> organ = np.where(np.hypot(y, x) < 0.9, np.where(np.hypot(y, x) < 0.4, 60.0, 100.0), 0.0)
    >>> volume = Volume((organ * np.exp(0.3 * x))[None], Grid((48, 48, 1)))
    >>> corrected = N4BiasField(shrink=2)(volume).image[0]
    >>> rim = (organ == 100.0)
    >>> bool(corrected[rim].std() < 0.1 * volume.image[0][rim].std())
    True
    """

    name: ClassVar[str] = "n4"
    title: ClassVar[str] = "N4 bias field correction"
    abilities: ClassVar[Abilities] = Abilities(takes_logarithm=True)

    shrink: Count = 4
    levels: Count = 4
    iterations: Count = 50
    control_points: Annotated[int, Bounds(least=4)] = 4
    fwhm: AboveZero = 0.15
    wiener_noise: AboveZero = 0.01
    bins: Annotated[int, Bounds(least=2)] = 200
    convergence_threshold: Annotated[float, Bounds(least=0)] = 0.001
    region: str = FOREGROUND
    engine: Literal["numpy", "itk"] = "numpy"
    extent: Literal["image", "samples"] | None = None

    def __post_init__(self) -> None:
        check_limits(self)
        check_region(self.region)
        if self.engine not in ("numpy", "itk"):
            raise ValueError(f"engine is '{self.engine}', expected 'numpy' or 'itk'")
        if self.extent is None:
            object.__setattr__(self, "extent", "image" if self.engine == "numpy" else "samples")
        if self.extent not in ("image", "samples"):
            raise ValueError(f"extent is '{self.extent}', expected 'image' or 'samples'")
        if self.engine == "itk" and self.extent == "image":
            raise ValueError("engine itk lays its lattice over the samples; leave extent out, or use engine numpy")

    def __call__(self, volume: Volume) -> Volume:
        """Give the corrected volume; raises `ScanError` where there is nothing to estimate a field from."""
        image, corrected = volume.image, self.log_bias_field(volume)
        for part in blocks(image.shape):
            np.divide(image[part], np.exp(corrected[part]), out=corrected[part])
        return volume.with_image(corrected)

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
        shrink = tuple(max(1, min(self.shrink, size // LEAST_VOXELS_PER_AXIS)) for size in mask.shape)
        self._refuse_constant(volume.image, mask, shrink)
        if self.engine == "itk":
            field = itk_log_bias(volume.image, mask, shrink=shrink, **self._parameters())
        else:
            extent = self.extent or "image"
            field = n4_log_bias(volume.image, mask, shrink=shrink, extent=extent, **self._parameters()).log_bias
        before = after = 0.0
        for part in blocks(mask.shape):
            inside = volume.image[part][mask[part]]
            before += float(inside.sum())
            after += float((inside / np.exp(field[part][mask[part]])).sum())
        field += np.log(after / before)
        return field

    def _parameters(self) -> dict[str, Any]:
        return {
            "iterations": (self.iterations,) * self.levels,
            "control_points": self.control_points,
            "fwhm": self.fwhm,
            "wiener_noise": self.wiener_noise,
            "bins": self.bins,
            "convergence_threshold": self.convergence_threshold,
        }

    def _refuse_constant(self, image: FloatArray, mask: BoolArray, shrink: tuple[int, ...]) -> None:
        samples = tuple(every_nth(size, factor) for size, factor in zip(mask.shape, shrink, strict=True))
        values = image[samples][mask[samples]]
        if not values.size or not values.max() > values.min():
            raise ScanError(
                f"N4 has nothing to estimate a field from: region '{self.region}' holds {values.size} voxels of one "
                f"intensity after shrinking by {self.shrink}",
                "lower shrink, name a larger region, or look at this scan",
            )
