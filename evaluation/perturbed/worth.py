"""What perturbations are worth: how many unstable features they catch, and what they reject for nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pandas as pd

from evaluation.comparison.margins import MOST_GROUPS, moves
from evaluation.comparison.shares import share_limits
from evaluation.perturbed.judged import Judged, SideRule, judge_both
from evaluation.perturbed.measures import MEASURES, RANKS, Counts, rank_correlation
from evaluation.perturbed.sides import Sides, sides
from evaluation.reliability.contrasts import check_reference
from evaluation.reliability.criteria import Combine, Compared, Criterion, criteria_of
from evaluation.reliability.sample import check_level
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import REPRODUCIBLE, about
from evaluation.reliability.status import Status
from evaluation.tables import PERTURBATION, WORTH_KEYS, WORTH_NUMBERS, check_feature_table, feature_class
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames

LACKING = 0.05
"""Draws without a value, as a part of all: with more of them a measure has no limits."""


@takes_frames
def perturbation_worth(
    features: pd.DataFrame,
    reference: str | None,
    *,
    thresholds: Mapping[str, float] = REPRODUCIBLE,
    on: Compared | Mapping[str, Compared] = "estimate",
    combine: Combine = "all",
    columns: Sequence[str] | None = None,
    icc_form: str = "A,1",
    perturbed_form: str = "1",
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Tell how well perturbations find the features that real conditions show to be unstable.

    Parameters
    ----------
    features : DataFrame
        A feature table with several conditions and a column `perturbation`: ``unperturbed``, or a chain and the number
        of the draw, such as ``noise-3``. Perturbed scans of one condition are enough.
    reference : str or None
        The condition that the others are compared with; None compares all with one another.
    thresholds : mapping of str to float
        What a feature must pass to count as stable; over perturbations, which are compared with one another, a
        statistic that needs a reference is replaced by the one that needs none (CCC by the overall CCC).
    on : {"estimate", "limit"} or mapping of str to these
        What is compared with the thresholds, see `criteria_of`, for all statistics or by those that are named.
    combine : {"all", "any"}
        See `jointly`.
    columns : sequence of str or None
        The feature columns, where their names do not tell.
    icc_form, perturbed_form : str
        Forms of the ICC, over conditions and over perturbations, whose draws are exchangeable.
    level : float
        Confidence level.
    seed : int
        Of the draws for limits, and of the halves.

    Returns
    -------
    DataFrame
        A row for each strategy, chain, perturbed condition, level (overall, sequence, roi, class) and measure: those
        of `MEASURES`, and ``rank_correlation``. ``estimate``, ``lower``, ``upper``; ``n``, the features it is a share
        of, of ``features`` that both sides judge (``left_out`` they do not, and count nowhere); ``subjects``. With
        subjects in halves, ``in_halves`` is the measure of perturbations in one half for the verdicts of the other,
        and ``ceiling`` that of real conditions in one half for the verdicts of the other. ``status`` says why a number
        is missing.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, has no perturbed scans or a single condition, or a statistic has no
        counterpart without a reference.

    Notes
    -----
    What real conditions show is an estimate from few subjects, too. Not even a second study of the same kind would
    agree with it: ``ceiling`` is what half the subjects measured again are worth for the other half, to be compared
    with ``in_halves``. Limits are of the measure to be expected with as many other subjects (`share_limits`): verdicts
    of both sides are moved by the same subjects.

    References
    ----------
    Zwanenburg A, Leger S, Agolli L, et al. Assessing robustness of radiomic features by image perturbation. Scientific
    Reports 2019;9:614. Altman DG, Bland JM. Diagnostic tests 1 and 2. BMJ 1994;308:1552 and 309:102. Youden WJ. Index
    for rating diagnostic tests. Cancer 1950;3:32-35.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise, truth = np.array([0.05, 0.1, 0.9, 1.2]), rng.normal(size=(17, 4))
    >>> names = ["original_glcm_Id", "original_glcm_Idm", "original_glcm_Contrast", "original_glcm_Correlation"]
    >>> def scan(condition, perturbation):
    ...     values = pd.DataFrame(truth + noise * rng.normal(size=(17, 4)), columns=names)
    ...     return values.assign(condition=condition, perturbation=perturbation, subject=[f"S{i}" for i in range(17)])
    >>> table = pd.concat([scan("REF", "unperturbed"), scan("ACC", "unperturbed"), scan("REF", "noise-1")])
    >>> table = table.assign(strategy="none", sequence="T2", roi="liver")
    >>> found = perturbation_worth(table, "REF", thresholds={"icc": 0.9})
    >>> found.loc[found["by"] == "overall", ["chain", "measure", "estimate", "n"]].head(2)
       chain       measure  estimate  n
    0  noise   sensitivity       1.0  2
    1  noise  false_alarms       0.0  2
    """
    check_level(level)
    if PERTURBATION in features.columns:
        alone = features.assign(condition=features["condition"].astype(str) + "+" + features[PERTURBATION].astype(str))
        check_feature_table(alone, columns)
    else:
        check_feature_table(features, columns)
    if reference is not None:
        check_reference(features, reference)
    over = _criteria(thresholds, on, without_reference=True)
    against = over if reference is None else _criteria(thresholds, on)
    rules = (
        SideRule(against, Settings(reference, icc_form), combine),
        SideRule(over, Settings(None, perturbed_form), combine),
    )
    rows = [row for one in sides(features, columns) for row in _rows(one, rules, level, seed)]
    return pd.DataFrame(rows, columns=[*WORTH_KEYS, *WORTH_NUMBERS, "status"]).astype(
        dict.fromkeys(("n", "features", "left_out", "subjects"), "int64")
    )


