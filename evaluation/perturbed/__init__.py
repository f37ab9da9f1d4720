"""What perturbations are worth: features judged by perturbed scans against the same features judged by real repeats."""

from evaluation.perturbed.measures import MEASURES
from evaluation.perturbed.worth import perturbation_worth

__all__ = ["MEASURES", "perturbation_worth"]
