"""`radharmony reliability`, see `experiments.cli.reliability.command`."""

from experiments.cli.reliability.command import reliability

__all__ = ["reliability"]
