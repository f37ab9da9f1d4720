"""The scorecard of harmonizers: each measured on subjects that it has not seen, ranked, and held against chance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Annotated

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from evaluation.batch_effects.counted import counted_measures
from evaluation.batch_effects.exchanged import Exchange, acquisition_columns, chance_of_gains
from evaluation.batch_effects.measures import ToCompare
from evaluation.batch_effects.scorecard_rows import NONE, scorecard_rows
from evaluation.batch_effects.scored import ScoredRows, Unseen, scored_rows, unseen
from evaluation.batch_effects.split import check_unfitted, folds_of
from evaluation.batch_effects.variance_shares import indicators
from evaluation.reliability.weighted import drawn
from harmonize.arrays import IntArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames
from harmonize.inputs.limits import Bounds, Part, check_limits
from harmonize.words import some

Method = BatchHarmonizer | str | None
"""A harmonizer, not fitted; None for doing nothing; or why there is none."""
MOST_CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """What harmonizers are judged by.

    Parameters
    ----------
    batch, subject : str
        Columns.
    by : tuple of str
        Columns whose levels are fitted by themselves.
    reference : str or None
        Batch that the others are compared with; None takes that of the most rows.
    keep : tuple of str
        Columns of what must stay in the features; numbers, or names of levels.
    target : str or None
        Column of a diagnosis, which no harmonizer may know.
    site : str or None
        Column of sites: they are then held out, too, one at a time.
    organ : str
        Column of organs, whose differences must stay if it is one of `by`.
    folds : int or None
        See `folds_of`.
    resamples, permutations : int
        Draws of subjects for limits and ranks, and exchanges of batches for p.
    level : float
        Of limits.
    reliable : float
        ICC(A,1) from which a feature counts as reliable.
    seed : int
    """

    batch: str = "condition"
    subject: str = "subject"
    by: tuple[str, ...] = ("sequence", "roi")
    reference: str | None = None
    keep: tuple[str, ...] = ()
    target: str | None = None
    site: str | None = None
    organ: str = "roi"
    folds: Annotated[int, Bounds(least=2)] | None = None
    resamples: Annotated[int, Bounds(least=0, most=10_000)] = 200
    permutations: Annotated[int, Bounds(least=0, most=10_000)] = 20
    level: Part = 0.95
    reliable: Part = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        check_limits(self, ConfigurationError)


@dataclass(frozen=True)
class Scorecard:
    """What harmonizers did to subjects that they had not seen.

    Parameters
    ----------
    table : DataFrame
        A row for each way of holding out (``subject``, ``site``), method and measure of `MEASURES`: estimate, limits,
        rank among the methods with limits (1 is the best) and how often it comes first, n (what was counted), status
        and reason. The rows of ``score`` have `gain` (over ``none``, on the features and folds that exchanges are
        computed with) and p.
    seconds : dict of str to float
        By method, to fit and apply it in all folds.
    notes : tuple of str
        What was left out.
    """

    table: pd.DataFrame
    seconds: Mapping[str, float]
    notes: tuple[str, ...]


@takes_frames
def harmonization_scorecard(
    table: pd.DataFrame,
    methods: Mapping[str, Method],
    features: Sequence[str],
    scoring: Scoring | None = None,
    done: Callable[[], None] = lambda: None,
) -> Scorecard:
    """Compare harmonizers, and doing nothing, on subjects that they have not seen.

    Parameters
    ----------
    table : DataFrame
        Features, and the columns that `scoring` and the harmonizers name.
    methods : mapping of str to BatchHarmonizer, None or str
        By name harmonizers that are not fitted; a text in place of one says why it is not there. ``none`` is added.
    features : sequence of str
        Columns.
    scoring : Scoring, optional
    done : callable
        Called for each method and each exchange of batches.

    Raises
    ------
    ConfigurationError
        For a harmonizer that is fitted already, a target that a harmonizer is told, fewer than two subjects or batches.

    Examples
    --------
    >>> from radharmony import BatchZScore, ComBat
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"subject": np.repeat(np.arange(12), 2), "condition": ["REF", "ACC"] * 12})
    >>> for name in "abcdefgh":
    ...     table[name] = rng.normal(size=12).repeat(2) + 0.3 * rng.normal(size=24) + (table["condition"] == "ACC")
    >>> asked = Scoring(by=(), reference="REF", resamples=20, permutations=0)
    >>> methods = {"combat": ComBat("condition"), "z": BatchZScore("condition")}
    >>> card = harmonization_scorecard(table, methods, list("abcdefgh"), asked)
    >>> card.table.query("measure == 'icc_a1'")[["method", "estimate", "rank"]].round(2).to_numpy().tolist()
    [['none', 0.6, 3.0], ['combat', 0.9, 2.0], ['z', 0.91, 1.0]]
    """
    with threadpool_limits(1):  # the matrices are small, and sums keep their order whatever the machine
        return _card(table, methods, features, scoring or Scoring(), done)


def _card(
    table: pd.DataFrame,
    methods: Mapping[str, Method],
    features: Sequence[str],
    scoring: Scoring,
    done: Callable[[], None],
) -> Scorecard:
    methods = {NONE: None, **methods}
    models = {name: model for name, model in methods.items() if not isinstance(model, str)}
    for name, model in models.items():
        if model is not None:
            check_unfitted(model, name)
            if scoring.target is not None and scoring.target in model.covariate_columns:
                raise ConfigurationError(
                    f"{name}: '{scoring.target}' is the target and a covariate whose effect is kept; it would be put "
                    "back into the features of test subjects: drop one of the two"
                )
    groups, notes = _groups(table, features, scoring)
    if not groups:
        raise ConfigurationError(f"nothing to compare: {'; '.join(notes)}")
    asked = _asked(table, groups, scoring)
    n_subjects = table[scoring.subject].nunique()
    draws = drawn(n_subjects, scoring.resamples, scoring.seed) if scoring.resamples else np.empty((0, n_subjects))
    absent = {name: model for name, model in methods.items() if isinstance(model, str)}
    folds = [folds_of(group.owners, group.batches, scoring.folds) for group in groups]
    values, seconds = _unseen(groups, models, folds, done)
    groups, values, lost = _fitted(groups, values)
    parts = [(groups, values, _by_chance(table, features, groups, models, values, asked, scoring, done))]
    if scoring.site is not None:
        sites = [np.asarray(pd.factorize(group.frame[scoring.site])[0], dtype=np.intp) for group in groups]
        parts.append((groups, _unseen(groups, models, sites, done)[0], {}))
    cards = []
    for held, (_, found, chance) in zip(("subject", "site"), parts, strict=False):
        reasons = {**absent, **{name: why for name, one in found.items() if (why := _why_not(groups, one))}}
        usable = {name: [one for one in of if not isinstance(one, str)] for name, of in found.items()}
        estimates = {
            name: counted_measures(groups, usable[name], usable[NONE], asked, draws)
            for name in models
            if name not in reasons
        }
        card = scorecard_rows(list(methods), estimates, reasons, chance, scoring.level)
        card.insert(0, "held", held)
        cards.append(card)
    return Scorecard(pd.concat(cards, ignore_index=True), seconds, (*notes, *lost))


def _groups(table: pd.DataFrame, features: Sequence[str], scoring: Scoring) -> tuple[list[ScoredRows], list[str]]:
    if scoring.target is not None and table[scoring.target].nunique() > MOST_CLASSES:
        raise ConfigurationError(
            f"target '{scoring.target}' has {table[scoring.target].nunique()} levels, expected 2 to {MOST_CLASSES} "
            "classes; name the column of a diagnosis"
        )
    return scored_rows(
        table,
        features,
        batch=scoring.batch,
        subject=scoring.subject,
        by=scoring.by,
        target=scoring.target,
    )


def _asked(table: pd.DataFrame, groups: Sequence[ScoredRows], scoring: Scoring) -> ToCompare:
    """Code what is to be kept."""
    known = sorted({name for group in groups for name in group.known})
    if scoring.reference is not None and scoring.reference not in known:
        raise ConfigurationError(f"reference: no row has {scoring.batch} '{scoring.reference}'; found {some(known)}")
    covariates = {}
    for name in scoring.keep:
        column = table[name]
        numbers = pd.api.types.is_numeric_dtype(column)
        coded = column.to_numpy(dtype=np.float64)[:, None] if numbers else indicators(pd.factorize(column)[0])
        covariates[name] = np.asarray((coded - coded.mean(axis=0)) / np.maximum(coded.std(axis=0), 1e-300))
    organs = np.asarray(pd.factorize(table[scoring.organ])[0]) if scoring.organ in scoring.by else None
    if organs is not None and not organs.any():
        organs = None
    blocks = [name for name in scoring.by if name != scoring.organ]
    pooled = table.groupby(blocks, sort=False).ngroup().to_numpy() if blocks else np.zeros(len(table), dtype=np.intp)
    return ToCompare(scoring.reference, covariates, organs, scoring.organ, pooled, scoring.reliable)


def _unseen(
    groups: Sequence[ScoredRows],
    models: Mapping[str, BatchHarmonizer | None],
    folds: Sequence[IntArray],
    done: Callable[[], None],
) -> tuple[dict[str, list[Unseen | str]], dict[str, float]]:
    """Give by method what each group became, or why it could not, and the seconds that it took."""
    found: dict[str, list[Unseen | str]] = {}
    seconds = {}
    for name, model in models.items():
        start = perf_counter()
        found[name] = []
        for group, fold in zip(groups, folds, strict=True):
            try:
                found[name].append(unseen(group, model, fold))
            except ConfigurationError as error:
                found[name].append(str(error))
        seconds[name] = perf_counter() - start
        done()
    return found, seconds


def _fitted(
    groups: list[ScoredRows], found: dict[str, list[Unseen | str]]
) -> tuple[list[ScoredRows], dict[str, list[Unseen | str]], list[str]]:
    """Leave out the groups that no method could be fitted on, unless that is all of them."""
    others = [of for name, of in found.items() if name != NONE]
    lost = [at for at in range(len(groups)) if others and all(isinstance(of[at], str) for of in others)]
    if len(lost) == len(groups):
        return groups, found, []
    notes = [
        f"{' / '.join(groups[at].labels)}: no harmonizer could be fitted, left out ({others[0][at]})" for at in lost
    ]
    kept = [at for at in range(len(groups)) if at not in lost]
    return [groups[at] for at in kept], {name: [of[at] for at in kept] for name, of in found.items()}, notes


def _why_not(groups: Sequence[ScoredRows], found: Sequence[Unseen | str]) -> str:
    """Say why a method was not measured: the first group that it could not be fitted on; empty where there is none."""
    for group, one in zip(groups, found, strict=True):
        if isinstance(one, str):
            return f"{' / '.join(group.labels)}: {one}" if group.labels else one
    return ""


def _by_chance(
    table: pd.DataFrame,
    features: Sequence[str],
    groups: Sequence[ScoredRows],
    models: Mapping[str, BatchHarmonizer | None],
    found: Mapping[str, Sequence[Unseen | str]],
    asked: ToCompare,
    scoring: Scoring,
    done: Callable[[], None],
) -> dict[str, tuple[float, float]]:
    usable = {name: model for name, model in models.items() if not _why_not(groups, found[name])}
    if not scoring.permutations or len(usable) < 2:
        return {}
    blocks = [name for name in scoring.by if name != scoring.organ]
    columns = acquisition_columns(usable, scoring.batch, scoring.keep)
    exchange = Exchange(table.drop(columns=list(features)), columns, scoring.subject, blocks)
    how = scoring.batch, scoring.permutations, scoring.seed
    return chance_of_gains(groups, usable, asked, exchange, *how, done)
