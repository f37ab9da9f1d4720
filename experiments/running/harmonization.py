"""Harmonized strategies in a run: features harmonized for held-out subjects, and what that did."""

from collections.abc import Callable, Sequence

import pandas as pd
from threadpoolctl import threadpool_limits

from evaluation.batch_effects import (
    BatchEffects,
    HarmonizedValues,
    agreement_table,
    harmonization_diagnostics,
    harmonize_values,
)
from evaluation.comparison import Learned
from evaluation.tables import feature_columns
from experiments.folder.failures import Failure
from experiments.running.harmonized import Harmonization
from experiments.running.harmonized_strategy import HarmonizedStrategy, keep, stored, strategy_key, taken
from experiments.running.measured import measure, measured_statistics
from experiments.running.store.finished import Store
from experiments.study.harmonizer import CONDITION, Harmonizer, with_batch
from experiments.study.study import Study
from harmonize.combat import GroupedHarmonizer
from harmonize.combat.methods import COLUMNS

STEP = "harmonization"
"""What failures.csv calls it."""


def harmonize_strategies(
    study: Study,
    features: pd.DataFrame,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
) -> Harmonization:
    """Harmonize the strategies that have a harmonizer, and measure what it did.

    Parameters
    ----------
    study : Study
        Strategies, factors, reference and rule.
    features : DataFrame
        The feature table, before harmonization.
    progress : callable, optional
        Called as `progress(done, total)`, a count for each strategy and each of its permutations.
    store : Store, optional
        Where what earlier runs found for the very same values and settings is taken from, and left for later ones.

    Notes
    -----
    On one thread: the matrices are small, and sums keep their order whatever the machine.
    """
    with threadpool_limits(limits=1):
        return _harmonize(study, features, progress or (lambda *_: None), store)


def _harmonize(
    study: Study, features: pd.DataFrame, progress: Callable[[int, int], None], store: Store | None
) -> Harmonization:
    harmonized = {strategy.name: strategy.harmonizer for strategy in study.strategies if strategy.harmonizer}
    parts = _by_strategy(features)
    harmonizations: list[HarmonizedStrategy] = []
    models: dict[str, GroupedHarmonizer] = {}
    diagnoses: dict[str, BatchEffects] = {}
    learned: dict[str, Learned] = {}
    tell = _Count(sum(1 + harmonizer.permutations for harmonizer in harmonized.values()), progress)
    for strategy, harmonizer in harmonized.items():
        if strategy not in parts:
            continue
        table, before = parts[strategy].reset_index(drop=True), tell.done
        key = strategy_key(study, harmonizer, strategy, table)
        found = None if store is None else stored(store, key, len(table))
        if found is None:
            found = _one(study, harmonizer, strategy, table, tell.more)
            if store is not None:
                keep(store, key, strategy, found)
        harmonizations.append(found)
        parts[strategy] = _held_out(table, found.held_out)
        learned[strategy] = _learned(study, table, harmonizer)
        if found.model is not None:
            models[strategy] = found.model
        if found.diagnosis is not None:
            diagnoses[strategy] = found.diagnosis
        tell.more(1 + harmonizer.permutations - (tell.done - before))
    tell.more(tell.total - tell.done)  # strategies without a feature have nothing to count
    kept = [part for part in parts.values() if len(part)]
    return Harmonization(
        features=pd.concat(kept, ignore_index=True) if harmonized and kept else features,
        failures=tuple(failure for one in harmonizations for failure in one.failures),
        agreement=_below([one.agreement for one in harmonizations]),
        summary=_below([one.summary for one in harmonizations]),
        models=models,
        diagnoses=diagnoses,
        learned={name: how for name, how in learned.items() if len(parts[name])},
    )


