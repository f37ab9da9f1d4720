"""Two strategies side by side: each statistic of a group under both, without each subject, swapped, and by chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.comparison.draws import weighted_agreement
from evaluation.comparison.learned import Relearned
from evaluation.comparison.swaps import swapped_agreement, swapped_dispersion
from evaluation.reliability.contrasts import Group
from evaluation.reliability.sample import StatusArray, complete
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import STATISTICS, compared
from evaluation.reliability.status import Status
from evaluation.reliability.weighted import WithoutEach, weighted_dispersion
from evaluation.tables import ALL_CONDITIONS
from harmonize.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Block:
    """One statistic of one group under both strategies; rows on the last axis.

    Values are of all subjects, then without each: (1 + n_subjects, 2, n_rows).
    """

    labels: pd.DataFrame
    values: FloatArray
    used: BoolArray
    n: IntArray
    status: StatusArray
    swapped: FloatArray
    chance: FloatArray


def blocks_of(
    baseline: Group,
    strategy: Group,
    settings: Settings,
    swaps: FloatArray,
    relearned: Sequence[Relearned | None],
) -> Iterator[Block]:
    """Compute the statistics of the features that both strategies have, of the subjects that both have."""
    features = [name for name in baseline.features if name in strategy.features]
    if not features:
        return
    both = [group.only(features) for group in (baseline, strategy)]
    weights = WithoutEach(baseline.values.shape[1])
    places = [[group.features.index(name) for name in features] for group in (baseline, strategy)]

    def block(
        conditions: Sequence[str],
        statistic: str,
        result: object,
        draws: FloatArray,
        swapped: FloatArray,
        used: BoolArray,
        absent: list[bool],
    ) -> Block:
        estimates, status, n = (getattr(result, name) for name in ("estimate", "status", "n"))
        draws[0] = estimates
        chance = np.zeros((0, used[..., 0].size))
        for side, (part, chosen) in enumerate(zip(relearned, places, strict=True)):
            if part is not None:
                # Where the other strategy lacks a subject, what learning does is taken from the subjects there are.
                common = estimates[side] - part.whole[statistic][..., chosen]
                draws[1:, side] = part.left_out[statistic][..., chosen] + common
                own = part.ratio[statistic][..., chosen].reshape(len(part.ratio[statistic]), -1)
                chance = (chance if len(chance) else np.zeros_like(own)) + (own if side else -own)
        status = np.where(np.reshape(absent, (2,) + (1,) * (status.ndim - 1)), Status.NO_REFERENCE, status)
        return Block(
            labels=pd.DataFrame(
                {
                    "sequence": baseline.sequence,
                    "roi": baseline.roi,
                    "feature": features * len(conditions),
                    "condition": np.repeat(np.array(conditions, dtype=object), len(features)),
                    "statistic": statistic,
                }
            ),
            values=draws.reshape(len(weights), 2, -1),
            used=used.reshape(-1, used.shape[-1]).T,
            n=n[0].reshape(-1),
            status=status.reshape(2, -1),
            swapped=swapped.reshape(len(swaps), -1),
            chance=chance,
        )

    conditions, _ = both[0].against(settings.reference)
    if conditions:
        pairs = np.stack([group.against(settings.reference)[1] for group in both])
        absent = [not np.isfinite(part[..., 0]).any() for part in pairs]
        pairs, used = _common(pairs)
        draws = weighted_agreement(pairs, compared(), weights, settings)
        swapped = swapped_agreement(pairs, used, swaps, compared(), settings)
        for statistic in draws:
            result = STATISTICS[statistic].compute(pairs, settings._replace(limits=False))
            yield block(conditions, statistic, result, draws[statistic], swapped[statistic], used, absent)
    values, used = _common(np.stack([group.over_conditions() for group in both]))
    for statistic in compared():
        per_subject = STATISTICS[statistic].per_subject
        if per_subject is None:
            continue
        dispersion = per_subject(values, settings)
        draws_of = weighted_dispersion(dispersion, weights)
        swapped_ratios = swapped_dispersion(dispersion.per_subject, used, swaps)
        yield block((ALL_CONDITIONS,), statistic, dispersion, draws_of, swapped_ratios, used, [False, False])


def _common(values: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Keep the subjects that are complete under both strategies, which are the first axis."""
    used = np.asarray(complete(values).all(axis=0))
    return np.where(used[None, ..., None], values, np.nan), used
