"""The end of a pipeline: a model with what goes right before it, and the values that the inner loop tries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Grid = Mapping[str, list[Any]]
"""By parameter of the pipeline (``model__C``) the values to try, the simplest model first."""


@dataclass(frozen=True)
class DiagnosticModel:
    """The last steps of a pipeline.

    Parameters
    ----------
    name : str
    steps : list of (str, estimator)
        The last one is called ``model``; it gives what the outcome needs, such as probabilities.
    grid : mapping
        Values to try in the inner loop; empty where there is nothing to choose.
    """

    name: str
    steps: list[tuple[str, Any]]
    grid: Grid = field(default_factory=dict)
