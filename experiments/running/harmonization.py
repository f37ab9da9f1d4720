"""Harmonized strategies in a run: features harmonized for held-out subjects, and what that did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from evaluation.batch_effects import (
    AGREEMENT,
    BatchEffects,
    HarmonizedValues,
    agreement_table,
    batch_trace,
    chance_agreement,
    compare_with_chance,
    harmonization_diagnostics,
    harmonize_values,
    organ_silhouette,
    organ_variance_share,
    subject_order,
    summarize_agreement,
)
from evaluation.comparison import Learned
from evaluation.tables import FEATURE_KEYS, feature_columns
from experiments.folder.failures import Failure
from experiments.folder.files import DIAGNOSES, FITTED, HARMONIZATION, HARMONIZATION_SUMMARY
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_whole
from experiments.study.harmonizer import CONDITION, Harmonizer
from experiments.study.study import Study
from harmonize.combat.methods import COLUMNS
from harmonize.digest import digest_of
from selection.verdicts import verdicts

STEP = "harmonization"
"""What failures.csv calls it."""

MODEL = "_harmonizer.json"
"""End of the names of files that hold fitted harmonizers, after the strategy's name."""


@dataclass(frozen=True)
class Harmonization:
    """What harmonizing the strategies of a study gave.

    Parameters
    ----------
    features : DataFrame
        The feature table; harmonized strategies hold the values of models that did not see the subject.
    failures : tuple of Failure
        What could not be harmonized; it is absent from the features.
    agreement : DataFrame
        Reliability of raw, in-sample and held-out values, see `agreement_table`; empty without a harmonizer.
    summary : DataFrame
        For each harmonized strategy the measures of agreement, with what they are by chance, and of what is left of
        biology and batch; empty without a harmonizer.
    values : dict of str to HarmonizedValues
        By strategy.
    diagnoses : dict of str to BatchEffects
        By strategy, of those where a group could be harmonized.
    learned : dict of str to Learned
        How the held-out values of each harmonized strategy were learned, for its comparison with others.
    """

    features: pd.DataFrame
    failures: tuple[Failure, ...]
    agreement: pd.DataFrame
    summary: pd.DataFrame
    values: dict[str, HarmonizedValues]
    diagnoses: dict[str, BatchEffects]
    learned: dict[str, Learned]


