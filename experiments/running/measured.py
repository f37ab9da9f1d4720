"""What harmonization did to one strategy, in few numbers: gains, what they are by chance, biology and batch."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from evaluation.batch_effects import (
    HarmonizedValues,
    batch_trace,
    chance_agreement,
    compare_with_chance,
    organ_silhouette,
    organ_variance_share,
    subject_order,
    summarize_agreement,
)
from evaluation.reliability.statistics import leading, with_reference
from evaluation.tables import FEATURE_KEYS
from experiments.study.harmonizer import CONDITION, Harmonizer, with_batch
from experiments.study.study import Study
from harmonize.digest import digest_of
from selection.drawn_shares import drawn_shares
from selection.thresholds import Thresholds
from selection.verdicts import verdicts


def measured_statistics(thresholds: Thresholds) -> tuple[str, ...]:
    """Name the statistics that are computed of raw, in-sample and held-out values."""
    return tuple(dict.fromkeys((*with_reference(), *thresholds.without_facets.statistics)))


def measure(
    study: Study,
    harmonizer: Harmonizer,
    strategy: str,
    table: pd.DataFrame,
    found: HarmonizedValues,
    agreement: pd.DataFrame,
    done: Callable[[], None],
) -> pd.DataFrame:
    """Summarize the agreement of one strategy, with what it is by chance, and measure what else is left.

    Parameters
    ----------
    study, harmonizer, strategy
        What was asked.
    table : DataFrame
        Its feature table, before harmonization.
    found : HarmonizedValues
        Its values.
    agreement : DataFrame
        From `agreement_table`.
    done : callable
        Called for each permutation.
    """
    names = list(found.raw.columns)
    thresholds = study.thresholds.without_facets
    rule = thresholds.resolved
    observed = summarize_agreement(agreement, partial(verdicts, rule=rule))  # first: it refuses what does not fit
    chance = chance_agreement(
        table,
        harmonizer.model(),
        names,
        study.reference,
        partial(drawn_shares, rule),
        statistics=tuple(dict.fromkeys((leading(), *thresholds.statistics))),
        by=harmonizer.by,
        labels=(CONDITION, *study.factors),
        n_permutations=harmonizer.permutations,
        seed=int(digest_of(strategy)[:8], 16),
        limits=any(one.column != "estimate" for one in rule.criteria),
        values=found,
        done=done,
    )
    gains = compare_with_chance(observed, chance)
    signal = pd.DataFrame(_signal(table, names, harmonizer, found))
    return pd.concat([gains, signal], ignore_index=True)


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
    keys = [key for key in FEATURE_KEYS if key not in ("strategy", "subject")]
    cells = table.groupby(keys, sort=False).ngroup()
    rows.append({"measure": "subject_order", **{k: subject_order(found.raw, p, cells) for k, p in parts.items()}})
    options: dict[str, Any] = {"by": harmonizer.by}
    usable = with_batch(pd.concat([table.drop(columns=list(names)), found.raw], axis=1), harmonizer.batch)
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
