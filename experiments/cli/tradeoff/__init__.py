"""`radharmony tradeoff`, see `experiments.cli.tradeoff.command`."""

from experiments.cli.tradeoff.command import tradeoff

__all__ = ["tradeoff"]
