"""`radharmony harmonize`, see `experiments.cli.harmonize.command`."""

from experiments.cli.harmonize.command import harmonize

__all__ = ["harmonize"]
