"""What can be predicted: classes, a number or the time to an event, and how a cross-validation treats each."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.classification.guards import check_columns, check_target
from evaluation.classification.held_out import HeldOut, codes
from evaluation.classification.measured_targets import check_events, check_measured_columns, check_number
from evaluation.classification.numbers import NUMBER_SCORES, HeldOutNumbers, number_parts
from evaluation.classification.predictions import Predictions, arranged, numbered
from evaluation.classification.score import Score
from evaluation.classification.scores import SCORES
from evaluation.classification.splits import Fold, check_inner_folds
from evaluation.classification.survival import SURVIVAL_SCORES, HeldOutSurvival
from evaluation.survival.times import horizon, uncensored
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.words import plural

STRATA = 5
"""A number is spread over the folds by its fifths."""

MOMENTS = 40
"""Steps of the time over which the Brier score is averaged."""


class PredictedOutcome(ABC):
    """What is predicted; frozen. `known` takes from rows what their scores need.

    Attributes
    ----------
    name : str
    scores : mapping of str to Score
    tune_by, tie_by : str
        The score that the inner loop makes best, and the one that decides between equals.
    needs : tuple of (str, str)
        Methods that a model must have, and what they give.
    """

    name: ClassVar[str]
    scores: ClassVar[Mapping[str, Score]]
    tune_by: ClassVar[str]
    tie_by: ClassVar[str]
    needs: ClassVar[tuple[tuple[str, str], ...]]

    def known(self, y: NDArray[Any]) -> Self:
        """Give the outcome with what the scores of these rows need."""
        return self

    @abstractmethod
    def check(self, y: NDArray[Any], groups: NDArray[Any], columns: pd.DataFrame, target: str | None = None) -> None:
        """Refuse a target that cannot be predicted, and columns that are the target in other words."""

    @abstractmethod
    def strata(self, y: NDArray[Any], groups: NDArray[Any], folds: int) -> NDArray[Any]:
        """Give what is spread evenly over folds; refuse too few subjects for them."""

    @abstractmethod
    def check_inner(self, y: NDArray[Any], groups: NDArray[Any], folds: Sequence[Fold], inner_folds: int) -> None:
        """Refuse more inner folds than the training rows of some fold can fill."""

    @abstractmethod
    def predict(self, model: Any, rows: Any, learned: NDArray[Any], tested: NDArray[Any]) -> FloatArray:
        """Give what a fitted model says of rows, shape (n_rows, n_values).

        Parameters
        ----------
        model : estimator
        rows : DataFrame or array
        learned, tested : ndarray
            Targets of the rows that the model learned from, and of these rows. The model is not shown the latter.
        """

    @abstractmethod
    def _held_out(self, y: NDArray[Any], people: IntArray, values: FloatArray, fold: IntArray) -> Predictions:
        """Make predictions of what `predict` gave, shape (n_repeats, n_rows, n_values)."""

    @property
    @abstractmethod
    def n_values(self) -> int:
        """How many values `predict` gives of a row."""

    def alone(self, y: NDArray[Any], values: FloatArray) -> Predictions:
        """Give the predictions of one model; each row is a subject of its own."""
        return self._held_out(y, np.arange(len(y)), values[None], np.zeros((1, len(y)), dtype=np.int64))

    def together(
        self, y: NDArray[Any], groups: NDArray[Any], folds: Sequence[Fold], parts: Sequence[FloatArray]
    ) -> Predictions:
        """Put the predictions of all folds into their places."""
        values, fold = arranged(folds, parts, len(y))
        return self._held_out(y, numbered(groups), values, fold)


@dataclass(frozen=True)
class ClassOutcome(PredictedOutcome):
    """Two or more classes.

    Examples
    --------
    >>> ClassOutcome().known(np.array(["b", "a", "b"])).labels
    ('a', 'b')
    """

    name: ClassVar[str] = "classes"
    scores: ClassVar[Mapping[str, Score]] = SCORES
    tune_by: ClassVar[str] = "auc"
    tie_by: ClassVar[str] = "log_loss"
    needs: ClassVar[tuple[tuple[str, str], ...]] = (("predict_proba", "probabilities"),)

    labels: tuple[Any, ...] = ()

    def known(self, y: NDArray[Any]) -> Self:
        """Take the classes."""
        return type(self)(tuple(np.unique(y).tolist()))

    def check(self, y: NDArray[Any], groups: NDArray[Any], columns: pd.DataFrame, target: str | None = None) -> None:
        """See `evaluation.classification.guards`."""
        check_target(y, groups)
        check_columns(columns, y, target)

    def strata(self, y: NDArray[Any], groups: NDArray[Any], folds: int) -> NDArray[Any]:
        """Give the classes; folds are refused where they are made."""
        return y

    def check_inner(self, y: NDArray[Any], groups: NDArray[Any], folds: Sequence[Fold], inner_folds: int) -> None:
        """See `check_inner_folds`."""
        check_inner_folds(y, groups, folds, inner_folds)

    def predict(self, model: Any, rows: Any, learned: NDArray[Any], tested: NDArray[Any]) -> FloatArray:
        """Give the probability of each class."""
        return np.asarray(model.predict_proba(rows))

    @property
    def n_values(self) -> int:
        """One for each class."""
        return len(self.labels)

    def _held_out(self, y: NDArray[Any], people: IntArray, values: FloatArray, fold: IntArray) -> HeldOut:
        return HeldOut(self.labels, codes(y, self.labels), people, values, fold)


@dataclass(frozen=True)
class NumberOutcome(PredictedOutcome):
    """A number, such as an age."""

    name: ClassVar[str] = "number"
    scores: ClassVar[Mapping[str, Score]] = NUMBER_SCORES
    tune_by: ClassVar[str] = "r2"
    tie_by: ClassVar[str] = "rmse"
    needs: ClassVar[tuple[tuple[str, str], ...]] = (("predict", "numbers"),)

    def check(self, y: NDArray[Any], groups: NDArray[Any], columns: pd.DataFrame, target: str | None = None) -> None:
        """See `evaluation.classification.measured_targets`."""
        check_number(y, groups)
        check_measured_columns(columns, y, target, "the target")

    def strata(self, y: NDArray[Any], groups: NDArray[Any], folds: int) -> NDArray[Any]:
        """Give the fifth that each row falls into; fewer parts where subjects are too few for five.

        Examples
        --------
        >>> NumberOutcome().strata(np.arange(6.0), np.arange(6), 2).tolist()
        [0, 0, 1, 1, 2, 2]
        """
        people = len(np.unique(groups))
        _enough(people, folds, f"there {'is' if people == 1 else 'are'} {plural(people, 'subject')}", "folds")
        for parts in range(min(STRATA, people // folds), 1, -1):
            edges = np.quantile(y, np.arange(1, parts) / parts)
            found = np.searchsorted(edges, y, side="left")
            if min(len(np.unique(groups[found == part])) for part in range(parts)) >= folds:
                return found
        return np.zeros(len(y), dtype=np.int64)

    def check_inner(self, y: NDArray[Any], groups: NDArray[Any], folds: Sequence[Fold], inner_folds: int) -> None:
        """Ask for a subject for each inner fold."""
        least = min(len(np.unique(groups[fold.train])) for fold in folds)
        _enough(least, inner_folds, f"a fold has {plural(least, 'subject')} to learn from", "inner_folds")

    def predict(self, model: Any, rows: Any, learned: NDArray[Any], tested: NDArray[Any]) -> FloatArray:
        """Give the number, and the mean of those that the model learned from."""
        found = np.asarray(model.predict(rows), dtype=np.float64).ravel()
        return np.stack([found, np.full(len(found), np.mean(learned))], axis=1)

    @property
    def n_values(self) -> int:
        """The number and the mean."""
        return 2

    def _held_out(self, y: NDArray[Any], people: IntArray, values: FloatArray, fold: IntArray) -> HeldOutNumbers:
        return HeldOutNumbers(subjects=people, fold=fold, **number_parts(y, values))


@dataclass(frozen=True)
class SurvivalOutcome(PredictedOutcome):
    """The time to an event, which some are watched too short to have.

    Parameters
    ----------
    watched : ndarray
        Rows from which the chance to be watched is estimated, see `survival_times`.
    times : ndarray, shape (n_times,)
        At which predicted survival is scored.
    """

    name: ClassVar[str] = "survival"
    scores: ClassVar[Mapping[str, Score]] = SURVIVAL_SCORES
    tune_by: ClassVar[str] = "ibs"
    tie_by: ClassVar[str] = "ibs"
    needs: ClassVar[tuple[tuple[str, str], ...]] = (
        ("predict", "risks"),
        ("predict_cumulative_hazard_function", "hazards over time"),
    )

    watched: NDArray[Any] | None = field(default=None, compare=False)
    times: FloatArray = field(default_factory=lambda: np.zeros(0), compare=False)

    def known(self, y: NDArray[Any]) -> Self:
        """Take how long people were watched."""
        return type(self)(y, np.linspace(0.0, horizon(y), MOMENTS + 1))

    def check(self, y: NDArray[Any], groups: NDArray[Any], columns: pd.DataFrame, target: str | None = None) -> None:
        """See `evaluation.classification.measured_targets`."""
        check_events(y, groups)
        check_columns(columns, y["event"], target)
        check_measured_columns(columns, y["time"], target, "the time")

    def strata(self, y: NDArray[Any], groups: NDArray[Any], folds: int) -> NDArray[Any]:
        """Give which rows have the event; all alike where fewer subjects than folds are without it."""
        people = len(np.unique(groups[y["event"]]))
        _enough(people, folds, f"{plural(people, 'subject')} {'has' if people == 1 else 'have'} the event", "folds")
        apart = len(np.unique(groups[~y["event"]])) >= folds
        return np.where(y["event"] | (not apart), "with the event", "without the event")

    def check_inner(self, y: NDArray[Any], groups: NDArray[Any], folds: Sequence[Fold], inner_folds: int) -> None:
        """Ask for a subject with the event for each inner fold."""
        least = min(len(np.unique(groups[fold.train][y["event"][fold.train]])) for fold in folds)
        what = f"a fold has {plural(least, 'subject')} with the event to learn from"
        _enough(least, inner_folds, what, "inner_folds")

    def predict(self, model: Any, rows: Any, learned: NDArray[Any], tested: NDArray[Any]) -> FloatArray:
        """Give the risk, the cumulative hazard at the row's own time, and the share without the event over time."""
        risk = np.asarray(model.predict(rows), dtype=np.float64)
        hazards = np.asarray(model.predict_cumulative_hazard_function(rows, return_array=True), dtype=np.float64)
        steps = np.concatenate([np.zeros((len(hazards), 1)), hazards], axis=1)
        own = np.searchsorted(model.unique_times_, tested["time"], side="right")
        at = np.searchsorted(model.unique_times_, self.times, side="right")
        return np.column_stack([risk, steps[np.arange(len(own)), own], np.exp(-steps[:, at])])

    @property
    def n_values(self) -> int:
        """Risk, hazard, and the chance at each time."""
        return 2 + len(self.times)

    def _held_out(self, y: NDArray[Any], people: IntArray, values: FloatArray, fold: IntArray) -> HeldOutSurvival:
        watched = y if self.watched is None else self.watched
        time, event = watched["time"], watched["event"]
        return HeldOutSurvival(
            truth=y,
            subjects=people,
            seen=uncensored(time, event, y["time"], before=True),
            linear=values[..., 0],
            expected=values[..., 1],
            without=values[..., 2:],
            fold=fold,
            times=self.times,
            still=uncensored(time, event, self.times),
        )


OUTCOMES: Mapping[str, PredictedOutcome] = MappingProxyType(
    {one.name: one for one in (ClassOutcome(), NumberOutcome(), SurvivalOutcome())}
)
"""What can be predicted, by its name."""


def outcome_of(name: "str | PredictedOutcome") -> PredictedOutcome:
    """Give an outcome by its name.

    Raises
    ------
    ConfigurationError
        For an unknown one.

    Examples
    --------
    >>> outcome_of("number")
    NumberOutcome()
    """
    if isinstance(name, PredictedOutcome):
        return name
    refuse_unknown([name], OUTCOMES, "outcome")
    return OUTCOMES[name]


def _enough(count: int, wanted: int, found: str, setting: str) -> None:
    if count < wanted:
        more = f"set `{setting}` to {count} or fewer" if count > 1 else "more subjects are needed"
        raise ConfigurationError(f"{setting}: {found}, expected at least one for each of {wanted} folds; {more}")
