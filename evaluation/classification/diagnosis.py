"""What a cross-validation found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.classification.predictions import Predictions
from harmonize.arrays import BoolArray


@dataclass(frozen=True)
class DiagnosticPerformance:
    """What a cross-validation found.

    Parameters
    ----------
    held_out : HeldOut, HeldOutNumbers or HeldOutSurvival
        The held-out predictions, as `score_table` and `compare_scores` take them.
    predictions : DataFrame
        The same as a table: `row`, `subject`, `repeat`, `fold`, `truth`, ``probability_<class>``.
    parameters : DataFrame
        A row a fold: `repeat`, `fold`, `n_train`, `n_test`, `n_features`, `inner_score` and the chosen parameters.
    selected : DataFrame
        The features that the model of each fold uses: `repeat`, `fold`, `feature`.
    scores : DataFrame
        See `score_table`.
    others : mapping of str to HeldOut and the like
        The predictions for other measurements of the held-out rows.
    notes : tuple of str
        What whoever reads the scores should know.
    """

    held_out: Predictions
    predictions: pd.DataFrame
    parameters: pd.DataFrame
    selected: pd.DataFrame
    scores: pd.DataFrame
    others: Mapping[str, Predictions]
    notes: tuple[str, ...]

    def support(self, features: Sequence[str]) -> BoolArray:
        """Say for every fold which of the features its model uses.

        Returns
        -------
        ndarray of bool, shape (n_models, n_features)
            As `selection.selection_stability` takes it.
        """
        position = {name: index for index, name in enumerate(features)}
        keys = list(zip(self.parameters["repeat"], self.parameters["fold"], strict=True))
        row = {key: index for index, key in enumerate(keys)}
        mask = np.zeros((len(keys), len(features)), dtype=bool)
        for repeat, fold, name in self.selected.itertuples(index=False, name=None):
            if name in position:
                mask[row[(repeat, fold)], position[name]] = True
        return mask
