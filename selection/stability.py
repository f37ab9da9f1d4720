"""How stable a selection of features is over resamples."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from sklearn.base import clone

from evaluation.comparison.overlap import overlap
from evaluation.parallel import in_parallel
from evaluation.reliability.sample import check_level
from evaluation.reliability.status import Status
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames, unmasked
from selection.resamples import subsamples


@dataclass(frozen=True)
class Stability:
    """Stability of several selections from the same features.

    Parameters
    ----------
    nogueira : float
        1 for equal selections, 0 expected of random ones; NaN where `status` says why.
    lower, upper : float
        Its confidence limits, not cut off at 1.
    jaccard, kuncheva : float
        Means over the pairs of selections for which they are defined, see `evaluation.comparison.overlap.overlap`; NaN
        if there is none. Kuncheva's index in its form for selections of different size.
    n_selections, n_features : int
    mean_size : float
        Features selected, on average.
    status : str
        ``ok``, or ``undefined`` where all selections are empty or all are complete.
    """

    nogueira: float
    lower: float
    upper: float
    jaccard: float
    kuncheva: float
    n_selections: int
    n_features: int
    mean_size: float
    status: str


def selection_stability(selected: ArrayLike, level: float = 0.95) -> Stability:
    """Compute Nogueira's stability of selections with its confidence interval, and mean pairwise overlaps.

    Parameters
    ----------
    selected : array_like of bool, shape (n_selections, n_features)
        Which features each selection holds.
    level : float
        Confidence level.

    Returns
    -------
    Stability

    Raises
    ------
    ConfigurationError
        For fewer than two selections, or a level that is none.

    Notes
    -----
    With M selections of d features, sizes k_i with mean k, and the frequency p_f of feature f, the stability is
    1 - mean_f(M / (M - 1) p_f (1 - p_f)) / (k/d (1 - k/d)); its variance is that of theorem 7 of the paper. The
    interval takes the selections as independent; those of overlapping subsamples of one data set are not quite, and
    their interval is about the resampling, not about other patients.

    References
    ----------
    Nogueira S, Sechidis K, Brown G. On the stability of feature selection algorithms. Journal of Machine Learning
    Research 2018;18(174):1-54. Jaccard P. The distribution of the flora in the alpine zone. New Phytologist
    1912;11:37-50. Kuncheva LI. A stability index for feature selection. Proceedings of the 25th IASTED International
    Multi-Conference: Artificial Intelligence and Applications 2007;390-395.

    Examples
    --------
    >>> result = selection_stability([[1, 1, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0]])
    >>> f"{result.nogueira:.3f} ({result.lower:.3f} to {result.upper:.3f})"
    '0.333 (-0.022 to 0.689)'
    """
    chosen = np.asarray(selected, dtype=bool)
    if chosen.ndim != 2 or len(chosen) < 2 or not chosen.shape[1]:
        raise ConfigurationError(
            f"stability: expected two or more selections (rows) of one or more features, found the shape {chosen.shape}"
        )
    estimate, variance = _nogueira(chosen.astype(np.float64))
    jaccard, kuncheva = _mean_overlap(chosen)
    margin = norm.ppf((1 + check_level(level)) / 2) * np.sqrt(variance)
    n, d = chosen.shape
    return Stability(
        nogueira=estimate,
        lower=float(estimate - margin),
        upper=float(estimate + margin),
        jaccard=jaccard,
        kuncheva=kuncheva,
        n_selections=n,
        n_features=d,
        mean_size=float(chosen.sum(axis=1).mean()),
        status=str(Status.UNDEFINED if np.isnan(estimate) else Status.OK),
    )


def _nogueira(chosen: FloatArray) -> tuple[float, float]:
    """Give the stability and its variance."""
    m, d = chosen.shape
    frequency, size = chosen.mean(axis=0), chosen.sum(axis=1)
    share = frequency.mean()
    by_chance = share * (1 - share)
    if chosen.all() or not chosen.any():
        return float("nan"), float("nan")
    estimate = 1 - m / (m - 1) * (frequency * (1 - frequency)).mean() / by_chance
    own = size / d
    influence = (chosen @ frequency / d - own * share + estimate / 2 * (2 * own * share - own - share + 1)) / by_chance
    return float(estimate), float(4 / m**2 * ((influence - influence.mean()) ** 2).sum())


def _mean_overlap(chosen: BoolArray) -> tuple[float, float]:
    """Average Jaccard's and Kuncheva's index over all pairs that have one."""
    jaccard, kuncheva = [], []
    for i in range(len(chosen) - 1):
        others = chosen[i + 1 :]
        result = overlap(np.broadcast_to(chosen[i], others.shape), others)
        jaccard.append(result.jaccard)
        kuncheva.append(result.kuncheva)
    means = []
    for values in (np.concatenate(jaccard), np.concatenate(kuncheva)):
        defined = values[~np.isnan(values)]
        means.append(float(defined.mean()) if len(defined) else float("nan"))
    return means[0], means[1]


@dataclass(frozen=True)
class Frequencies:
    """What a selector chose in each resample.

    Parameters
    ----------
    selected : ndarray of bool, shape (n_resamples, n_features)
        One row a resample.
    frequencies : Series
        By feature the share of resamples in which it was chosen, the highest first, equal ones by name.
    stability : Stability
        Of the selections.
    """

    selected: BoolArray
    frequencies: "pd.Series[float]"
    stability: Stability


@takes_frames
def selection_frequencies(
    selector: Any,
    X: pd.DataFrame | ArrayLike,
    y: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    n_resamples: int = 100,
    fraction: float = 0.5,
    level: float = 0.95,
    random_state: Any = None,
    n_jobs: int | None = None,
) -> Frequencies:
    """Fit a selector to subsamples of the subjects and count how often it chooses each feature.

    Parameters
    ----------
    selector : estimator
        With `get_feature_names_out`: a selector, or a pipeline that ends in one and only selects or keeps columns
        under their names (``set_output(transform="pandas")``). It is cloned for each subsample.
    X : DataFrame or array, shape (n_rows, n_features)
        The columns of an array are called x0, x1, ..., as scikit-learn does.
    y : array_like, shape (n_rows,)
        The class of each row.
    groups : array_like, shape (n_rows,), optional
        The subject of each row.
    n_resamples, fraction, random_state
        See `selection.resamples.subsamples`.
    level : float
        Confidence level of the stability.
    n_jobs : int, optional
        Processes side by side.

    Returns
    -------
    Frequencies

    Examples
    --------
    >>> from sklearn.feature_selection import SelectKBest
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 40)
    >>> X = pd.DataFrame(rng.normal(size=(80, 5)), columns=list("abcde")).assign(c=y + rng.normal(0, 0.5, 80))
    >>> result = selection_frequencies(SelectKBest(k=1), X, y, n_resamples=20, random_state=0)
    >>> float(result.frequencies["c"]), result.stability.nogueira
    (1.0, 1.0)
    """
    labels = np.asarray(y)
    table = X if isinstance(X, pd.DataFrame) else pd.DataFrame(unmasked(X)).add_prefix("x")
    names = [str(name) for name in table.columns]
    draws = subsamples(labels, groups, n_resamples=n_resamples, fraction=fraction, random_state=random_state)
    chosen = in_parallel(partial(_chosen, selector, table, labels), list(draws), n_jobs)
    selected = np.array([[name in own for name in names] for own in chosen], dtype=bool)
    counts = pd.Series(selected.mean(axis=0), index=names, name="frequency").sort_index()
    return Frequencies(
        selected, counts.sort_values(ascending=False, kind="stable"), selection_stability(selected, level)
    )


def _chosen(selector: Any, X: pd.DataFrame, y: NDArray[Any], rows: IntArray) -> frozenset[str]:
    return frozenset(map(str, clone(selector).fit(X.iloc[rows], y[rows]).get_feature_names_out()))
