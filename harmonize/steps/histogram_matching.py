"""Histogram matching: the histogram of a scan takes the form of that of a reference image or of a cohort."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np

from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats import read_volume
from harmonize.image.regions import FOREGROUND, REGIONS
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_region
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.inputs.paths import path_within
from harmonize.steps.chain import Step
from harmonize.steps.fits import Fit, FitOn, Fits, as_fit_on
from harmonize.steps.landmarks import (
    ObservesLandmarks,
    landmarks_of,
    match_landmarks,
    refuse_percentiles,
    refuse_values,
)


@dataclass(frozen=True)
class FittedHistogramMatching:
    """Give quantiles of a scan those of a reference, linearly in between.

    Beyond the outermost quantiles the outermost pieces are continued, so that nothing is cut off.

    Parameters
    ----------
    region : str
        Where the quantiles are taken: ``"image"``, ``"foreground"`` or the name of an ROI. The whole image is
        transformed.
    percentiles : tuple of float
        Which quantiles, in percent.
    intensities : tuple of float
        The intensities of the reference there.

    Examples
    --------
    >>> from radharmony import Grid
    >>> step = FittedHistogramMatching("image", (0, 50, 100), (0.0, 40.0, 100.0))
    >>> step(Volume(np.array([[[5.0, 6.0, 25.0]]]), Grid((3, 1, 1)))).image
    array([[[  0.,  40., 100.]]])
    """

    name: ClassVar[str] = "histogram_matching"

    region: str
    percentiles: tuple[float, ...]
    intensities: tuple[float, ...]

    def __post_init__(self) -> None:
        check_region(self.region)
        refuse_percentiles(self.percentiles)
        refuse_values(self.intensities, self.percentiles, "intensities")

    def __call__(self, volume: Volume) -> Volume:
        """Give the matched volume; raises `ScanError` for an empty, unknown or constant region."""
        landmarks = landmarks_of(volume, self.region, self.percentiles)
        return volume.with_image(match_landmarks(volume.image, landmarks, self.intensities))


@dataclass(frozen=True)
class HistogramMatching(ObservesLandmarks):
    """Learn the histogram that scans shall have.

    It is that of a reference image for each sequence, or the mean of the quantiles of the scans of a cohort, which is
    their barycentre in the Wasserstein metric. `fit_on` may name a single scan of the study; its histogram is then
    taken after the steps before this one, while that of a file is taken as it stands. Mean quantiles follow the scans
    with the largest intensities: where scanners differ in their units, put a normalization before, or use `Nyul`.

    Parameters
    ----------
    region : str
        Where the histogram is taken: ``"image"``, ``"foreground"`` or the name of an ROI; of a file ``"image"`` or
        ``"foreground"``.
    points : int
        How many quantiles are matched, evenly spaced: 50 are percentiles 1, 3, ..., 99.
    reference : mapping of str to str, optional
        An image file for each sequence.
    fit_on : mapping of str to str or tuple of str
        As in `Nyul`: the scans to learn from, by default all.
    histogram : str, optional
        A file of fits from an earlier run, to use instead of learning.

    References
    ----------
    R. C. Gonzalez, R. E. Woods, "Digital image processing", section on histogram specification. B. M. Bolstad et al.,
    "A comparison of normalization methods for high density oligonucleotide array data based on variance and bias",
    Bioinformatics 19 (2003) 185-193 (mean quantiles).

    Examples
    --------
    >>> from radharmony import Grid
    >>> reference, scan = [
    ...     Volume(np.random.default_rng(i).gamma(2 + i, 50, (2, 16, 16)), Grid((16, 16, 2))) for i in (1, 9)
    ... ]
    >>> plan = HistogramMatching(region="image")
    >>> matched = plan.fit([plan.observe(reference)])(scan)
    >>> bool(abs(np.median(matched.image) - np.median(reference.image)) < 2)
    True
    """

    name: ClassVar[str] = "histogram_matching"
    fitted: ClassVar[type[Step]] = FittedHistogramMatching
    title: ClassVar[str] = "histogram matching"

    region: str = FOREGROUND
    points: Annotated[int, Bounds(least=2)] = 50
    reference: Mapping[str, str] = field(default_factory=dict, hash=False)
    fit_on: FitOn = field(default_factory=dict, hash=False)
    histogram: str | None = None

    def __post_init__(self) -> None:
        check_region(self.region)
        check_limits(self)
        object.__setattr__(self, "fit_on", as_fit_on(self.fit_on))
        if bool(self.reference) + bool(self.fit_on) + (self.histogram is not None) > 1:
            raise ValueError("expected only one of reference, fit_on and histogram")
        if self.reference and self.region not in REGIONS:
            raise ValueError(f"region is '{self.region}', but an image file has no ROIs; use 'image' or 'foreground'")
        if self.histogram is not None and (self.region, self.points) != (FOREGROUND, 50):
            raise ValueError("a saved histogram brings all other parameters; give either histogram or these")

    @property
    def percentiles(self) -> tuple[float, ...]:
        """The quantiles that are matched, in percent."""
        return tuple((i + 0.5) / self.points * 100 for i in range(self.points))

    def fit(self, observations: Sequence[Sequence[float]]) -> FittedHistogramMatching:
        """Average the quantiles of scans."""
        mean = np.asarray(observations, dtype=np.float64).mean(axis=0)
        return FittedHistogramMatching(self.region, self.percentiles, tuple(map(float, mean)))

    def given(self, folder: Path) -> Fits | None:
        """Read the reference images, or the file that `histogram` names.

        Raises
        ------
        ConfigurationError
            For a file that cannot be read, an image without contrast, or a file that does not hold such fits.
        """
        if self.histogram is not None:
            return Fits.read(path_within(self.histogram, folder, "histogram"), self.name, self.fitted)
        if not self.reference:
            return None
        found = {}
        for sequence, file in self.reference.items():
            try:
                image = path_within(file, folder, f"reference: {sequence}")
                found[sequence] = Fit(self.fit([self.observe(read_volume(image, {})[0])]), scans=1)
            except ScanError as error:
                raise ConfigurationError(f"reference: {sequence}: {error}") from error
        return Fits(self.name, found)
