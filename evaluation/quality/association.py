"""Which change of image quality goes with the change of features, within subjects."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.quality.measured import OK
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.tables import SEGMENTATION, feature_class, feature_columns
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError

FEWEST = 6
"""Fewer subjects give neither limits nor a test."""
DRAWS = 1999
"""Permutations of subjects, by which p is no less than 1 / 2000."""
FOUND = 0.05
"""A measure goes with the loss of a class where q lies below this."""
ROUNDING = 1e-12
KEYS = ["subject", "sequence", "condition", "roi"]
PLACE = ["strategy", "sequence", "roi"]
COLUMNS = [*PLACE, "class", "measure", "r", "lower", "upper", "p", "q", "n", "status"]


class ChangeCorrelation(NamedTuple):
    """How changes go together.

    Parameters
    ----------
    r : ndarray
        Correlation, with `lower` and `upper` limits of 95 % and `p`; NaN where it cannot be computed.
    """

    r: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray


def change_correlation(x: FloatArray, y: FloatArray, seed: int = 0) -> ChangeCorrelation:
    """Correlate changes from the reference, means of the conditions taken off: what all subjects share counts not.

    Limits are those of a jackknife over subjects of Fisher's z; p of permutations of subjects with all their changes,
    which hold whatever the distributions and however the changes of a subject go together.

    Parameters
    ----------
    x : ndarray, shape (n_subjects, n_conditions)
        Changes of one quantity, without NaN.
    y : ndarray, shape (n_others, n_subjects, n_conditions)
        Those of the others.
    seed : int
        Of the permutations.

    References
    ----------
    Bland JM, Altman DG. Calculating correlation coefficients with repeated observations: part 1, correlation within
    subjects. BMJ 1995;310:446. Bakdash JZ, Marusich LR. Repeated measures correlation. Front Psychol 2017;8:456.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(9, 3))
    >>> change_correlation(x, np.stack([x + 5, -x])).r.round(6)
    array([ 1., -1.])
    """
    n = len(x)
    r = _r(x, y)
    if n < FEWEST:
        none = np.full(r.shape, np.nan)
        return ChangeCorrelation(none, none, none, none)
    a, b = _centred(x), _centred(y)
    left = _left_out(a, b, x, y)
    limit = 1.0 - ROUNDING
    found = jackknife(np.arctanh(np.clip(r, -limit, limit)), np.arctanh(np.clip(left, -limit, limit)))
    orders = _orders(n, seed)
    products = np.einsum("ic,ojc->oij", a, b)  # of each subject's changes with each other's
    drawn = products[:, orders, np.arange(n)].sum(axis=-1)
    seen = np.abs(np.einsum("oii->o", products))[:, None]
    p = (1 + (np.abs(drawn) >= seen * (1 - ROUNDING)).sum(axis=-1)) / (DRAWS + 1)
    return ChangeCorrelation(r, np.tanh(found.lower), np.tanh(found.upper), np.where(np.isnan(r), np.nan, p))


def quality_association(quality: pd.DataFrame, features: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Say which change of quality explains the loss of each class of features.

    The loss of a class in a scan is the median over its features of ∣value - that of the reference∣ / SD of the
    reference over subjects. The change of a measure is the logarithm of its ratio to the reference; of two ROIs, the
    mean over all partners of an ROI. Subjects that have all conditions count.

    Parameters
    ----------
    quality : DataFrame
        As `image_quality.parquet`.
    features : DataFrame
        A feature table of the same scans.
    reference : str
        The reference condition.

    Returns
    -------
    DataFrame
        A row for each strategy, sequence, ROI, class and measure: `r` with limits, see `change_correlation`, `p`, `q`
        (Benjamini and Hochberg, over all of a strategy), `n` subjects, and `status`.

    Raises
    ------
    ConfigurationError
        For a column or the reference that is missing, and for rows of several segmentations.
    """
    _check(quality, features, reference)
    changes = _quality_changes(quality, reference)
    rows: list[tuple[object, ...]] = []
    for place, here in features.groupby(PLACE, sort=False):
        losses = _losses(here, reference)
        if losses is None:
            continue
        classes = list(losses)
        table = np.stack([losses[name].to_numpy() for name in classes])
        subjects, conditions = losses[classes[0]].index, losses[classes[0]].columns
        for (sequence, roi, measure), wide in changes.items():
            if sequence != place[1] or roi not in ("", place[2]):
                continue
            x = wide.reindex(index=subjects, columns=conditions).to_numpy()
            known = np.isfinite(x).all(axis=1)
            n = int(known.sum())
            name = f"{measure} (scan)" if roi == "" else measure
            if n < FEWEST:
                status = f"{n} subjects with all conditions, expected at least {FEWEST}"
                rows += [(*place, one, name, *[np.nan] * 4, n, status) for one in classes]
                continue
            found = change_correlation(x[known], table[:, known])
            for i, one in enumerate(classes):
                fine = np.isfinite(found.r[i])
                rows.append((*place, one, name, *(part[i] for part in found), n, OK if fine else "nothing changes"))
    result = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "q"])
    q = result.groupby("strategy", sort=False)["p"].transform(lambda p: benjamini_hochberg(p.to_numpy()))
    result.insert(COLUMNS.index("q"), "q", q)
    return result


