"""A simulated study with known truth: an abdominal T2 phantom, real images in simulated arms, or a feature table."""

from experiments.simulate.feature_table import FeatureGroup, SimulatedCohort, simulate_cohort
from experiments.simulate.phantom_study import write_study
from experiments.simulate.real_study import RealImage, read_scans, write_four_arm_study
from experiments.simulate.simulation import Simulation

__all__ = [
    "FeatureGroup",
    "RealImage",
    "SimulatedCohort",
    "Simulation",
    "read_scans",
    "simulate_cohort",
    "write_four_arm_study",
    "write_study",
]
