"""What may have been otherwise when a scan was taken or an ROI drawn, one a file, by name in a study file."""

from harmonize.perturbations.base import Effect, Perturbation, perturb
from harmonize.perturbations.bias_field import ResidualBiasField
from harmonize.perturbations.blur import Blurring
from harmonize.perturbations.gamma import GammaCurve
from harmonize.perturbations.noise import AddedNoise
from harmonize.perturbations.other_grid import OtherGrid
from harmonize.perturbations.resampling import Resampling
from harmonize.perturbations.rotation import Rotation
from harmonize.perturbations.sharpening import Sharpening
from harmonize.perturbations.translation import Translation
from harmonize.perturbations.window import ClippingWindow

__all__ = [
    "PERTURBATIONS",
    "AddedNoise",
    "Blurring",
    "ClippingWindow",
    "Effect",
    "GammaCurve",
    "OtherGrid",
    "Perturbation",
    "Resampling",
    "ResidualBiasField",
    "Rotation",
    "Sharpening",
    "Translation",
    "perturb",
]

PERTURBATIONS: dict[str, type[Perturbation]] = {
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
    )
}
"""Every perturbation by its name in a study file. A new one is one file and one line here."""
