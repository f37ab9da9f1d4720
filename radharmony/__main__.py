"""The command: `radharmony`, or `python -m radharmony`."""

from experiments.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
