"""Nyúl-Udupa standardization: landmarks of the histogram are brought to a scale learned from a cohort."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from harmonize.image.regions import FOREGROUND
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_output, check_region
from harmonize.inputs.paths import path_within
from harmonize.steps.chain import Step
from harmonize.steps.fits import FitOn, Fits, as_fit_on
from harmonize.steps.landmarks import (
    ObservesLandmarks,
    landmarks_of,
    match_landmarks,
    refuse_percentiles,
    refuse_values,
)

DECILES = (1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0)
"""The landmarks of Shah et al.: the deciles, with percentiles 1 and 99 at the ends."""


@dataclass(frozen=True)
class FittedNyul:
    """Bring the landmarks of a scan to a standard scale, linearly in between.

    Beyond the outermost landmarks the outermost pieces are continued, so that nothing is cut off.

    Parameters
    ----------
    region : str
        Where the landmarks are taken: ``"image"``, ``"foreground"`` or the name of an ROI. The whole image is
        transformed.
    percentiles : tuple of float
        The landmarks.
    standard_scale : tuple of float
        What they become.

    Examples
    --------
    >>> from radharmony import Grid
    >>> step = FittedNyul("image", (0, 50, 100), (0.0, 40.0, 100.0))
    >>> step(Volume(np.array([[[5.0, 6.0, 25.0]]]), Grid((3, 1, 1)))).image
    array([[[  0.,  40., 100.]]])
    """

    name: ClassVar[str] = "nyul"

    region: str
    percentiles: tuple[float, ...]
    standard_scale: tuple[float, ...]

    def __post_init__(self) -> None:
        check_region(self.region)
        refuse_percentiles(self.percentiles)
        refuse_values(self.standard_scale, self.percentiles, "standard_scale")

    def __call__(self, volume: Volume) -> Volume:
        """Give the standardized volume; raises `ScanError` for an empty, unknown or constant region."""
        landmarks = landmarks_of(volume, self.region, self.percentiles)
        return volume.with_image(match_landmarks(volume.image, landmarks, self.standard_scale))


@dataclass(frozen=True)
class Nyul(ObservesLandmarks):
    """Learn the standard scale of Nyúl and Udupa from the scans of a sequence.

    The landmarks of every scan are mapped linearly, so that the outermost ones become the ends of `output`, and
    averaged over the scans: that is the standard scale. It uses intensities alone, no outcome; name the subjects of
    the training set in `fit_on` where a model is tested on the others.

    Parameters
    ----------
    region : str
        Where the landmarks are taken: ``"image"``, ``"foreground"`` or the name of an ROI.
    percentiles : tuple of float
        The landmarks, ascending within 0 to 100.
    output : (float, float)
        The ends of the standard scale. The default range suits fixed bin widths such as 5.
    fit_on : mapping of str to str or tuple of str
        Columns of the table of images and the values that a scan has there to be learned from, such as
        ``{"acquisition": "REF"}``; by default all scans.
    scale : str, optional
        A file of fits from an earlier run, to use instead of learning.

    References
    ----------
    L. G. Nyúl, J. K. Udupa, X. Zhang, "New variants of a method of MRI scale standardization", IEEE Trans. Med.
    Imaging 19 (2000) 143-150. M. Shah et al., "Evaluating intensity normalization on MRIs of human brain with multiple
    sclerosis", Med. Image Anal. 15 (2011) 267-282.

    Examples
    --------
    >>> from radharmony import Grid
    >>> scans = [Volume(np.random.default_rng(i).gamma(4, 50 * i, (2, 16, 16)), Grid((16, 16, 2))) for i in (1, 9)]
    >>> plan = Nyul(region="image")
    >>> fitted = plan.fit([plan.observe(scan) for scan in scans])
    >>> medians = [float(np.median(fitted(scan).image)) for scan in scans]
    >>> bool(abs(medians[0] - medians[1]) < 1)
    True
    """

    name: ClassVar[str] = "nyul"
    fitted: ClassVar[type[Step]] = FittedNyul
    title: ClassVar[str] = "standard scale (Nyúl)"

    region: str = FOREGROUND
    percentiles: tuple[float, ...] = DECILES
    output: tuple[float, float] = (0.0, 1000.0)
    fit_on: FitOn = field(default_factory=dict, hash=False)
    scale: str | None = None

    def __post_init__(self) -> None:
        check_region(self.region)
        refuse_percentiles(self.percentiles)
        check_output(self.output)
        object.__setattr__(self, "fit_on", as_fit_on(self.fit_on))
        if self.scale is not None and replace(self, scale=None) != Nyul():
            raise ValueError("a saved scale brings all other parameters; give either scale or these")

    def fit(self, observations: Sequence[Sequence[float]]) -> FittedNyul:
        """Average the landmarks of scans, each mapped linearly to the ends of `output`."""
        landmarks = np.asarray(observations, dtype=np.float64)
        first, last = landmarks[:, :1], landmarks[:, -1:]
        low, high = self.output
        standard = (low + (landmarks - first) / (last - first) * (high - low)).mean(axis=0)
        return FittedNyul(self.region, self.percentiles, tuple(map(float, standard)))

    def given(self, folder: Path) -> Fits | None:
        """Read the file that `scale` names; raises `ConfigurationError` for one that does not hold such fits."""
        return (
            None if self.scale is None else Fits.read(path_within(self.scale, folder, "scale"), self.name, self.fitted)
        )
