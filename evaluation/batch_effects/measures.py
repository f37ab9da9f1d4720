"""What of a harmonizer is measured on rows that its models have not seen, for many draws of subjects at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.batch_effects.scored import ScoredRows, Unseen
from evaluation.batch_effects.told import area_under_curve, told_beyond_chance
from evaluation.batch_effects.variance_shares import indicators, share_explained, within
from evaluation.reliability.ranks import ranks_of
from evaluation.reliability.weighted import WeightedPairs
from harmonize.arrays import FloatArray, IntArray

KEPT = "kept:"
"""Before the name of a covariate, or of the column of organs, whose effect is measured."""


@dataclass(frozen=True)
class HarmonizerMeasure:
    """One column of the scorecard: what it is called, which side is the better one, and what part of the score it is.

    Parameters
    ----------
    label, words : str
    direction : {"above", "below"}
    family : str
        ``agreement``, ``batch`` or ``biology``; empty where it is no part of the score.
    """

    label: str
    words: str
    direction: Literal["above", "below"] = "above"
    family: str = ""


MEASURES: Mapping[str, HarmonizerMeasure] = {
    "score": HarmonizerMeasure(
        "Score", "mean of agreement, batch left (1 minus it) and biology kept, each a share of 1"
    ),
    "icc_a1": HarmonizerMeasure("ICC(A,1)", "agreement with the reference batch, median", family="agreement"),
    "ccc": HarmonizerMeasure("CCC", "Lin's coefficient with the reference batch, median"),
    "icc_c1": HarmonizerMeasure("ICC(C,1)", "consistency: agreement but for a shift, median"),
    "spearman": HarmonizerMeasure("Spearman", "order of subjects between batches, median"),
    "batch_share": HarmonizerMeasure("Batch left", "share of variance between batches, median", "below", "batch"),
    "batch_told": HarmonizerMeasure("Batch told", "by a classifier, beyond guessing", "below", "batch"),
    KEPT: HarmonizerMeasure("Kept", "share of variance that goes with it, median", family="biology"),
    "auc": HarmonizerMeasure("AUC", "of the target, in held-out subjects", family="biology"),
    "subject_order": HarmonizerMeasure("Order kept", "Spearman of raw and harmonized values, median"),
    "damaged": HarmonizerMeasure("Damaged", "of the features that were reliable, those that are not any more", "below"),
    "negative": HarmonizerMeasure("Made negative", "of the features that were nowhere negative", "below"),
}
"""All of them, in the order in which they are shown; `KEPT` stands for each covariate."""


def measure_of(name: str) -> HarmonizerMeasure:
    """Give what is to be known of a measure by its name in a scorecard.

    Examples
    --------
    >>> measure_of("kept:age").label, measure_of("ccc").label
    ('Kept: age', 'CCC')
    """
    if not name.startswith(KEPT):
        return MEASURES[name]
    kept = MEASURES[KEPT]
    return HarmonizerMeasure(f"{kept.label}: {name.removeprefix(KEPT)}", kept.words, kept.direction, kept.family)


@dataclass(frozen=True)
class ToCompare:
    """What is asked of the rows.

    Parameters
    ----------
    reference : str or None
        Batch that the others are compared with; None takes that of the most rows.
    covariates : mapping of str to ndarray, shape (n_rows of the table, n_columns)
        Indicators or numbers of each.
    organs : ndarray of int, shape (n_rows of the table,), or None
        The organ of each row.
    organ : str
        What the column of organs is called.
    pooled : ndarray of int, shape (n_rows of the table,)
        Rows of one sequence, whose organs are compared.
    reliable : float
        ICC(A,1) from which a feature counts as reliable.
    """

    reference: str | None
    covariates: Mapping[str, FloatArray]
    organs: IntArray | None
    organ: str
    pooled: IntArray
    reliable: float


def agreement(group: ScoredRows, values: FloatArray, asked: ToCompare, weights: FloatArray) -> dict[str, FloatArray]:
    """Compare each batch with the reference in the subjects that have both: by statistic (n_draws, n_combinations).

    Nothing where fewer than three subjects have two batches, or one has several rows of a batch.
    """
    position = group.batches + len(group.known) * group.owners
    if len(np.unique(position)) < len(position):
        return {}
    cube = np.full((weights.shape[1], len(group.known), values.shape[1]), np.nan)
    cube[group.owners, group.batches] = values
    there = np.isfinite(cube[..., 0])
    counts = np.bincount(group.batches, minlength=len(group.known))
    wanted = group.known.index(asked.reference) if asked.reference in group.known else int(counts.argmax())
    found: dict[str, list[FloatArray]] = {name: [] for name in ("icc_a1", "ccc", "icc_c1", "spearman")}
    for other in range(len(group.known)):
        both = there[:, wanted] & there[:, other]
        if other == wanted or both.sum() < 3:
            continue
        pairs = cube[both][:, [wanted, other]].transpose(2, 0, 1)
        drawn = np.ascontiguousarray(weights[:, both])
        of_draws = WeightedPairs.of(pairs, drawn)
        found["icc_a1"].append(of_draws.icc("A,1"))
        found["icc_c1"].append(of_draws.icc("C,1"))
        found["ccc"].append(of_draws.ccc())
        ranks = ranks_of(pairs.transpose(0, 2, 1), np.zeros(1)).transpose(1, 2, 0)
        found["spearman"].append(_correlations(ranks[0], ranks[1], drawn))
    return {name: np.hstack(parts) for name, parts in found.items() if parts}


def _correlations(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Correlate columns of (n_rows, n_features) for each draw; of ranks, those in all rows are taken in every draw."""
    x, y, n = x - x.mean(axis=0), y - y.mean(axis=0), weights.sum(axis=1, keepdims=True)
    sums = [weights @ part for part in (x, y, x * x, y * y, x * y)]
    xx, yy, xy = sums[2] - sums[0] ** 2 / n, sums[3] - sums[1] ** 2 / n, sums[4] - sums[0] * sums[1] / n
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((xx > 1e-9) & (yy > 1e-9), xy / np.sqrt(xx * yy), np.nan))


