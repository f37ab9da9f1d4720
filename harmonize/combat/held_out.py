"""Every row harmonized by a ComBat that has not seen its group."""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from sklearn.base import clone

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.combat import ComBat
from harmonize.combat.design import SmallBatchWarning, check_batches, check_options, reference_position
from harmonize.combat.location_scale import fit_location_scale, standardization
from harmonize.combat.moments import batch_moments, without_rows
from harmonize.combat.negative import NegativeWarning
from harmonize.combat.redraws import can_redraw, draws_by_others, held_out_draws, plain
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames
from harmonize.remarks import unsaid

LEAST_GROUPS = 4
"""With fewer, the rows that are left may be too few to learn from, which is told one by one."""


@takes_frames
def leave_one_group_out(model: ComBat, X: Any, groups: Any) -> FloatArray:
    """Harmonize each group of rows by a model fitted on all others.

    Parameters
    ----------
    model : ComBat
        What to fit; it is not changed itself. Without covariates the rows of a group are taken out of the sufficient
        statistics of all rows; otherwise the model is fitted again for each group.
    X : pandas.DataFrame or array, shape (n_rows, n_columns)
        Features together with the columns named in the model.
    groups : array, shape (n_rows,)
        What must not be split, such as the subject.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_features)

    Raises
    ------
    ConfigurationError
        When the rows without some group cannot be fitted, or lack one of its batches; the message names the group.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("xyz")).assign(scan=["REF", "ACC"] * 30)
    >>> leave_one_group_out(ComBat("scan"), X, groups=np.repeat(np.arange(30), 2)).shape
    (60, 3)
    """
    if len(np.asarray(groups)) != len(X):
        raise ConfigurationError(f"groups: expected {len(X)} labels, one a row, found {len(np.asarray(groups))}")
    taken = clone(model)
    table = taken._learn_table(X)
    return hold_out(taken, table.frame[taken.role_columns], table.values, taken.features_, groups)


def hold_out(
    model: BatchHarmonizer,
    frame: pd.DataFrame,
    values: FloatArray,
    features: Sequence[Hashable],
    groups: Any,
) -> FloatArray:
    """Do so for rows that were taken apart, see `BatchHarmonizer.fit_values`.

    Parameters
    ----------
    model : BatchHarmonizer
        It is not changed.
    frame, values, features
        As for `BatchHarmonizer.fit_values`; infinite values were refused.
    groups : array, shape (n_rows,)
        What must not be split, two labels or more.
    """
    codes, unique = pd.factorize(np.asarray(groups))
    labels = unique.tolist()
    if (codes < 0).any():
        raise ConfigurationError(f"groups: missing in {(codes < 0).sum()} rows; name the group of every row")
    if len(labels) < 2:
        raise ConfigurationError("groups: one group only; nothing is left to fit on when it is held out")
    quick = _at_once(model, frame, values, codes)
    if quick is not None:
        return quick
    if model.by_moments and model.role_columns == [model.batch]:
        return _downdate(model, frame, values, features, codes, labels)
    out = np.empty_like(values)
    for group, label in enumerate(labels):
        held = codes == group
        with _without(label):
            fitted = clone(model).fit_values(frame[~held], values[~held], features)
            out[held] = fitted.adjust_values(frame[held], values[held])
    return out


