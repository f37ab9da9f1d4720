"""What harmonization gains by chance: agreement where conditions were permuted within subjects."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.batch_effects.agreement import KINDS, SHARE
from evaluation.batch_effects.draw_places import PlaceDraws, Shares
from evaluation.batch_effects.permuted import Permutations, PlaceRows, refits
from evaluation.batch_effects.values import HarmonizedValues, harmonize_values
from evaluation.reliability import Settings
from evaluation.reliability.contrasts import Group, check_reference
from evaluation.reliability.statistic import NEAR
from evaluation.reliability.statistics import STATISTICS, agreement
from evaluation.reliability.weighted import WeightedPairs
from evaluation.tables import ALL_CONDITIONS, check_feature_table
from harmonize.arrays import FloatArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.inputs.frames import takes_frames

MOST_ROWS = 1_500_000
"""Estimates that are judged at once."""

COLUMNS = ("estimate", "lower", "upper")


@takes_frames
def chance_agreement(
    table: pd.DataFrame,
    model: BatchHarmonizer,
    features: Sequence[str],
    reference: str,
    shares: Shares,
    *,
    statistics: Sequence[str] | None = None,
    by: Sequence[str] = ("sequence", "roi"),
    labels: Sequence[str] = ("condition",),
    n_permutations: int = 20,
    seed: int = 0,
    limits: bool = True,
    values: HarmonizedValues | None = None,
    done: Callable[[], None] = lambda: None,
) -> list[pd.DataFrame]:
    """Repeat harmonization where conditions do not differ: permuted within each subject and sequence.

    All ROIs of a scan keep together. What harmonization gains there comes from fitting noise.

    Parameters
    ----------
    table : DataFrame
        A feature table of one strategy, before harmonization.
    model, features, reference, by
        As for `harmonize_values` and `agreement_table`.
    shares : callable
        The rule, see `Shares`; each permutation and kind of values is a draw.
    statistics : sequence of str or None
        What is computed: all that the rule needs, and more; None takes the usual statistics of agreement.
    labels : sequence of str
        Columns that describe the condition, and so are permuted together: the condition and its factors.
    n_permutations, seed : int
        How many, and what makes them repeatable.
    limits : bool
        Whether the rule looks at confidence limits, which take most of the time.
    values : HarmonizedValues, optional
        What `harmonize_values` gave for the table as it is, where that is known.
    done : callable
        Called for each permutation.

    Returns
    -------
    list of DataFrame
        Of each permutation what `summarize_agreement` gives.
    """
    check_reference(table, reference)
    table = check_feature_table(table, features)
    statistics = agreement() if statistics is None else statistics
    if values is None:
        values = harmonize_values(table, model, features, by=by)
    permutations, rng = Permutations(table, labels), np.random.default_rng(seed)
    units = refits(permutations, model, values, features, by)
    rows = len(KINDS) * len(features) * sum(len(place.conditions) for place in permutations.places) * len(statistics)
    step = max(1, MOST_ROWS // rows)
    found: list[pd.DataFrame] = []
    while len(found) < n_permutations:
        orders = [permutations.draw(rng) for _ in range(min(step, n_permutations - len(found)))]
        judged = _Judged(features, len(orders))
        for unit in units:
            for chosen, cubes in unit(orders):
                for place, cube in zip(unit.places, cubes, strict=True):
                    judged.add(place, chosen, cube, statistics, Settings(reference), limits)
        found += judged.summaries(shares, statistics)
        for _ in orders:
            done()
    return found


class _Judged:
    """Reliability of many draws at once, all kinds of values one after the other."""

    def __init__(self, features: Sequence[str], n_draws: int) -> None:
        self._shape = (len(KINDS), n_draws, len(features))
        self._places: dict[tuple[str, str], dict[str, dict[str, dict[str, FloatArray]]]] = {}
        self._known = np.zeros(self._shape, dtype=bool)

    def add(
        self,
        place: PlaceRows,
        draws: slice,
        cube: FloatArray,
        statistics: Sequence[str],
        settings: Settings,
        limits: bool,
    ) -> None:
        """Compute the statistics of one place; values are (3, n_draws, n_subjects, n_conditions, n_features)."""
        self._known[:, draws] |= np.isfinite(cube).any(axis=(2, 3))
        found = self._places.setdefault((place.sequence, place.roi), {name: {} for name in statistics})
        of_conditions = cube.transpose(3, 2, 0, 1, 4).reshape(*cube.shape[3:1:-1], -1)
        group = Group("", place.sequence, place.roi, (), place.conditions, of_conditions.transpose(2, 1, 0))
        for (condition, statistic, column), values in _estimates(group, statistics, settings, limits).items():
            columns = found[statistic].setdefault(condition, {})
            of_all = columns.setdefault(column, np.full(self._shape, np.nan))
            of_all[:, draws] = values.reshape(len(KINDS), -1, self._shape[2])

    def summaries(self, shares: Shares, statistics: Sequence[str]) -> list[pd.DataFrame]:
        """Give the share of robust features and the medians of each draw."""
        n_features = self._shape[2]
        places = [
            PlaceDraws(
                *place,
                {
                    name: {
                        condition: {column: part.reshape(-1, n_features) for column, part in columns.items()}
                        for condition, columns in conditions.items()
                    }
                    for name, conditions in found.items()
                },
            )
            for place, found in self._places.items()
        ]
        rows = [shares(places, self._known.reshape(-1, n_features)).reshape(self._shape[:2])]
        for name in statistics:
            parts = [
                columns["estimate"] for found in self._places.values() for columns in found[name].values()
            ]  # of what a draw has not there is no estimate
            rows.append(_medians(np.concatenate(parts, axis=2)) if parts else np.full(self._shape[:2], np.nan))
        index = pd.Index([SHARE, *(f"{name}_median" for name in statistics)], name="measure")
        kinds = np.stack(rows)
        return [pd.DataFrame(kinds[:, :, draw], index=index, columns=list(KINDS)) for draw in range(self._shape[1])]


def _medians(values: FloatArray) -> FloatArray:
    """Give the median of what there is along the last axis, NaN where there is nothing."""
    ordered = np.sort(values, axis=-1)  # NaN last
    n = np.count_nonzero(~np.isnan(ordered), axis=-1)
    low, high = (np.maximum(part, 0)[..., None] for part in ((n - 1) // 2, np.minimum(n // 2, n - 1)))
    middle = (np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1))[..., 0] / 2
    return np.where(n > 0, middle, np.nan)


def _estimates(
    group: Group, statistics: Sequence[str], settings: Settings, limits: bool
) -> dict[tuple[str, str, str], FloatArray]:
    """Give by condition, statistic and column what is computed of a group, some of its features at a time."""
    found: dict[tuple[str, str, str], list[FloatArray]] = {}
    step = max(1, NEAR // max(group.values[0].size, 1))
    for start in range(0, len(group.values), step):
        part = replace(group, values=group.values[start : start + step])
        for key, values in _of_part(part, statistics, settings, limits):
            found.setdefault(key, []).append(values)
    return {key: np.concatenate(parts) for key, parts in found.items()}


def _of_part(
    group: Group, statistics: Sequence[str], settings: Settings, limits: bool
) -> Iterator[tuple[tuple[str, str, str], FloatArray]]:
    reference = settings.reference
    conditions = tuple(name for name in group.conditions if name != reference)
    found: dict[str, FloatArray] = {}
    if not limits and conditions and reference in group.conditions:
        every = WeightedPairs.of_all(group.values.transpose(2, 1, 0), group.conditions.index(reference))
        ways = {name: STATISTICS[name].of_weighted_pairs for name in statistics}
        found = {name: way(every, settings)[0] for name, way in ways.items() if way is not None}
    for name in statistics:
        of_pairs = STATISTICS[name].of_pairs(reference)
        if of_pairs and not conditions:
            continue
        if name in found:
            columns = {"estimate": found[name]}
        else:
            values = group.against(reference)[1] if of_pairs else group.over_conditions()
            result = STATISTICS[name].compute(values, settings)
            columns = {column: getattr(result, column) for column in COLUMNS}
        for column, of_features in columns.items():
            if of_pairs:
                yield from (((one, name, column), part) for one, part in zip(conditions, of_features, strict=True))
            else:
                yield (ALL_CONDITIONS, name, column), of_features


def compare_with_chance(observed: pd.DataFrame, chance: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the medians under permutation and the p of the gain beside what was observed.

    Parameters
    ----------
    observed : DataFrame
        From `summarize_agreement`.
    chance : sequence of DataFrame
        From `chance_agreement`.

    Returns
    -------
    DataFrame
        `observed` with ``null_raw``, ``null_in_sample``, ``null_held_out`` (medians over the permutations),
        ``p_in_sample``, ``p_held_out`` (one-sided: of a gain over raw at least as large where conditions do not
        differ; the data count as one more permutation), ``p_loss`` (the same of a loss of held-out values) and
        ``n_permutations``. NaN without permutations, for measures that were not permuted, and p also where nothing is
        gained: held-out values lose by chance, so that a small loss would otherwise look like a gain; ``p_loss`` where
        nothing is lost.

    References
    ----------
    Phipson B, Smyth GK. Permutation p-values should never be zero. Statistical Applications in Genetics and
    Molecular Biology 2010;9:39.
    """
    rows = []
    for measure, row in observed.iterrows():
        result: dict[str, Any] = {"measure": measure, **{_plain(kind): row[kind] for kind in KINDS}}
        null = {kind: np.array([one.loc[measure, kind] for one in chance if measure in one.index]) for kind in KINDS}
        result |= {f"null_{_plain(kind)}": np.median(null[kind]) if len(null[kind]) else np.nan for kind in KINDS}
        for kind in KINDS[1:]:
            gain, by_chance = row[kind] - row["raw"], null[kind] - null["raw"]
            result[f"p_{_plain(kind)}"] = _p_as_large(gain, by_chance)
            if kind == "held-out":
                result["p_loss"] = _p_as_large(-gain, -by_chance)
        rows.append({**result, "n_permutations": len(null["raw"])})
    return pd.DataFrame(rows)


def _p_as_large(gain: float, by_chance: FloatArray) -> float:
    """Give the p of a gain at least as large; the data count as one more permutation."""
    if not len(by_chance) or not gain > 0:
        return float("nan")
    return float((1 + np.count_nonzero(by_chance >= gain - 1e-12)) / (1 + len(by_chance)))


def _plain(kind: str) -> str:
    return kind.replace("-", "_")