def _check(quality: pd.DataFrame, features: pd.DataFrame, reference: str) -> None:
    for name, table, needed in (
        ("quality", quality, [*KEYS, "other", "measure", "value", "status"]),
        ("features", features, ["strategy", *KEYS]),
    ):
        if missing := [column for column in needed if column not in table.columns]:
            raise ConfigurationError(f"{name}: column '{missing[0]}' is missing; give the table as a run leaves it")
        if reference not in set(table["condition"]):
            found = ", ".join(map(str, table["condition"].unique()[:12]))
            raise ConfigurationError(f"{name}: no row has the condition '{reference}'; reference is one of {found}")
        drawn = [one for one in table[SEGMENTATION].unique() if one] if SEGMENTATION in table else ()
        if len(drawn) > 1:
            raise ConfigurationError(
                f"{name}: the rows are of the segmentations {', '.join(map(str, drawn))}; give those of one"
            )


def _r(x: FloatArray, y: FloatArray) -> FloatArray:
    a, b = _centred(x), _centred(y)
    product = np.einsum("sc,osc->o", a, b)
    size = np.sqrt(np.square(a).sum() * np.square(b).sum(axis=(1, 2)))
    nothing = size <= ROUNDING * np.sqrt(np.square(x).sum() * np.square(y).sum(axis=(1, 2)))
    found: FloatArray = np.where(nothing, np.nan, product / np.where(nothing, 1.0, size))
    return found


@lru_cache(maxsize=8)
def _orders(n: int, seed: int) -> NDArray[np.int_]:
    return np.random.default_rng(seed).permuted(np.tile(np.arange(n), (DRAWS, 1)), axis=1)


def _left_out(a: FloatArray, b: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Give the correlations (subject, other) without each subject, from what is centred with it.

    Sums of squares and products about the means of the others are those of all, less n / (n - 1) times one's own.
    """
    more = len(x) / (len(x) - 1)
    product = np.einsum("sc,osc->so", a, b)
    own, other = np.square(a).sum(axis=1)[:, None], np.square(b).sum(axis=2).T
    left = [part.sum(axis=0) - more * part for part in (product, own, other)]
    size = np.sqrt(np.maximum(left[1], 0.0) * np.maximum(left[2], 0.0))
    nothing = size <= ROUNDING * np.sqrt(np.square(x).sum() * np.square(y).sum(axis=(1, 2)))
    found: FloatArray = np.where(nothing, np.nan, left[0] / np.where(nothing, 1.0, size))
    return found


def _centred(values: FloatArray) -> FloatArray:
    centred: FloatArray = values - values.mean(axis=-2, keepdims=True)
    return centred


def _quality_changes(quality: pd.DataFrame, reference: str) -> dict[tuple[str, str, str], pd.DataFrame]:
    """Give the logarithm of the ratio to the reference (subject, condition) by sequence, ROI and measure."""
    other = quality[quality["other"] != ""].assign(roi=lambda table: table["other"])
    known = pd.concat([quality, other])
    known = known[(known["status"] == OK) & (known["value"] > 0)]
    found = {}
    for key, here in known.groupby(["sequence", "roi", "measure"], sort=False):
        logs = np.log(here["value"]).groupby([here["subject"], here["condition"]]).mean().unstack("condition")
        if reference in logs:
            found[key] = logs.drop(columns=reference).sub(logs[reference], axis=0)
    return found


def _losses(features: pd.DataFrame, reference: str) -> dict[str, pd.DataFrame] | None:
    """Give the loss (subject, condition) of each class in one ROI, of subjects that have all conditions."""
    names = feature_columns(features)
    wide = features.set_index(["subject", "condition"])[names].unstack("condition")
    wide = wide.reindex(index=sorted(set(features["subject"])))
    conditions = [one for one in dict.fromkeys(features["condition"]) if one != reference]
    if not conditions or reference not in set(features["condition"]):
        return None
    values = np.stack([wide.xs(one, axis=1, level="condition")[names].to_numpy() for one in [reference, *conditions]])
    whole = np.isfinite(values).any(axis=2).all(axis=0)
    values = values[:, whole]
    if values.shape[1] < 2:
        return None
    spread = values[0].std(axis=0, ddof=1)
    used = np.isfinite(values).all(axis=(0, 1)) & (spread > 0.0)
    found = {}
    for one in dict.fromkeys(map(feature_class, names)):
        these = used & np.array([feature_class(name) == one for name in names])
        if these.any():
            apart = np.abs(values[1:, :, these] - values[0][:, these]) / spread[these]
            found[one] = pd.DataFrame(np.median(apart, axis=2).T, index=wide.index[whole], columns=conditions)
    return found or None
