"""How far batches lie apart, before and after harmonization, and along which components."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harmonize.arrays import BoolArray, FloatArray
from harmonize.combat.mixing import share_between
from harmonize.inputs.frames import takes_frames


@takes_frames
def batch_effects(values: pd.DataFrame, batches: pd.Series, reference: str | None = None) -> pd.DataFrame:
    """Compare every batch with the reference, feature by feature.

    Parameters
    ----------
    values : DataFrame, shape (n_rows, n_features)
        Features of one group.
    batches : Series, shape (n_rows,)
        Batch of each row.
    reference : str or None
        The batch compared with; None takes the mean of all rows, and the standard deviation within batches.

    Returns
    -------
    DataFrame
        Columns batch, feature, ``location`` (difference of means over the pooled standard deviation within batches:
        Cohen's d against a reference) and ``scale`` (ratio of standard deviations); without the reference, and
        without features that do not vary in some batch or have fewer than two values there.

    References
    ----------
    Cohen J. Statistical power analysis for the behavioral sciences. 2nd ed. Erlbaum; 1988.

    Examples
    --------
    >>> values = pd.DataFrame({"f": [1.0, 2.0, 3.0, 4.0, 6.0, 8.0]})
    >>> batch_effects(values, pd.Series(list("AAABBB")), "A").round(3)
      batch feature  location  scale
    0     B       f      2.53    2.0
    """
    array = values.to_numpy(dtype=np.float64, na_value=np.nan)
    labels, usable, location, scale = effect_sizes(array, batches.to_numpy(), reference)
    names = values.columns[usable]
    return pd.DataFrame(
        {
            "batch": np.repeat(np.array(labels, dtype=object), len(names)),
            "feature": np.tile(names.to_numpy(dtype=object), len(labels)),
            "location": location.ravel(),
            "scale": scale.ravel(),
        }
    )


def effect_sizes(
    values: FloatArray, batches: "np.ndarray[Any, Any]", reference: str | None = None
) -> tuple[list[Any], BoolArray, FloatArray, FloatArray]:
    """Do so for an array; see `batch_effects`.

    Returns
    -------
    batches : list
        All but the reference, in the order of the rows.
    usable : ndarray of bool, shape (n_features,)
        Which features are compared.
    location, scale : ndarray, shape (n_batches, n_usable)
    """
    codes, labels = pd.factorize(batches)
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    chosen = [codes == code for code in range(len(labels))]
    count = np.array([there[rows].sum(axis=0) for rows in chosen], dtype=np.float64)
    mean = np.array([filled[rows].sum(axis=0) for rows in chosen]) / np.maximum(count, 1)
    deviation = np.where(there, filled - mean[codes], 0.0)
    squares = np.array([(deviation[rows] ** 2).sum(axis=0) for rows in chosen])
    usable: BoolArray = np.asarray(((count >= 2) & (squares > 0)).all(axis=0))
    count, mean, squares = count[:, usable], mean[:, usable], squares[:, usable]
    spread = np.sqrt(squares / (count - 1))
    if reference is None:
        pooled = np.sqrt(squares.sum(axis=0) / (count - 1).sum(axis=0))
        centre = filled[:, usable].sum(axis=0) / count.sum(axis=0)
        return list(labels), usable, (mean - centre) / pooled, spread / pooled
    one = list(labels).index(reference)
    others = [code for code in range(len(labels)) if code != one]
    pooled = np.sqrt((squares[others] + squares[one]) / (count[others] + count[one] - 2))
    location, scale = (mean[others] - mean[one]) / pooled, spread[others] / spread[one]
    return [labels[code] for code in others], usable, location, scale


@dataclass(frozen=True)
class Components:
    """Rows before and after harmonization on the same two axes.

    Parameters
    ----------
    before, after : ndarray of float64, shape (n_rows, 2)
        Scores.
    shares : tuple of float
        Share of the variance before harmonization along each.
    """

    before: FloatArray
    after: FloatArray
    shares: tuple[float, float]


@takes_frames
def principal_components(before: pd.DataFrame, after: pd.DataFrame) -> Components | None:
    """Project rows on the first two principal components of the features before harmonization.

    Parameters
    ----------
    before, after : DataFrame, shape (n_rows, n_features)
        Features; those with a missing value, or constant before, are left out. They are standardized by mean and
        standard deviation before harmonization, so that both pictures have one scale.

    Returns
    -------
    Components or None
        None with fewer than three rows or two features left.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> before = pd.DataFrame(rng.normal(size=(20, 3)))
    >>> components = principal_components(before, before)
    >>> components.before.shape, bool(np.allclose(components.before, components.after))
    ((20, 2), True)
    """
    x, y = before.to_numpy(dtype=np.float64), after.to_numpy(dtype=np.float64)
    used = np.isfinite(x).all(axis=0) & np.isfinite(y).all(axis=0)
    x, y = x[:, used], y[:, used]
    if len(x) < 3:
        return None
    mean, spread = x.mean(axis=0), x.std(axis=0)
    varies = spread > 0
    if varies.sum() < 2:
        return None
    x, y = ((part[:, varies] - mean[varies]) / spread[varies] for part in (x, y))
    _, singular, axes = np.linalg.svd(x, full_matrices=False)
    # The sign of an axis is arbitrary: its largest loading is made positive, so that pictures stay the same.
    signs = np.sign(axes[np.arange(2), np.abs(axes[:2]).argmax(axis=1)])
    axes = axes[:2] * signs[:, None]
    share = singular**2 / (singular**2).sum()
    return Components(x @ axes.T, y @ axes.T, (float(share[0]), float(share[1])))


@takes_frames
def design_notes(
    table: pd.DataFrame, batch: str, covariates: Sequence[str] = (), subject: str | None = "subject"
) -> tuple[str, ...]:
    """Say what of the design mixes the batch with something else.

    Parameters
    ----------
    table : DataFrame
        One row for each scan.
    batch : str
        Column that names the batch.
    covariates : sequence of str
        Columns whose effect is kept.
    subject : str or None
        Column that names the subject; None where it is not known.

    Returns
    -------
    tuple of str
        A sentence each for subjects who lack a batch (unless no subject has two, as in a table of sites), and for
        covariates that differ much between batches (more than half of their variance, or of the variation of their
        levels, lies between batches).

    Examples
    --------
    >>> table = pd.DataFrame({"subject": ["A", "A", "B"], "condition": ["REF", "ACC", "REF"]})
    >>> design_notes(table, "condition")
    ('1 of 2 subjects are not in every condition: its effect mixes with differences between subjects',)
    """
    notes = []
    seen = table.groupby(subject)[batch].nunique() if subject is not None else pd.Series(dtype=int)
    lacking = int((seen < table[batch].nunique()).sum())
    if lacking and seen.max() > 1:
        notes.append(
            f"{lacking} of {len(seen)} subjects are not in every {batch}: its effect mixes with differences between "
            "subjects"
        )
    for column in covariates:
        share = share_between(table[column], table[batch])
        if share > 0.5:
            notes.append(
                f"covariate {column} is nearly confounded with {batch}: {share:.0%} of its variation lies between "
                "batches, so that its effect is hardly told from theirs"
            )
    return tuple(notes)