class _Cube(NamedTuple):
    """Rows of groups that each have the same number of rows of each batch.

    Parameters
    ----------
    values : ndarray, shape (n_groups, n_rows_of_each, n_features)
    order : ndarray of int, shape (n_rows,)
        Which row each of them is.
    batches : ndarray of int, shape (n_rows_of_each,)
    reference : int or None
        Among the batches.
    """

    values: FloatArray
    order: IntArray
    batches: IntArray
    reference: int | None

    @classmethod
    def of(cls, model: BatchHarmonizer, frame: pd.DataFrame, values: FloatArray, groups: IntArray) -> Self | None:
        """Give nothing where one must look: anything is missing, constant, too little or too large."""
        if not can_redraw(model):
            return None
        batches, labels = pd.factorize(frame[model.batch], sort=True)
        reference = getattr(model, "reference", None)
        n_groups = int(groups.max()) + 1
        known = len(labels) > 1 and (reference is None or reference in labels)
        if not known or (batches < 0).any() or n_groups < LEAST_GROUPS or len(groups) % n_groups:
            return None
        order = np.lexsort((batches, groups))
        design = batches[order].reshape(n_groups, -1)
        whose = groups[order].reshape(n_groups, -1)
        cube = values[order].reshape(*design.shape, -1)
        if not ((design == design[0]).all() and (whose == np.arange(n_groups)[:, None]).all() and plain(cube)):
            return None
        return cls(cube, order, design[0], None if reference is None else list(labels).index(reference))


def _at_once(model: BatchHarmonizer, frame: pd.DataFrame, values: FloatArray, groups: IntArray) -> FloatArray | None:
    """Hold out all groups at once, where no message can come of it."""
    cube = _Cube.of(model, frame, values, groups)
    if cube is None:
        return None
    out = np.empty_like(values)
    out[cube.order] = held_out_draws(model, cube.values[None], cube.batches, cube.reference).reshape(values.shape)
    return out


def by_folds(
    model: BatchHarmonizer, frame: pd.DataFrame, values: FloatArray, groups: IntArray, tested: Sequence[IntArray]
) -> FloatArray | None:
    """Harmonize all rows by models fitted on the rows outside of each fold, all at once.

    Parameters
    ----------
    model, frame, values
        As for `hold_out`.
    groups : ndarray of int, shape (n_rows,)
        Group of each row, from 0.
    tested : sequence of ndarray of int
        The rows of each fold, in which no group is split.

    Returns
    -------
    ndarray, shape (n_folds, n_rows, n_features), or None
        None where the models must be fitted one by one, which tells what they cannot be learned from.
    """
    cube = _Cube.of(model, frame, values, groups)
    if cube is None:
        return None
    learned_from = np.ones((len(tested), len(cube.values)), dtype=bool)
    for fold, rows in enumerate(tested):
        learned_from[fold, groups[rows]] = False
    if learned_from.sum(axis=1).min() < LEAST_GROUPS - 1:
        return None
    every = np.broadcast_to(cube.values, (len(tested), *cube.values.shape))
    found = draws_by_others(model, every, cube.batches, cube.reference, learned_from)
    out = np.empty((len(tested), *values.shape))
    out[:, cube.order] = found.reshape(out.shape)
    return out


def _downdate(
    model: BatchHarmonizer,
    frame: pd.DataFrame,
    values: FloatArray,
    features: Sequence[Hashable],
    groups: IntArray,
    labels: Sequence[Hashable],
) -> FloatArray:
    """Take the rows of each group out of the sufficient statistics of all rows."""
    model = clone(model)
    codes = model.take(frame, features)
    options = check_options(model)
    reference = reference_position(getattr(model, "reference", None), model.batches_)
    whole = batch_moments(values, codes, len(model.batches_))
    out = np.empty_like(values)
    for group, label in enumerate(labels):
        held = groups == group
        moments = without_rows(whole, values, codes, held)
        with _without(label):
            check_batches(model, codes[~held], moments, least=1 if options.mean_only else 2)
            untouched = np.any(moments.constant, axis=0)
            effects = fit_location_scale(moments, *standardization(moments, reference), untouched, options, reference)
        out[held] = effects.apply(values[held], codes[held])
    return out


@contextmanager
def _without(label: Hashable) -> Iterator[None]:
    """Name the group that is held out, and leave unsaid for each of them what holds for all rows."""
    try:
        with unsaid(NegativeWarning), unsaid(SmallBatchWarning):
            yield
    except ConfigurationError as error:
        raise ConfigurationError(f"without group {label!r}: {error}") from error
