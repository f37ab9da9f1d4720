"""A simulated study with known truth: an abdominal T2 phantom, or real images in simulated arms."""

from experiments.simulate.four_arms import four_arms
from experiments.simulate.phantom_study import write_study
from experiments.simulate.real_study import Scan, read_scans, write_four_arm_study
from experiments.simulate.simulation import Simulation

__all__ = ["Scan", "Simulation", "four_arms", "read_scans", "write_four_arm_study", "write_study"]
