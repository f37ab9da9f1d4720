"""Whether a table is as ComBat supposes: priors that fit, no row that is a scale of its own, effects that add up."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.batch_priors import BatchPrior
from harmonize.combat.combat import ComBat
from harmonize.combat.covariates import Categorical, numbers, within_batch
from harmonize.words import plural, some

MISFIT = 0.2
"""Largest difference of two distribution functions beyond which a prior does not fit."""

FEWEST_FEATURES = 20
"""Features below which the fit of a prior is not looked at."""

STRETCHED = 9.0
"""Variance of a batch, as a multiple or part of that of all, beyond which a feature is told."""

SURE = 0.05
"""p, times features and batches (Bonferroni), below which a scale is not taken for chance."""

ONE_ROW = 0.5
"""Share of the sum of squares of a batch that a single row has, beyond which it is told."""

MANY = 0.05
"""Share of the features in which a row has that, beyond which it is told: in one of many it has by chance."""

FEWEST_ROWS = 20
"""Rows of a batch below which no row is told for its share: of ten normal ones one often has half by chance."""

INTERACTING = 0.1
"""Share of features whose covariate effect differs between batches (q < .05), beyond which it is told."""

UNEVEN = 4.0
"""Rows of the largest batch, as a multiple of those of the smallest, beyond which it is told."""


@dataclass(frozen=True)
class Assumption:
    """Something that is not as ComBat supposes.

    Parameters
    ----------
    check : str
        ``prior``, ``scale``, ``outlier``, ``interaction``, ``size`` or ``overlap``.
    value : float
        How much: the difference of distributions, the largest ratio of variances, the largest share of a row, the share
        of features, the ratio of sizes; NaN for an overlap.
    text : str
        What was found, and what to do.
    """

    check: str
    value: float
    text: str


def check_assumptions(model: ComBat, X: Any) -> tuple[Assumption, ...]:
    """Look at what ComBat takes for granted.

    Parameters
    ----------
    model : ComBat
        Fitted.
    X : pandas.DataFrame
        The rows that it was fitted on, with its columns.

    Returns
    -------
    tuple of Assumption
        Nothing where all is as supposed.

    Notes
    -----
    Priors are compared with the estimates of the features by the Kolmogorov distance, as a size: features depend on
    one another, so that it has no p. Whether the effect of a covariate differs between batches is an F test of slopes
    of each batch against common ones, feature by feature, with the false discovery rate over features (Benjamini &
    Hochberg 1995). Scales are told where they differ from those of the other batches by more than chance as well
    (Brown & Forsythe 1974, which holds for skewed features, too; Bonferroni over features and batches).

    References
    ----------
    Johnson, Li & Rabinovic 2007, Biostatistics 8(1), 118-127, doi:10.1093/biostatistics/kxj037 (fit of the priors).
    Benjamini & Hochberg 1995, Journal of the Royal Statistical Society B 57(1), 289-300,
    doi:10.1111/j.2517-6161.1995.tb02031.x. Brown & Forsythe 1974, Journal of the American Statistical Association
    69(346), 364-367, doi:10.1080/01621459.1974.10482955.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(60, 4)), columns=list("wxyz")).assign(site=["A"] * 30 + ["B"] * 30)
    >>> X.loc[3, "w"], X.loc[X["site"] == "B", "x"] = 99.0, 9.0 * X["x"]
    >>> [finding.check for finding in check_assumptions(ComBat("site").fit(X), X)]
    ['scale', 'outlier']
    """
    table = model._read_table(X)
    coded = model.covariates_.code(table.frame)
    rest = table.values - coded @ model.coefficients_
    return (
        *(finding for prior in model.priors() for finding in _prior(prior)),
        *_scale(model, rest, table.codes),
        *_outliers(model, rest, table.codes, table.frame.index),
        *_interactions(model, table.values, coded, table.codes),
        *_sizes(model, table.codes),
        *_overlaps(model, table.frame, table.codes),
    )


def _prior(prior: BatchPrior) -> Iterator[Assumption]:
    from scipy.stats import invgamma, norm  # only here: loading it takes long

    if not prior.parametric or len(prior.gamma_hat) < FEWEST_FEATURES or not np.isfinite(prior.a):
        return
    parts = {
        "location": norm.cdf(np.sort(prior.gamma_hat), prior.gamma_bar, np.sqrt(prior.tau2)),
        "scale": invgamma.cdf(np.sort(prior.delta_hat), prior.a, scale=prior.b),
    }
    for what, expected in parts.items():
        steps = np.arange(len(expected) + 1) / len(expected)
        distance = float(max(np.abs(expected - steps[1:]).max(), np.abs(expected - steps[:-1]).max()))
        if distance > MISFIT:
            yield Assumption(
                "prior",
                distance,
                f"the prior of {what} does not fit the features of batch {prior.batch} (distributions differ by up to "
                f"{distance:.2f}): take the nonparametric prior, or harmonize classes of features by themselves",
            )


def _scale(model: ComBat, rest: FloatArray, codes: IntArray) -> Iterator[Assumption]:
    ratio = np.exp(np.abs(np.log(np.maximum(model.effects_.delta_hat, np.finfo(np.float64).tiny))))
    ratio[:, model.effects_.untouched] = 1.0
    ratio[_differing_scales(rest, codes, len(model.batches_)) * ratio.size >= SURE] = 1.0
    far = np.argwhere(ratio > STRETCHED)
    if len(far):
        order = np.argsort(-ratio[far[:, 0], far[:, 1]])
        names = (f"{model.features_[feature]} (batch {model.batches_[batch]})" for batch, feature in far[order])
        yield Assumption(
            "scale",
            float(ratio.max()),
            f"the standard deviation of {some(names, 3)} is more than 3 times, or less than a third of, that of all: "
            "look at units and outlying rows, or leave scales alone (mean_only)",
        )


def _differing_scales(rest: FloatArray, codes: IntArray, n_batches: int) -> FloatArray:
    """Give for each batch and feature the p that its scale is that of the others (Brown & Forsythe 1974)."""
    from scipy.stats import f as f_distribution

    far, p = np.empty_like(rest), np.ones((n_batches, rest.shape[1]))
    for code in range(n_batches):
        far[codes == code] = np.abs(rest[codes == code] - np.nanmedian(rest[codes == code], axis=0))
    for code in range(n_batches):
        own, others = far[codes == code], far[codes != code]
        n, m = (~np.isnan(own)).sum(axis=0), (~np.isnan(others)).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            within = (np.nanvar(own, axis=0) * n + np.nanvar(others, axis=0) * m) / (n + m - 2)
            between = (np.nanmean(own, axis=0) - np.nanmean(others, axis=0)) ** 2 / (1 / n + 1 / m)
            p[code] = np.nan_to_num(f_distribution.sf(between / within, 1, n + m - 2), nan=1.0)
    return p


def _outliers(model: ComBat, rest: FloatArray, codes: IntArray, index: "pd.Index[Any]") -> Iterator[Assumption]:
    squares = within_batch(np.nan_to_num(rest - np.nanmean(rest, axis=0)), codes, len(model.batches_)) ** 2
    for code, batch in enumerate(model.batches_):
        rows = np.flatnonzero(codes == code)
        total = squares[rows].sum(axis=0)
        if len(rows) < FEWEST_ROWS or not total.any():
            continue
        share = squares[rows] / np.where(total > 0.0, total, np.inf)
        most = share.max(axis=0)
        of_row = pd.Series(share.argmax(axis=0)[most > ONE_ROW]).value_counts()
        of_row = of_row[of_row > MANY * (total > 0.0).sum()]
        if len(of_row):
            told = some(f"{index[rows[row]]} ({plural(n, 'feature')})" for row, n in of_row.items())
            yield Assumption(
                "outlier",
                float(most.max()),
                f"a single row makes up more than half of the variance of batch {batch}: row {told}: see whether the "
                "scan and its ROI are right, else harmonize ranks or logarithms, or leave the row out of the fit",
            )


def _interactions(model: ComBat, values: FloatArray, coded: FloatArray, codes: IntArray) -> Iterator[Assumption]:
    """Test slopes of each batch against common ones, term by term."""
    from scipy.stats import f as f_distribution
    from scipy.stats import false_discovery_control

    complete = ~np.isnan(values).any(axis=0) & ~model.effects_.untouched
    n_batches, start = len(model.batches_), 0
    indicators = np.asarray(codes[:, None] == np.arange(n_batches), dtype=np.float64)
    common = np.hstack([indicators, coded])
    for term in model.covariates_.terms:
        width = len(term.names())
        own = coded[:, start : start + width]
        start += width
        product = (indicators[:, 1:, None] * own[:, None, :]).reshape(len(values), -1)
        design = np.hstack([common, product])
        rank, fewer = np.linalg.matrix_rank(design), np.linalg.matrix_rank(common)
        left = len(values) - rank
        if rank == fewer or left < rank or not complete.any():
            continue
        whole, part = (_residual_squares(one, values[:, complete]) for one in (design, common))
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = (part - whole) / (rank - fewer) / (whole / left)
        p = f_distribution.sf(np.nan_to_num(statistic), rank - fewer, left)
        share = float(np.mean(false_discovery_control(p) < 0.05))
        if share > INTERACTING:
            yield Assumption(
                "interaction",
                share,
                f"the effect of {term.column} differs between batches in {share:.0%} of features (q < .05), which "
                "ComBat does not know: harmonize levels of it by themselves, or learn from rows of one level",
            )


def _residual_squares(design: FloatArray, values: FloatArray) -> FloatArray:
    left, singular, _ = np.linalg.svd(design, full_matrices=False)
    basis = left[:, singular > 1e-10 * singular[0]]
    return np.asarray(((values - basis @ (basis.T @ values)) ** 2).sum(axis=0))


def _sizes(model: ComBat, codes: IntArray) -> Iterator[Assumption]:
    rows = np.bincount(codes, minlength=len(model.batches_))
    ratio = rows.max() / max(rows.min(), 1)
    if ratio > UNEVEN and model.effects_.reference is None:
        yield Assumption(
            "size",
            float(ratio),
            f"batch {model.batches_[int(rows.argmax())]} has {ratio:.0f} times the rows of "
            f"{model.batches_[int(rows.argmin())]}: the mean that all are brought to is mostly its own; name it as the "
            "reference, which says so",
        )


def _overlaps(model: ComBat, frame: pd.DataFrame, codes: IntArray) -> Iterator[Assumption]:
    for term in model.covariates_.terms:
        if isinstance(term, Categorical):
            table = pd.crosstab(frame[term.column].to_numpy(), codes) > 0
            lonely = [str(level) for level, there in table.sum(axis=1).items() if there == 1]
            if lonely:
                yield Assumption(
                    "overlap",
                    np.nan,
                    f"{term.column} {some(lonely)} is in one batch alone, so that its effect is hardly told from that "
                    "of the batch: fit on rows of levels that all batches have",
                )
            continue
        x = numbers(frame, term.column)
        ranges = [(x[codes == code].min(), x[codes == code].max()) for code in range(len(model.batches_))]
        for (i, one), (j, other) in combinations(enumerate(ranges), 2):
            if one[1] < other[0] or other[1] < one[0]:
                yield Assumption(
                    "overlap",
                    np.nan,
                    f"{term.column} is {one[0]:g} to {one[1]:g} in batch {model.batches_[i]} and {other[0]:g} to "
                    f"{other[1]:g} in {model.batches_[j]}: what is batch and what is {term.column} rests on its effect "
                    "being the same beyond these; fit on rows of a common range",
                )
