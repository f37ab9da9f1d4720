"""Floor 4: the study, its strategies, the run and what is left of it: tables, tracking, report, commands."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.runner import Run, run_study
    from experiments.study import Study

__all__ = ["Run", "Study", "run_study"]

_HOMES = {"Run": "experiments.runner", "Study": "experiments.study", "run_study": "experiments.runner"}


def __getattr__(name: str) -> Any:
    """Import on first use: the command line shows its help without waiting for what only a run needs."""
    if name not in _HOMES:
        raise AttributeError(f"module 'experiments' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
