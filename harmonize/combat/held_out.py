"""Every row harmonized by a ComBat that has not seen its group."""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.combat import ComBat
from harmonize.combat.design import SmallBatchWarning, check_batches, check_options, reference_position
from harmonize.combat.location_scale import fit_location_scale, standardization
from harmonize.combat.moments import batch_moments, without_rows
from harmonize.combat.negative import NegativeWarning
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames, unmasked
from harmonize.remarks import unsaid


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
    codes, unique = pd.factorize(np.asarray(groups))
    labels = unique.tolist()
    if len(codes) != len(X):
        raise ConfigurationError(f"groups: expected {len(X)} labels, one a row, found {len(codes)}")
    if (codes < 0).any():
        raise ConfigurationError(f"groups: missing in {(codes < 0).sum()} rows; name the group of every row")
    if len(labels) < 2:
        raise ConfigurationError("groups: one group only; nothing is left to fit on when it is held out")
    if type(model) is not ComBat or any(names for role, names in model._roles().items() if role != "batch"):
        return _refit(model, X, codes, labels)
    return _downdate(clone(model), X, codes, labels)


def _refit(model: ComBat, X: Any, codes: IntArray, labels: Sequence[Hashable]) -> FloatArray:
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(unmasked(X)))
    parts = []
    for group, label in enumerate(labels):
        held = codes == group
        with _without(label):
            parts.append(clone(model).set_output(transform="default").fit(frame[~held]).transform(frame[held]))
    out = np.empty((len(frame), parts[0].shape[1]))
    for group, part in enumerate(parts):
        out[codes == group] = part
    return out


def _downdate(model: ComBat, X: Any, codes: IntArray, labels: Sequence[Hashable]) -> FloatArray:
    table = model._learn_table(X)
    options = check_options(model)
    reference = reference_position(model.reference, model.batches_)
    whole = batch_moments(table.values, table.codes, len(model.batches_))
    out = np.empty_like(table.values)
    for group, label in enumerate(labels):
        held = codes == group
        moments = without_rows(whole, table.values, table.codes, held)
        with _without(label):
            check_batches(model, table.codes[~held], moments, least=1 if options.mean_only else 2)
            untouched = np.any(moments.constant, axis=0)
            effects = fit_location_scale(moments, *standardization(moments, reference), untouched, options, reference)
        out[held] = effects.apply(table.values[held], table.codes[held])
    return out


@contextmanager
def _without(label: Hashable) -> Iterator[None]:
    """Name the group that is held out, and leave unsaid for each of them what holds for all rows."""
    try:
        with unsaid(NegativeWarning), unsaid(SmallBatchWarning):
            yield
    except ConfigurationError as error:
        raise ConfigurationError(f"without group {label!r}: {error}") from error
