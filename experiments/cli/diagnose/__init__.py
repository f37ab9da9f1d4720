"""`radharmony diagnose`, see `experiments.cli.diagnose.command`."""

from experiments.cli.diagnose.command import diagnose

__all__ = ["diagnose"]