def harmonize_strategies(
    study: Study, features: pd.DataFrame, progress: Callable[[int, int], None] | None = None
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

    Notes
    -----
    On one thread: the matrices are small, and sums keep their order whatever the machine.
    """
    with threadpool_limits(limits=1):
        return _harmonize(study, features, progress or (lambda *_: None))


def _harmonize(study: Study, features: pd.DataFrame, progress: Callable[[int, int], None]) -> Harmonization:
    harmonized = [strategy for strategy in study.strategies if strategy.harmonizer is not None]
    parts = dict(list(features.groupby("strategy", sort=False)))
    failures: list[Failure] = []
    tables, summaries = [], []
    values: dict[str, HarmonizedValues] = {}
    diagnoses: dict[str, BatchEffects] = {}
    learned: dict[str, Learned] = {}
    tell = _Count(sum(1 + strategy.harmonizer.permutations for strategy in harmonized if strategy.harmonizer), progress)
    for strategy in harmonized:
        if strategy.name not in parts or strategy.harmonizer is None:
            continue
        table = parts[strategy.name].reset_index(drop=True)
        names = [name for name in feature_columns(table) if table[name].notna().any()]
        model = strategy.harmonizer.model()
        found = harmonize_values(table, model, names, by=strategy.harmonizer.by)
        values[strategy.name] = found
        failures += _failures(strategy.name, strategy.harmonizer, found)
        parts[strategy.name] = _held_out(table, names, found)
        learned[strategy.name] = _learned(study, table, strategy.harmonizer)
        if found.fitted is None:
            continue
        diagnosis = _diagnosis(table, found, strategy.harmonizer)
        if diagnosis is not None:
            diagnoses[strategy.name] = diagnosis
        judge = partial(verdicts, rule=study.thresholds.resolved)
        needed = study.thresholds.statistics
        agreement = agreement_table(table, found, study.reference, tuple(dict.fromkeys((*AGREEMENT, *needed))))
        tables.append(agreement)
        chance = chance_agreement(
            table,
            model,
            names,
            study.reference,
            judge,
            statistics=tuple(dict.fromkeys(("icc", *needed))),
            by=strategy.harmonizer.by,
            labels=(CONDITION, *study.factors),
            n_permutations=strategy.harmonizer.permutations,
            seed=int(digest_of(strategy.name)[:8], 16),
            limits=any(one.column != "estimate" for one in study.thresholds.resolved.criteria),
            values=found,
            done=tell.one_more,
        )
        measured = compare_with_chance(summarize_agreement(agreement, judge), chance)
        signal = pd.DataFrame(_signal(table, names, strategy.harmonizer, found))
        summary = pd.concat([measured, signal], ignore_index=True)
        summary.insert(0, "strategy", strategy.name)
        summaries.append(summary)
        tell.one_more()
    if tell.done < tell.total:  # strategies without a feature or a model have nothing to count
        progress(tell.total, tell.total)
    kept = [part for part in parts.values() if len(part)]
    return Harmonization(
        features=pd.concat(kept, ignore_index=True) if harmonized and kept else features,
        failures=tuple(failures),
        agreement=pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(),
        summary=pd.concat(summaries, ignore_index=True) if summaries else pd.DataFrame(),
        values=values,
        diagnoses=diagnoses,
        learned={name: how for name, how in learned.items() if len(parts[name])},
    )


class _Count:
    """Count what is done, and say so."""

    def __init__(self, total: int, progress: Callable[[int, int], None]) -> None:
        self.total, self.done, self._progress = total, 0, progress
        if total:
            progress(0, total)

    def one_more(self) -> None:
        """Count one."""
        self.done += 1
        self._progress(self.done, self.total)


def _held_out(table: pd.DataFrame, names: Sequence[str], found: HarmonizedValues) -> pd.DataFrame:
    """Put the held-out values in place, without the rows of groups that could not be harmonized."""
    values = found.held_out
    replaced = pd.concat([table.drop(columns=list(names)), values], axis=1)[table.columns]
    return replaced[values.notna().any(axis=1)]


def _learned(study: Study, table: pd.DataFrame, harmonizer: Harmonizer) -> Learned:
    """Say how the values were learned; only a batch that is the condition, or a factor of it, can be exchanged."""
    batches: dict[str, str] = {}
    kept: dict[str, str] = {}
    if harmonizer.batch in (CONDITION, *study.factors):
        others = [name for name in study.factors if name != harmonizer.batch]
        for row in table.drop_duplicates(CONDITION).to_dict("records"):
            name = str(row[CONDITION])
            batches[name] = str(row[harmonizer.batch])
            kept[name] = "" if harmonizer.batch == CONDITION else "+".join(str(row[other]) for other in others)
    return Learned(table, harmonizer.model(), batches, kept, harmonizer.by)


def _diagnosis(table: pd.DataFrame, found: HarmonizedValues, harmonizer: Harmonizer) -> BatchEffects | None:
    covariates = [column for role in COLUMNS for column in harmonizer.options.get(role, ())]
    reference = harmonizer.options.get("reference")
    return harmonization_diagnostics(
        table,
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


def _signal(
    table: pd.DataFrame, names: Sequence[str], harmonizer: Harmonizer, found: HarmonizedValues
) -> list[dict[str, Any]]:
    """Measure what is left of biology and of the batch; `null_raw` and `null_held_out` of the latter are guessing."""
    parts = {"raw": found.raw, "in_sample": found.in_sample, "held_out": found.held_out}
    rows: list[dict[str, Any]] = []
    for measure, compute in (("organ_silhouette", organ_silhouette), ("organ_variance_share", organ_variance_share)):
        rows.append(
            {"measure": measure, **{k: compute(part, table["roi"], table["sequence"]) for k, part in parts.items()}}
        )
    cells = table[[key for key in FEATURE_KEYS if key not in ("strategy", "subject")]].agg("\0".join, axis=1)
    rows.append({"measure": "subject_order", **{k: subject_order(found.raw, p, cells) for k, p in parts.items()}})
    options: dict[str, Any] = {"by": harmonizer.by}
    usable = pd.concat([table.drop(columns=list(names)), found.raw], axis=1)
    before = batch_trace(usable, names, harmonizer.batch, **options)
    after = batch_trace(usable, names, harmonizer.batch, model=harmonizer.model(), **options)
    rows.append(
        {
            "measure": "batch_accuracy",
            "raw": before.accuracy,
            "in_sample": np.nan,
            "held_out": after.accuracy,
            "null_raw": before.chance,
            "null_held_out": after.chance,
        }
    )
    return [{**row, "n_permutations": 0} for row in rows]


def write_harmonization(harmonization: Harmonization, run: RunFolder) -> None:
    """Write the tables and the models; what an earlier run left of a harmonizer that is gone is removed.

    The model of a strategy, fitted on all subjects, is for new ones (`radharmony harmonize --model`).
    """
    for path in (run.folder / FITTED).glob(f"*{MODEL}"):
        path.unlink()
    there = not harmonization.agreement.empty
    diagnoses = {name: found.to_mapping() for name, found in harmonization.diagnoses.items()}
    run.renew(HARMONIZATION, harmonization.agreement if there else None)
    run.renew(HARMONIZATION_SUMMARY, harmonization.summary if there else None)
    run.renew(DIAGNOSES, diagnoses if there else None)
    for strategy, values in harmonization.values.items():
        if values.fitted is not None and values.fitted.saved:
            write_whole(run.folder / FITTED / f"{strategy}{MODEL}", values.fitted.save)
