"""Predictions for rows that the model did not learn from: the one form from which every score is computed."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.classification.predictions import Predictions
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames

PROBABILITY = "probability_"
"""Before the name of a class: its column in the table of predictions."""

KEYS = ("row", "subject", "repeat", "fold", "truth")


@dataclass(frozen=True)
class HeldOut(Predictions):
    """Held-out predictions of every row, once a repeat.

    Parameters
    ----------
    classes : tuple
        Labels of the classes, sorted; of two, the second is the one that is looked for.
    truth : ndarray of int, shape (n_rows,)
        Position of each row's class in `classes`.
    subjects : ndarray of int, shape (n_rows,)
        Number of each row's subject, from 0.
    probability : ndarray, shape (n_repeats, n_rows, n_classes)
    fold : ndarray of int, shape (n_repeats, n_rows)
        Which model of the repeat predicted the row.

    Examples
    --------
    >>> held_out = HeldOut.of([0, 1, 1], [0.2, 0.7, 0.4])
    >>> held_out.probability.shape, held_out.n_subjects
    ((1, 3, 2), 3)
    """

    by_row: ClassVar[tuple[str, ...]] = ("truth", "subjects")
    by_repeat: ClassVar[tuple[str, ...]] = ("probability", "fold")

    classes: tuple[Any, ...]
    truth: IntArray
    subjects: IntArray
    probability: FloatArray
    fold: IntArray

    @classmethod
    def of(
        cls,
        truth: ArrayLike,
        probability: ArrayLike,
        subjects: ArrayLike | None = None,
        classes: tuple[Any, ...] | None = None,
    ) -> Self:
        """Take the predictions of one model for one set of rows, such as another cohort.

        Parameters
        ----------
        truth : array_like, shape (n_rows,)
            Classes.
        probability : array_like, shape (n_rows, n_classes) or, for two classes, (n_rows,)
            Columns in the order of `classes`; or the probability of the second class.
        subjects : array_like, shape (n_rows,), optional
            Each row is a subject of its own without them.
        classes : tuple, optional
            All classes, sorted; those of `truth` by default.

        Raises
        ------
        ConfigurationError
            For shapes that do not fit, an unknown class, or probabilities that are missing, outside 0 to 1 or do not
            add up to 1.
        """
        labels, values = np.asarray(truth), np.asarray(probability, dtype=np.float64)
        known = tuple(np.unique(labels).tolist()) if classes is None else tuple(classes)
        if values.ndim == 1:
            values = np.stack([1 - values, values], axis=1)
        people = np.arange(len(labels)) if subjects is None else np.unique(np.asarray(subjects), return_inverse=True)[1]
        if values.shape != (len(labels), len(known)) or len(people) != len(labels):
            raise ConfigurationError(
                f"probability: expected {len(labels)} rows x {len(known)} classes, found {values.shape}; name all "
                "classes with `classes` if the rows lack one"
            )
        return cls(
            known,
            codes(labels, known),
            people.astype(np.int64),
            check_probability(values)[None],
            np.zeros((1, len(labels)), dtype=np.int64),
        )

    @classmethod
    @takes_frames
    def from_frame(cls, predictions: pd.DataFrame) -> Self:
        """Read the table that `to_frame` writes.

        Raises
        ------
        ConfigurationError
            For a missing column, or a row that is not predicted exactly once in every repeat.
        """
        columns = [name for name in map(str, predictions.columns) if name.startswith(PROBABILITY)]
        absent = [name for name in KEYS if name not in predictions.columns]
        if absent or len(columns) < 2:
            raise ConfigurationError(f"predictions: column '{absent[0] if absent else PROBABILITY + '...'}' is missing")
        ordered = predictions.sort_values(["repeat", "row"], kind="stable")
        n_repeats, n_rows = ordered["repeat"].nunique(), ordered["row"].nunique()
        if len(ordered) != n_repeats * n_rows or ordered.duplicated(["repeat", "row"]).any():
            raise ConfigurationError(
                f"predictions: expected every one of {n_rows} rows once in each of {n_repeats} repeats, found "
                f"{len(ordered)} predictions"
            )
        first = ordered.iloc[:n_rows]
        names = tuple(name.removeprefix(PROBABILITY) for name in columns)
        labels = np.array(names, dtype=object)
        by_text = {str(label): label for label in first["truth"].unique()}
        known = tuple(by_text.get(str(label), label) for label in labels)
        values = check_probability(ordered[columns].to_numpy(dtype=np.float64))
        return cls(
            known,
            codes(first["truth"].to_numpy(), known),
            np.unique(first["subject"].to_numpy(), return_inverse=True)[1].astype(np.int64),
            values.reshape(n_repeats, n_rows, len(known)),
            ordered["fold"].to_numpy(dtype=np.int64).reshape(n_repeats, n_rows),
        )

    def to_frame(self, subjects: ArrayLike | None = None) -> pd.DataFrame:
        """Give the table of predictions: a row for each row of the data and repeat.

        Parameters
        ----------
        subjects : array_like, shape (n_rows,), optional
            Their names; numbers by default.
        """
        frame = self.keys(subjects).assign(truth=np.tile(np.array(self.classes)[self.truth], len(self.fold)))
        for position, label in enumerate(self.classes):
            frame[f"{PROBABILITY}{label}"] = self.probability[:, :, position].ravel()
        return frame


def codes(labels: NDArray[Any], classes: tuple[Any, ...]) -> IntArray:
    """Give the position of each label among the classes.

    Raises
    ------
    ConfigurationError
        For a label that is no class.

    Examples
    --------
    >>> codes(np.array(["b", "a"]), ("a", "b")).tolist()
    [1, 0]
    """
    position = {label: index for index, label in enumerate(classes)}
    plain = labels.tolist()
    unknown = [label for label in plain if label not in position]
    if unknown:
        raise ConfigurationError(f"truth: '{unknown[0]}' is none of the classes {', '.join(map(str, classes))}")
    return np.array([position[label] for label in plain], dtype=np.int64)


def check_probability(values: FloatArray) -> FloatArray:
    """Return probabilities unchanged, or say what is wrong with them.

    Raises
    ------
    ConfigurationError
        If one is missing or outside 0 to 1, or those of a row do not add up to 1.
    """
    wrong = ~((values >= 0) & (values <= 1)).all(axis=-1) | (np.abs(values.sum(axis=-1) - 1) > 1e-6)
    if wrong.any():
        raise ConfigurationError(
            f"probability: expected numbers from 0 to 1 that add up to 1 in each row, found "
            f"{values[wrong][0].tolist()} ({int(wrong.sum())} such rows)"
        )
    return values
