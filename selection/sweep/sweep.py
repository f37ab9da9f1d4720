"""What a sweep over thresholds of robustness does, as plain values for the record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, get_args

import numpy as np

from evaluation.classification.models import MODELS_OF
from evaluation.reliability.statistics import about, agreement
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.limits import Bounds, Count, Part, Resamples, Share, check_limits
from selection.selectors import make_selector
from selection.thresholds import Side

THRESHOLDS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True)
class Sweep:
    """How to sweep a threshold of robustness.

    Parameters
    ----------
    thresholds : tuple of float
        Ascending, each once, less than 1; reliability must lie above.
    by : str
        The statistic of reliability, a usual one of agreement such as ``icc`` or ``ccc``.
    compared : {"estimate", "limit"}
        Its estimate or its lower confidence limit.
    reference : str or None
        The condition that repeats are compared with; None compares all with one another.
    prune : float or None
        Absolute Spearman correlation from which on features count as the same.
    select : str or None
        Name of a selector, see `make_selector`.
    select_options : mapping
        Its options.
    model : str
        See `make_model`.
    outcome : {"classes", "number", "survival"}
        What is predicted.
    folds, repeats, inner_folds : int
        Of the outer and the inner cross-validation.
    level : float
        Confidence level of all limits.
    n_resamples : int
        Of subjects, for the limits of the reliability of predictions.
    seed : int
        Makes everything repeatable.

    Raises
    ------
    ConfigurationError
        For whatever cannot be.

    Examples
    --------
    >>> Sweep(thresholds=(0.9, 0.5)).thresholds
    (0.5, 0.9)
    """

    thresholds: tuple[float, ...] = THRESHOLDS
    by: str = "icc"
    compared: Side = "estimate"
    reference: str | None = None
    prune: Share | None = 0.9
    select: str | None = "mrmr"
    select_options: Mapping[str, Any] = field(default_factory=dict)
    model: str = "logistic"
    outcome: str = "classes"
    folds: Annotated[int, Bounds(least=2)] = 5
    repeats: Count = 10
    inner_folds: Annotated[int, Bounds(least=2)] = 5
    level: Part = 0.95
    n_resamples: Resamples = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        values = tuple(sorted(float(value) for value in self.thresholds))
        if not values or len(set(values)) < len(values):
            raise ConfigurationError(f"thresholds: expected one or more, each once, found {list(self.thresholds)}")
        if not np.isfinite(values).all() or values[-1] >= 1:
            raise ConfigurationError(f"thresholds: no reliability is above 1, found {values[-1]:g}; expected less")
        object.__setattr__(self, "thresholds", values)
        for name, known in (("by", agreement()), ("compared", get_args(Side))):
            refuse_unknown([getattr(self, name)], known, name)
        check_limits(self, ConfigurationError)
        refuse_unknown([self.outcome], MODELS_OF, "outcome")
        refuse_unknown([self.model], MODELS_OF[self.outcome], "model")
        self.selector()  # refuses what cannot be made

    def selector(self) -> Any:
        """Make the selector, which chooses for the outcome; one that draws gets the seed."""
        if self.select is None:
            return None
        return make_selector(self.select, self.select_options, "select", outcome=self.outcome, seed=self.seed)

    def describe(self) -> str:
        """Say the rule that is swept in a few words.

        Examples
        --------
        >>> Sweep().describe(), Sweep(by="ccc", compared="limit").describe()
        ('ICC(A,1)', 'lower limit of CCC')
        """
        name = about(self.by).labelled()
        return name if self.compared == "estimate" else f"lower limit of {name}"

    def to_mapping(self) -> dict[str, Any]:
        """Give all settings as plain values."""
        plain = asdict(self)
        return {**plain, "thresholds": list(self.thresholds), "select_options": dict(self.select_options)}
