"""What may have been otherwise when a scan was taken or an ROI drawn, one a file, by name in a study file."""

from harmonize.perturbations.base import Effect, Perturbation, perturb
from harmonize.perturbations.bias_field import ResidualBiasField
from harmonize.perturbations.blur import Blurring
from harmonize.perturbations.gamma import GammaCurve
from harmonize.perturbations.noise import AddedNoise
from harmonize.perturbations.sharpening import Sharpening
from harmonize.perturbations.window import ClippingWindow

__all__ = [
    "PERTURBATIONS",
    "AddedNoise",
    "Blurring",
    "ClippingWindow",
    "Effect",
    "GammaCurve",
    "Perturbation",
    "ResidualBiasField",
    "Sharpening",
    "perturb",
]

PERTURBATIONS: dict[str, type[Perturbation]] = {
    one.name: one for one in (AddedNoise, Blurring, Sharpening, ResidualBiasField, GammaCurve, ClippingWindow)
}
"""Every perturbation by its name in a study file. A new one is one file and one line here."""