def _criteria(
    thresholds: Mapping[str, float], on: Compared | Mapping[str, Compared], *, without_reference: bool = False
) -> list[Criterion]:
    """Give what is asked of each statistic, or of the one that needs no reference."""
    found: list[Criterion] = []
    for name, limit in thresholds.items():
        asked = over_all({name: limit}) if without_reference else {name: limit}
        found += criteria_of(asked, on if isinstance(on, str) else on.get(name, "estimate"))
    return found


def over_all(thresholds: Mapping[str, float]) -> dict[str, float]:
    """Give the same thresholds of statistics that need no reference.

    Raises
    ------
    ConfigurationError
        For a statistic without such a counterpart.

    Examples
    --------
    >>> over_all({"icc": 0.9, "ccc": 0.85, "cv": 0.1})
    {'icc': 0.9, 'overall_ccc': 0.85, 'cv': 0.1}
    """
    found = {}
    for name, limit in thresholds.items():
        other = about(name).over_all or name
        if about(other).of == "pairs":
            raise ConfigurationError(
                f"perturbations: '{name}' compares each condition with a reference, and nothing takes its place over "
                f"perturbations, which have none; expected thresholds of icc, ccc, cv and the like"
            )
        found[other] = limit
    return found


def _rows(one: Sides, rules: tuple[SideRule, SideRule], level: float, seed: int) -> Iterator[dict[str, Any]]:
    """Give the rows of a chain."""
    if not one.groups:
        return
    drawn = moves(min(one.groups[0][0].values.shape[1], MOST_GROUPS), seed)
    judged = [judge_both(*pair, rules, drawn, seed=seed) for pair in one.groups]
    keys = {"strategy": one.strategy, "chain": one.chain, "condition": one.condition}
    levels: dict[tuple[str, str], list[Judged]] = {}
    for place in judged:
        for by, name in (("overall", "all"), ("sequence", place.sequence), ("roi", place.roi)):
            levels.setdefault((by, name), []).append(place)
        for name in dict.fromkeys(map(feature_class, place.features)):
            if name:
                levels.setdefault(("class", name), []).append(place.of_class(name))
    for (by, name), members in levels.items():
        for row in measured(members, level):
            yield {**keys, "by": by, "level": name, **row}


def measured(members: Sequence[Judged], level: float) -> Iterator[dict[str, Any]]:
    """Give the measures of some places together."""
    counts = sum(
        (Counts.of(one.stable, one.kept) for one in members[1:]), Counts.of(members[0].stable, members[0].kept)
    )
    halves = [_crossed(members, side) for side in (1, 0)]
    total = int(counts.total[0])
    untold = np.concatenate([one.untold for one in members])
    told = np.array([[untold.mean() if total else 0.0], [float(total > 0)]])
    shared = {
        "features": total,
        "left_out": sum(one.left_out for one in members),
        "subjects": max(one.n_subjects for one in members),
    }
    for name, measure in MEASURES.items():
        values, of = measure.compute(counts), int(measure.of(counts)[0])
        across = [np.nan if half is None else _mean(measure.compute(half)) for half in halves]
        limits = _limits(values, measure.least, level, told)
        yield {"measure": name, **limits, "n": of, "in_halves": across[0], "ceiling": across[1], **shared}
    one, two = (np.concatenate([place.order[side] for place in members], axis=1) for side in (0, 1))
    limits = _limits(rank_correlation(one, two), -1.0, level, told)
    yield {"measure": RANKS, **limits, "n": total, "in_halves": np.nan, "ceiling": np.nan, **shared}


def _crossed(members: Sequence[Judged], side: int) -> Counts | None:
    """Count what a side says in each half of the subjects about what real conditions say in the other."""
    if not len(members[0].halves[0]):
        return None
    half = len(members[0].halves[0]) // 2
    return _added(Counts.of(one.halves[0], np.roll(one.halves[side], half, axis=0)) for one in members)


def _added(parts: Iterable[Counts]) -> Counts:
    return reduce(add, parts)


def _mean(values: FloatArray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else np.nan


def _limits(values: FloatArray, least: float, level: float, told: FloatArray) -> dict[str, Any]:
    """Give an estimate, its limits from draws, and what there is to say of both."""
    none = {"estimate": values[0], "lower": np.nan, "upper": np.nan}
    if np.isnan(values[0]):
        return {**none, "status": str(Status.NO_CASES)}
    lacking = np.isnan(values)
    if lacking.mean() > LACKING:
        return {**none, "status": str(Status.NO_INTERVAL)}
    scaled = (np.where(lacking, np.nanmean(values), values) - least) / (1 - least)
    lower, upper = (float(end[0]) * (1 - least) + least for end in share_limits(scaled[:, None], level, told))
    status = Status.NO_INTERVAL if np.isnan(lower) else Status.OK
    return {"estimate": float(values[0]), "lower": lower, "upper": upper, "status": str(status)}
