"""What may have been otherwise when a scan was taken or an ROI drawn, one a file, by name in a study file."""

from harmonize.perturbations.base import Effect, Perturbation, perturb
from harmonize.perturbations.gamma import GammaCurve

__all__ = ["PERTURBATIONS", "Effect", "GammaCurve", "Perturbation", "perturb"]

PERTURBATIONS: dict[str, type[Perturbation]] = {one.name: one for one in (GammaCurve,)}
"""Every perturbation by its name in a study file. A new one is one file and one line here."""
