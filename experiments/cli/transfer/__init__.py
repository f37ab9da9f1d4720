"""`radharmony transfer`, see `experiments.cli.transfer.command`."""

from experiments.cli.transfer.command import transfer

__all__ = ["transfer"]
