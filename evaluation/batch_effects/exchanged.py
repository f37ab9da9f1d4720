"""Batches exchanged where they could have been: what harmonizers gain then is what they gain by chance."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.batch_effects.measures import ToCompare, measured, score_of
from evaluation.batch_effects.scored import ScoredRows, unseen
from evaluation.batch_effects.split import folds_of
from harmonize.arrays import IntArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.errors import ConfigurationError

FOLDS = 5
VALUES, FEWEST, MOST = 200_000, 32, 256
"""Values of all groups of which gains by chance are computed, and features of a group: at least, at most."""


class Exchange:
    """Exchanges what rows say of their batch.

    Within a subject who has several batches, all rows of one together; subjects who have one give it to one another.

    Parameters
    ----------
    frame : DataFrame
        A row for each image and ROI.
    columns : sequence of str
        What goes together: the batch, and the parameters of the acquisition.
    subject : str
    blocks : sequence of str
        Exchanged within each level of these by themselves, such as the sequence.

    Examples
    --------
    >>> frame = pd.DataFrame({"subject": list("aabbcd"), "batch": list("xyxyxy")})
    >>> drawn = Exchange(frame, ["batch"], "subject", []).draw(np.random.default_rng(0))
    >>> sorted(drawn["batch"][:2]), sorted(drawn["batch"][4:])
    (['x', 'y'], ['x', 'y'])
    """

    def __init__(self, frame: pd.DataFrame, columns: Sequence[str], subject: str, blocks: Sequence[str]) -> None:
        self._frame, self._columns = frame, list(columns)
        self._codes = frame.groupby(self._columns, sort=False).ngroup().to_numpy()
        first = np.unique(self._codes, return_index=True)[1]
        self._kinds = frame[self._columns].iloc[first].reset_index(drop=True)
        self._several: list[tuple[IntArray, IntArray, IntArray]] = []
        self._alone: list[list[IntArray]] = []
        block = frame.groupby(list(blocks), sort=False).ngroup() if blocks else np.zeros(len(frame))
        for _, rows in pd.Series(np.arange(len(frame))).groupby(np.asarray(block)):
            alone = []
            positions = rows.to_numpy()
            for _, own in rows.groupby(frame[subject].to_numpy()[positions]):
                known, at = np.unique(self._codes[own], return_inverse=True)
                if len(known) > 1:
                    self._several.append((own.to_numpy(), known, at))
                else:
                    alone.append(own.to_numpy())
            self._alone.append(alone)

    def draw(self, rng: np.random.Generator) -> pd.DataFrame:
        """Give the rows with other batches."""
        codes = self._codes.copy()
        for own, known, at in self._several:
            codes[own] = rng.permutation(known)[at]
        for alone in self._alone:
            given = rng.permutation([self._codes[own[0]] for own in alone])
            for own, code in zip(alone, given, strict=True):
                codes[own] = code
        drawn = self._kinds.iloc[codes].set_axis(self._frame.index)
        return self._frame.assign(**{name: drawn[name] for name in self._columns})


def acquisition_columns(methods: Mapping[str, BatchHarmonizer | None], batch: str, kept: Sequence[str]) -> list[str]:
    """Name the columns that harmonizers know of the acquisition: neither subjects nor covariates."""
    found = {batch: None}
    for model in methods.values():
        if model is not None:
            aside = {*model.covariate_columns, *kept, getattr(model, "subject", None)}
            found.update((str(name), None) for name in model.role_columns if name not in aside)
    return list(found)


def gains(
    groups: Sequence[ScoredRows], methods: Mapping[str, BatchHarmonizer | None], asked: ToCompare
) -> dict[str, float]:
    """Give the gain of each method over `none` in score, on few folds; NaN where it cannot be fitted."""
    weights = np.ones((1, 1 + max(int(group.owners.max()) for group in groups)))
    folds = [folds_of(group.owners, group.batches, FOLDS) for group in groups]
    scores: dict[str, float] = {}
    for name, model in methods.items():
        try:
            found = [unseen(group, model, fold) for group, fold in zip(groups, folds, strict=True)]
            scores[name] = float(score_of(measured(groups, found, asked, weights, score_only=True))[0])
        except ConfigurationError:
            scores[name] = np.nan
    return {name: score - scores["none"] for name, score in scores.items() if name != "none"}


def chance_of_gains(
    groups: Sequence[ScoredRows],
    methods: Mapping[str, BatchHarmonizer | None],
    asked: ToCompare,
    exchange: Exchange,
    batch: str,
    n: int,
    seed: int,
    done: Callable[[], None] = lambda: None,
) -> dict[str, tuple[float, float]]:
    """Tell how often so much is gained by any method where batches are exchanged.

    Parameters
    ----------
    groups, methods, asked
        With a method `none`.
    exchange : Exchange
        Of the whole table.
    batch : str
        Column.
    n, seed : int
        How many exchanges, and what makes them repeatable.
    done : callable
        Called for each.

    Returns
    -------
    dict of str to (float, float)
        By method its gain on the features that are drawn for this, and p: of a gain at least as large of whatever
        method gains most where batches are exchanged, so that p holds for the best of all methods (Westfall and Young);
        the data count as one more exchange. p is NaN where nothing is gained.

    References
    ----------
    Westfall PH, Young SS. Resampling-based multiple testing. Wiley; 1993.
    """
    n_rows = sum(len(group.rows) for group in groups)
    few = [group.few(int(np.clip(VALUES // n_rows, FEWEST, MOST))) for group in groups]
    observed = gains(few, methods, asked)
    rng, most = np.random.default_rng(seed), []
    for _ in range(n):
        frame = exchange.draw(rng)
        drawn = [group.relabelled(frame.iloc[group.rows], batch) for group in few]
        known = [one for one in gains(drawn, methods, asked).values() if np.isfinite(one)]
        most.append(max(known, default=-np.inf))
        done()
    return {
        name: (gain, (1 + np.count_nonzero(np.array(most) >= gain - 1e-12)) / (1 + n) if n and gain > 0 else np.nan)
        for name, gain in observed.items()
    }