def measured(
    groups: Sequence[ScoredRows],
    found: Sequence[Unseen],
    asked: ToCompare,
    weights: FloatArray,
    score_only: bool = False,
) -> dict[str, FloatArray]:
    """Give the measures that rest on draws of subjects, each of shape (n_draws,).

    Parameters
    ----------
    groups : sequence of ScoredRows
    found : sequence of Unseen
        Of each.
    asked : ToCompare
    weights : ndarray, shape (n_draws, n_subjects)
        How often a draw has each subject.
    score_only : bool
        Whether to leave out what is no part of the score.
    """
    parts: dict[str, list[FloatArray]] = {}
    means: dict[str, list[FloatArray]] = {}
    for group, one in zip(groups, found, strict=True):
        of_rows = np.ascontiguousarray(weights[:, group.owners])
        kinds = agreement(group, one.values, asked, weights)
        for name, estimates in kinds.items():
            if not score_only or MEASURES[name].family:
                parts.setdefault(name, []).append(estimates)
        parts.setdefault("batch_share", []).append(_batch_share(group, one.values, asked, of_rows, weights))
        batches, ones = indicators(group.batches), np.ones((len(group.rows), 1))
        for name, coded in asked.covariates.items():
            base = np.hstack([ones, batches])
            shares = share_explained(one.values, coded[group.rows], base, of_rows)
            parts.setdefault(f"{KEPT}{name}", []).append(shares)
        means.setdefault("batch_told", []).append(told_beyond_chance(one.told == group.batches, group.batches, of_rows))
        if one.scores is not None and group.target is not None:
            means.setdefault("auc", []).append(area_under_curve(one.scores, group.target, of_rows))
    if asked.organs is not None:
        parts[f"{KEPT}{asked.organ}"] = list(_organ_shares(groups, found, asked, weights))
    return {
        **{name: _median(np.hstack(several)) for name, several in parts.items() if several},
        **{name: np.asarray(np.mean(several, axis=0)) for name, several in means.items()},
    }


def _batch_share(
    group: ScoredRows, values: FloatArray, asked: ToCompare, of_rows: FloatArray, weights: FloatArray
) -> FloatArray:
    """Give the share that goes with the batch: within subjects, or beyond covariates."""
    batches = indicators(group.batches)
    if group.paired:
        own = np.unique(group.owners)
        centred = within(values, group.owners), within(batches, group.owners)
        return share_explained(*centred, np.empty((len(values), 0)), of_rows, weights[:, own].sum(axis=1))
    known = [coded[group.rows] for coded in asked.covariates.values()]
    return share_explained(values, batches, np.hstack([np.ones((len(values), 1)), *known]), of_rows)


def _organ_shares(
    groups: Sequence[ScoredRows], found: Sequence[Unseen], asked: ToCompare, weights: FloatArray
) -> Iterable[FloatArray]:
    """Compare the organs of each sequence by the features that all of them have."""
    assert asked.organs is not None  # noqa: S101  # for the type checker
    together: dict[int, list[int]] = {}
    for number, group in enumerate(groups):
        together.setdefault(int(asked.pooled[group.rows[0]]), []).append(number)
    for numbers in together.values():
        chosen = [groups[number] for number in numbers]
        codes = np.unique(np.concatenate([asked.organs[one.rows] for one in chosen]), return_inverse=True)[1]
        shared = set.intersection(*(set(one.names) for one in chosen))
        if codes.max() < 1 or not shared:
            continue
        columns = [[i for i, name in enumerate(one.names) if name in shared] for one in chosen]
        values = np.vstack([found[n].values[:, at] for n, at in zip(numbers, columns, strict=True)])
        of_rows = weights[:, np.concatenate([one.owners for one in chosen])]
        yield share_explained(values, indicators(codes), np.ones((len(values), 1)), of_rows)


def _median(values: FloatArray) -> FloatArray:
    """Give the median of what could be computed in each draw; NaN where nothing could."""
    known = values[:, np.isfinite(values[0])]
    if np.isfinite(known).all() and known.shape[1]:
        return np.asarray(np.median(known, axis=1))
    found, some = np.full(len(values), np.nan), np.isfinite(known).any(axis=1)
    found[some] = np.nanmedian(known[some], axis=1)
    return found


def score_of(found: Mapping[str, FloatArray]) -> FloatArray:
    """Give the score: the mean of agreement, of how little of the batch is left, and of the biology that is kept.

    Each is a share of 1, and the mean of its measures: ICC(A,1); one minus the share of variance between batches, and
    one minus what a classifier tells beyond guessing; shares of variance that go with what is to be kept, and what the
    AUC of the target is beyond guessing. Below 0 counts as 0; what could not be computed is left out for all methods.

    Examples
    --------
    >>> score_of({"icc_a1": np.array([0.8]), "batch_share": np.array([0.1]), "batch_told": np.array([-0.1])}).round(3)
    array([0.875])
    """
    families: dict[str, list[FloatArray]] = {}
    for name, values in found.items():
        one = measure_of(name)
        if one.family:
            part = np.clip(2 * values - 1 if name == "auc" else values, 0.0, 1.0)
            families.setdefault(one.family, []).append(1 - part if one.direction == "below" else part)
    return np.asarray(np.mean([np.mean(parts, axis=0) for parts in families.values()], axis=0))
