"""What may have been otherwise when a scan was taken or an ROI drawn, one a file, by name in a study file."""

from harmonize.entries import Registry, fault_of_class
from harmonize.perturbations.base import Effect, Perturbation, perturb
from harmonize.perturbations.bias_field import ResidualBiasField
from harmonize.perturbations.blur import Blurring
from harmonize.perturbations.contour import RandomContour
from harmonize.perturbations.denoising import DenoisingSurrogate
from harmonize.perturbations.gamma import GammaCurve
from harmonize.perturbations.growth import GrowthByDistance
from harmonize.perturbations.noise import AddedNoise
from harmonize.perturbations.other_grid import OtherGrid
from harmonize.perturbations.parallel_imaging import ParallelImaging
from harmonize.perturbations.resampling import Resampling
from harmonize.perturbations.rotation import Rotation
from harmonize.perturbations.sharpening import Sharpening
from harmonize.perturbations.translation import Translation
from harmonize.perturbations.undersampling import Undersampling
from harmonize.perturbations.volume_change import VolumeChange
from harmonize.perturbations.window import ClippingWindow
from harmonize.perturbations.zero_filling import PartialMatrix

__all__ = [
    "PERTURBATIONS",
    "AddedNoise",
    "Blurring",
    "ClippingWindow",
    "DenoisingSurrogate",
    "Effect",
    "GammaCurve",
    "GrowthByDistance",
    "OtherGrid",
    "ParallelImaging",
    "PartialMatrix",
    "Perturbation",
    "RandomContour",
    "Resampling",
    "ResidualBiasField",
    "Rotation",
    "Sharpening",
    "Translation",
    "Undersampling",
    "VolumeChange",
    "perturb",
]

_OURS: dict[str, type[Perturbation]] = {
    one.name: one
    for one in (
        AddedNoise,
        Blurring,
        Sharpening,
        ResidualBiasField,
        GammaCurve,
        ClippingWindow,
        Resampling,
        Rotation,
        Translation,
        VolumeChange,
        GrowthByDistance,
        RandomContour,
        Undersampling,
        ParallelImaging,
        PartialMatrix,
        DenoisingSurrogate,
    )
}

PERTURBATIONS = Registry("perturbation", _OURS, fault_of_class)
"""Every perturbation by its name in a study file. A new one is one file and one line above, or what a package adds."""
