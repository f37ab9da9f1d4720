"""Conditions permuted within subjects, and a table harmonized anew for many permutations at once, on arrays."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.batch_effects.values import HarmonizedValues, harmonize_values, least_values
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.redraws import both_draws, can_redraw

KEYS = ["subject", "sequence", "condition"]
SAME = 1e-6
"""Values learned anew from the same rows must be those of the models, up to this part of their spread."""
MOST_HELD = 250_000
"""Values that are harmonized at once."""
_VARIES = 1e-9
"""Difference of two values, as a part of the largest, from which they are different beyond rounding."""


@dataclass(frozen=True)
class PlaceRows:
    """Where the rows of one sequence and ROI stand in an array of subjects and conditions."""

    sequence: str
    roi: str
    conditions: tuple[str, ...]
    rows: IntArray
    subject: IntArray
    condition: IntArray
    n_subjects: int

    def cube(self, values: FloatArray, condition: IntArray | None = None) -> FloatArray:
        """Put rows, (n_rows, n_features), where they belong: (n_subjects, n_conditions, n_features)."""
        out = np.full((self.n_subjects, len(self.conditions), values.shape[1]), np.nan)
        out[self.subject, self.condition if condition is None else condition] = values[self.rows]
        return out


class Permutations:
    """The scans of a table, whose conditions are permuted within each subject and sequence.

    Parameters
    ----------
    table : DataFrame
        A feature table of one strategy.
    labels : sequence of str
        Columns that describe the condition, and so are permuted together.
    """

    def __init__(self, table: pd.DataFrame, labels: Sequence[str]) -> None:
        self.table, self.labels = table, list(labels)
        self.scans = table[list(dict.fromkeys([*KEYS, *labels]))].drop_duplicates(KEYS)
        self._sets = list(self.scans.groupby(["subject", "sequence"], sort=False).indices.values())
        subjects = pd.Index(pd.unique(table["subject"]))
        by_sequence = table.groupby("sequence", sort=False)["condition"]
        self._conditions = {str(name): pd.Index(pd.unique(rows)) for name, rows in by_sequence}
        self._subject = subjects.get_indexer(self.scans["subject"])
        self._n_subjects = len(subjects)
        self.places = [
            PlaceRows(
                str(sequence),
                str(roi),
                tuple(map(str, self._conditions[sequence])),
                rows,
                subjects.get_indexer(table["subject"].iloc[rows]),
                self._conditions[sequence].get_indexer(table["condition"].iloc[rows]),
                len(subjects),
            )
            for (sequence, roi), rows in table.groupby(["sequence", "roi"], sort=False).indices.items()
        ]

    def draw(self, rng: np.random.Generator) -> IntArray:
        """Draw, for each scan, the scan whose labels it gets."""
        order = np.arange(len(self.scans))
        for rows in self._sets:
            order[rows] = rng.permutation(rows)
        return order

    def relabelled(self, order: IntArray) -> pd.DataFrame:
        """Give the table with the labels of one draw."""
        drawn = self.scans[self.labels].iloc[order].set_axis(pd.MultiIndex.from_frame(self.scans[KEYS]))
        new = drawn.loc[pd.MultiIndex.from_frame(self.table[KEYS])].set_axis(self.table.index)
        return self.table.assign(**{name: new[name] for name in self.labels})

    def sources(self, orders: Sequence[IntArray], sequences: Iterable[str]) -> dict[str, IntArray]:
        """Give by sequence the condition from which a value comes: (n_draws, n_subjects, n_conditions)."""
        found = {}
        for sequence in sequences:
            conditions = self._conditions[sequence]
            chosen = (self.scans["sequence"] == sequence).to_numpy(dtype=bool)
            subject, codes = self._subject[chosen], conditions.get_indexer(self.scans["condition"])
            source = np.tile(np.arange(len(conditions)), (len(orders), self._n_subjects, 1))
            for draw, order in zip(source, orders, strict=True):
                draw[subject, codes[order[chosen]]] = codes[chosen]
            found[sequence] = source
        return found


@dataclass(frozen=True)
class Refits:
    """Harmonizes the places that are fitted together for many permutations, as `harmonize_values` does.

    Parameters
    ----------
    permutations : Permutations
        Of the table.
    places : sequence of PlaceRows
        Those fitted together.
    values : ndarray, shape (n_rows, n_features)
        The features of the table.
    features : sequence of str
        Their names.
    model : BatchHarmonizer
        What is fitted.
    by : sequence of str
        What is fitted by itself.
    design : tuple or None
        Batch of each scan, those of all places one after the other, the reference among the batches, the scans that
        there are, and the features that are harmonized; None where every permutation is fitted by itself.
    """

    permutations: Permutations
    places: Sequence[PlaceRows]
    values: FloatArray
    features: Sequence[str]
    model: BatchHarmonizer
    by: Sequence[str]
    design: tuple[IntArray, int | None, BoolArray, BoolArray] | None

    def __call__(self, orders: Sequence[IntArray]) -> Iterator[tuple[slice, list[FloatArray]]]:
        """Give for some draws at a time the values of each place.

        Yields
        ------
        draws : slice
            Which.
        values : list of ndarray, shape (3, n_draws, n_subjects, n_conditions, n_features)
            By place: raw, in-sample and held-out, NaN where a value could not be harmonized.
        """
        size = sum(len(place.conditions) for place in self.places) * self.places[0].n_subjects * len(self.features)
        step = max(1, MOST_HELD // max(size, 1))
        cubes = [] if self.design is None else [place.cube(self.values) for place in self.places]
        for start in range(0, len(orders), step):
            chosen = slice(start, min(start + step, len(orders)))
            quick = None if self.design is None else self._at_once(orders[chosen], cubes)
            yield chosen, self._one_by_one(orders[chosen]) if quick is None else quick

    def _at_once(self, orders: Sequence[IntArray], cubes: Sequence[FloatArray]) -> list[FloatArray] | None:
        if self.design is None:
            return None
        codes, reference, scans, usable = self.design
        moved = self.permutations.sources(orders, {place.sequence for place in self.places})
        drawn = [
            cube[np.arange(len(cube))[:, None], moved[place.sequence].T]
            for place, cube in zip(self.places, cubes, strict=True)
        ]
        every = (drawn[0] if len(drawn) == 1 else np.concatenate(drawn)).transpose(2, 1, 0, 3)
        every = every if scans.all() else every[:, :, scans]
        if not _as_usable(every, codes, least_values(self.model), usable):
            return None
        if scans.all() and usable.all():
            found = both_draws(self.model, every, codes, reference)
        else:
            found = np.full((3, *every.shape[:2], len(scans), len(usable)), np.nan)
            where = np.ix_(np.flatnonzero(scans), np.flatnonzero(usable))
            for kind, part in enumerate(both_draws(self.model, every[..., usable], codes, reference)):
                found[kind][:, :, *where] = part
        ends = np.cumsum([len(place.conditions) for place in self.places])
        return np.split(found, ends[:-1], axis=3)

    def _one_by_one(self, orders: Sequence[IntArray]) -> list[FloatArray]:
        rows = np.concatenate([place.rows for place in self.places])
        shape = 3, len(orders), self.places[0].n_subjects
        found = [np.full((*shape, len(place.conditions), len(self.features)), np.nan) for place in self.places]
        every = np.full(self.values.shape, np.nan)
        for draw, order in enumerate(orders):
            permuted = self.permutations.relabelled(order)
            values = harmonize_values(permuted.iloc[rows], self.model, self.features, by=self.by)
            for kind, part in enumerate((values.raw, values.in_sample, values.held_out)):
                every[rows] = part.to_numpy()
                for place, out in zip(self.places, found, strict=True):
                    names = pd.Index(place.conditions)
                    out[kind, draw] = place.cube(every, names.get_indexer(permuted["condition"].iloc[place.rows]))
        return found


def refits(
    permutations: Permutations,
    model: BatchHarmonizer,
    values: HarmonizedValues,
    features: Sequence[str],
    by: Sequence[str],
) -> list[Refits]:
    """Prepare the refits of a table whose own rows gave these values.

    Permutations are harmonized at once where the model allows it, the batch goes with the condition, and learning
    anew from the rows as they are gives the values of the models; elsewhere one by one.
    """
    table = permutations.table
    every = table[list(features)].to_numpy(dtype=np.float64, na_value=np.nan)
    together: dict[tuple[str, ...], list[PlaceRows]] = {}
    for place in permutations.places:
        together.setdefault(tuple(getattr(place, name) for name in by), []).append(place)
    batches = _batches(table, model, permutations.labels) if can_redraw(model) else None
    fitted = {} if values.fitted is None or batches is None else values.fitted.models
    observed = [part.to_numpy() for part in (values.raw, values.in_sample, values.held_out)]
    return [
        Refits(
            permutations,
            places,
            every,
            features,
            model,
            by,
            _design(places, model, observed, batches) if batches is not None and labels in fitted else None,
        )
        for labels, places in together.items()
    ]


def _batches(table: pd.DataFrame, model: BatchHarmonizer, labels: Sequence[str]) -> dict[str, str] | None:
    """Give the batch of each condition, if the batch is permuted with it."""
    found = table.drop_duplicates(["condition", model.batch])
    if model.batch not in labels or found["condition"].duplicated().any():
        return None
    return dict(zip(map(str, found["condition"]), map(str, found[model.batch]), strict=True))


def _design(
    places: Sequence[PlaceRows], model: BatchHarmonizer, parts: Sequence[FloatArray], batches: Mapping[str, str]
) -> tuple[IntArray, int | None, BoolArray, BoolArray] | None:
    observed = [np.concatenate([place.cube(part) for place in places], axis=1) for part in parts]
    there = np.isfinite(observed[0])
    scans, usable = there.any(axis=(0, 2)), there.any(axis=(0, 1))
    names = [batches[name] for place in places for name in place.conditions]
    labels = sorted({name for name, known in zip(names, scans, strict=True) if known})
    codes = np.array([labels.index(name) for name, known in zip(names, scans, strict=True) if known], dtype=np.intp)
    reference = getattr(model, "reference", None)
    position = None if reference is None else labels.index(str(reference))
    raw, *fitted = (part[:, scans][..., usable] for part in observed)
    if _all_different(raw).sum() < 2:  # empirical Bayes needs two features in whatever draw
        return None
    again = both_draws(model, raw[None], codes, position)[1:]
    if not all(_alike(one[0], part) for one, part in zip(again, fitted, strict=True)):
        return None
    return codes, position, scans, usable


def _all_different(raw: FloatArray) -> BoolArray:
    """Tell which features have no two values that are equal up to rounding."""
    ordered = np.sort(raw.reshape(-1, raw.shape[-1]), axis=0)  # NaN last
    steps = np.diff(ordered, axis=0)
    largest = np.nanmax(np.abs(ordered), axis=0)
    return np.asarray((np.isnan(steps) | (steps > _VARIES * largest)).all(axis=0))


def _alike(found: FloatArray, expected: FloatArray) -> bool:
    """Tell whether values learned anew are those of the models."""
    known = np.isfinite(expected)
    if not np.array_equal(known, np.isfinite(found)):
        return False
    spread = np.nanstd(expected.reshape(-1, expected.shape[-1]), axis=0)
    within = SAME * spread + 1e-9 * np.abs(expected)
    return bool((np.abs(found - expected)[known] <= np.broadcast_to(within, known.shape)[known]).all())


def _as_usable(every: FloatArray, codes: IntArray, least: int, usable: BoolArray) -> bool:
    """Tell whether in each draw the very same features have values enough without any one subject."""
    known = np.isfinite(every)
    if known.all():
        return bool(usable.all())
    enough = known.any(axis=(1, 2))
    for code in range(int(codes.max()) + 1):
        of_subject = known[:, :, codes == code].sum(axis=2)
        enough &= of_subject.sum(axis=1) - of_subject.max(axis=1) >= least
    return bool((enough == usable).all())