def _one(
    study: Study, harmonizer: Harmonizer, strategy: str, table: pd.DataFrame, done: Callable[[], None]
) -> HarmonizedStrategy:
    """Harmonize one strategy, and measure what that did."""
    names = [name for name in feature_columns(table) if table[name].notna().any()]
    values = harmonize_values(table, harmonizer.model(), names, by=harmonizer.by)
    failures = tuple(_failures(strategy, harmonizer, values))
    if values.fitted is None:
        return HarmonizedStrategy(values.held_out, failures, pd.DataFrame(), pd.DataFrame(), None, None)
    agreement = agreement_table(table, values, study.reference, measured_statistics(study.thresholds))
    summary = measure(study, harmonizer, strategy, table, values, agreement, done)
    summary.insert(0, "strategy", strategy)
    diagnosis = _diagnosis(table, values, harmonizer)
    return HarmonizedStrategy(values.held_out, failures, agreement, summary, taken(values), diagnosis)


def _below(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables below one another, if there are any."""
    there = [table for table in tables if len(table)]
    return pd.concat(there, ignore_index=True) if there else pd.DataFrame()


def _by_strategy(features: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Give the rows of each strategy; where they follow one another, as in a run, none of them is copied."""
    parts = {}
    for strategy, rows in features.groupby("strategy", sort=False).indices.items():
        together = rows[-1] - rows[0] == len(rows) - 1
        parts[str(strategy)] = features.iloc[rows[0] : rows[-1] + 1] if together else features.iloc[rows]
    return parts


class _Count:
    """Count what is done, and say so."""

    def __init__(self, total: int, progress: Callable[[int, int], None]) -> None:
        self.total, self.done, self._progress = total, 0, progress
        if total:
            progress(0, total)

    def more(self, number: int = 1) -> None:
        """Count some more, if any."""
        if number:
            self.done += number
            self._progress(self.done, self.total)


def _held_out(table: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Put the held-out values in place, without the rows of groups that could not be harmonized."""
    replaced = pd.concat([table.drop(columns=list(values.columns)), values], axis=1)[table.columns]
    return replaced[values.notna().any(axis=1)]


def _learned(study: Study, table: pd.DataFrame, harmonizer: Harmonizer) -> Learned:
    """Say how the values were learned; only a batch that is the condition, or a factor of it, can be exchanged."""
    batches: dict[str, str] = {}
    kept: dict[str, str] = {}
    if harmonizer.batch in (CONDITION, *study.factors):
        others = [name for name in study.factors if name != harmonizer.batch]
        roles = table[list(dict.fromkeys([CONDITION, harmonizer.batch, *others]))]
        for row in roles.drop_duplicates(CONDITION).to_dict("records"):
            name = str(row[CONDITION])
            batches[name] = str(row[harmonizer.batch])
            kept[name] = "" if harmonizer.batch == CONDITION else "+".join(str(row[other]) for other in others)
    return Learned(table, harmonizer.model(), batches, kept, harmonizer.by)


def _diagnosis(table: pd.DataFrame, found: HarmonizedValues, harmonizer: Harmonizer) -> BatchEffects | None:
    covariates = [column for role in COLUMNS for column in harmonizer.options.get(role, ())]
    reference = harmonizer.options.get("reference")
    return harmonization_diagnostics(
        with_batch(table, harmonizer.batch),
        found,
        harmonizer.batch,
        reference=None if reference is None else str(reference),
        covariates=covariates,
        by=harmonizer.by,
    )


def _failures(strategy: str, harmonizer: Harmonizer, found: HarmonizedValues) -> list[Failure]:
    failures = []
    for problem in found.problems:
        where = dict(zip(harmonizer.by, problem.labels, strict=True))
        what, _, advice = problem.text.partition("; ")
        failures.append(
            Failure(
                strategy=strategy,
                subject="",
                sequence=where.get("sequence", ""),
                condition="",
                roi=where.get("roi", ""),
                file="",
                step=STEP,
                problem=what,
                advice=advice or "scan more subjects, or leave the harmonizer out",
            )
        )
    return failures
