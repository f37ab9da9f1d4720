"""What measures of quality see of a scan: its slices, ROIs and foreground, and the noise there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from evaluation.quality.noise_spectrum import NoiseSpectrum, noise_spectrum
from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.noise import NoiseEstimate, foreground_noise
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis, spacing_of
from harmonize.image.volume import Volume


@dataclass(frozen=True, eq=False)
class SlicedScan:
    """A scan as measures of quality see it: stacks of slices.

    Parameters
    ----------
    volume : Volume
        The scan. Where its grid does not tell which axis counts the slices, the first does.
    """

    volume: Volume
    _spectra: dict[int, NoiseSpectrum | str] = field(default_factory=dict, repr=False)
    _within: dict[int, FloatArray] = field(default_factory=dict, repr=False)

    @property
    def axis(self) -> int:
        """The axis of the array that counts the slices."""
        return infer_slice_axis(self.volume.grid) or 0

    @property
    def spacing(self) -> tuple[float, float]:
        """Distance of rows and of columns in a slice, in mm."""
        row, column = spacing_of(self.volume.grid, self.axis)
        return row, column

    @cached_property
    def slices(self) -> FloatArray:
        """The intensities (slice, row, column)."""
        return np.moveaxis(self.volume.image, self.axis, 0)

    @cached_property
    def masks(self) -> Mapping[str, BoolArray]:
        """The ROIs (slice, row, column) that hold a voxel."""
        return {roi: np.moveaxis(mask, self.axis, 0) for roi, mask in self.volume.masks.items() if mask.any()}

    @cached_property
    def foreground(self) -> BoolArray:
        """The body (slice, row, column), see `harmonize.image.regions.foreground_mask`."""
        found = foreground_mask(self.volume.image, self.axis, self.volume.outside)
        return np.moveaxis(found, self.axis, 0)

    @cached_property
    def with_data(self) -> FloatArray:
        """The intensities of all voxels but those of padding, one after the other."""
        outside = self.volume.outside
        return self.volume.image.ravel() if outside is None else self.volume.image[~outside]

    @cached_property
    def noise(self) -> NoiseEstimate:
        """The noise of the foreground, see `harmonize.image.noise.tissue_noise`."""
        return foreground_noise(self.volume, self.axis)

    def within(self, mask: BoolArray) -> FloatArray:
        """Give the intensities in a region, looked for once: of ten ROIs there are 45 pairs."""
        if id(mask) not in self._within:
            self._within[id(mask)] = self.slices[mask]
        return self._within[id(mask)]

    def spectrum(self, mask: BoolArray) -> NoiseSpectrum | str:
        """Give the noise power spectrum in the foreground or an ROI, computed once."""
        if id(mask) not in self._spectra:
            self._spectra[id(mask)] = noise_spectrum(self.slices, mask, self.spacing)
        return self._spectra[id(mask)]
