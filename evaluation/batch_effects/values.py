"""The values of a harmonized feature table: of models that saw the subject, and of models that did not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat import collect_notes, named_notes, negative_note
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.grouped import GroupedHarmonizer, Labels, split_groups
from harmonize.combat.held_out import hold_out
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames


@dataclass(frozen=True)
class Problem:
    """A group, or some features of it, that could not be harmonized.

    Parameters
    ----------
    labels : tuple of str
        The group, by the columns it was made by.
    features : tuple of str
        Those concerned; none for the whole group.
    text : str
        What is wrong and what to do.
    """

    labels: Labels
    features: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class HarmonizedValues:
    """Features before and after harmonization; the three tables have the same rows, columns and missing values.

    Parameters
    ----------
    raw : DataFrame
        As they were; NaN where they could not be harmonized, so that all three are of the same values.
    in_sample : DataFrame
        Harmonized by a model fitted on all subjects, the row's own among them. Reliability computed from them is too
        good: the model has fitted their noise as well.
    held_out : DataFrame
        Harmonized by models fitted on all other subjects.
    fitted : GroupedHarmonizer or None
        The models of all subjects, for new ones; None where no group could be fitted.
    problems : tuple of Problem
        What could not be harmonized.
    notes : tuple of str
        What the models of all subjects warn of, with the groups that it concerns; and features that were nowhere
        negative and have negative held-out values.
    """

    raw: pd.DataFrame
    in_sample: pd.DataFrame
    held_out: pd.DataFrame
    fitted: GroupedHarmonizer | None
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


@takes_frames
def harmonize_values(
    table: pd.DataFrame,
    model: BatchHarmonizer,
    features: Sequence[str],
    *,
    by: Sequence[str] = ("sequence", "roi"),
    subject: str = "subject",
) -> HarmonizedValues:
    """Harmonize every row twice: by a model of all subjects, and by one of all other subjects.

    Parameters
    ----------
    table : DataFrame
        Features, and the columns that the model, `by` and `subject` name.
    model : BatchHarmonizer
        What to fit; it is not changed itself.
    features : sequence of str
        Feature columns.
    by : sequence of str
        Columns whose levels are fitted by themselves.
    subject : str
        Column of what is held out together.

    Returns
    -------
    HarmonizedValues
        With the index of `table`. A feature with too few values in some batch of a group is left out there, and a
        group that cannot be fitted as a whole; `problems` says which and why.

    Examples
    --------
    >>> from radharmony import ComBat
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"subject": np.repeat(np.arange(30), 2), "scan": ["REF", "ACC"] * 30, "roi": "liver"})
    >>> for name in "xyz":
    ...     table[name] = rng.normal(size=30).repeat(2) + 0.1 * rng.normal(size=60) + (table["scan"] == "ACC")
    >>> values = harmonize_values(table, ComBat("scan", reference="REF"), list("xyz"), by=["roi"])
    >>> [
    ...     round(float(part.groupby(table["scan"])["x"].mean().diff().abs().iloc[1]), 2)
    ...     for part in (values.raw, values.in_sample, values.held_out)
    ... ]
    [1.01, 0.04, 0.04]
    """
    features = list(features)
    every = table[features].to_numpy(dtype=np.float64, na_value=np.nan)
    frame, owners = table[model.role_columns], np.asarray(pd.factorize(table[subject])[0], dtype=np.intp)
    names = np.array(features, dtype=object)
    parts = {name: np.full(every.shape, np.nan) for name in ("raw", "in_sample", "held_out")}
    models: dict[Labels, BatchHarmonizer] = {}
    problems: list[Problem] = []
    notes: list[tuple[Labels, object]] = []
    with collect_notes():  # those of models without a subject repeat what is noted of all subjects
        for labels, positions in split_groups(table, by):
            rows, raw = frame.iloc[positions], every[positions]
            usable, lacking = _usable(rows, owners[positions], raw, model)
            if lacking.any():
                absent = tuple(names[lacking].tolist())
                problems.append(Problem(labels, absent, _lacking_text(absent, model)))
            raw = np.ascontiguousarray(raw[:, usable])
            try:
                if not usable.any():
                    raise ConfigurationError("no feature has enough values; add subjects or leave the group out")
                with collect_notes() as warned:
                    fitted = clone(model).set_output(transform="default")
                    fitted.fit_values(rows, raw, names[usable].tolist())
                found = {
                    "raw": raw,
                    "in_sample": fitted.adjust_values(rows, raw),
                    "held_out": hold_out(model, rows, raw, fitted.features_, table[subject].iloc[positions]),
                }
            except ConfigurationError as error:
                problems.append(Problem(labels, (), str(error)))
                continue
            notes += [(labels, note) for note in warned]
            models[labels] = fitted
            where = np.ix_(positions, np.flatnonzero(usable))
            for name, values in found.items():
                parts[name][where] = values
    negative = negative_note(features, parts["raw"], parts["held_out"])
    tables = {name: pd.DataFrame(values, index=table.index, columns=features) for name, values in parts.items()}
    return HarmonizedValues(
        **tables,
        fitted=GroupedHarmonizer(tuple(by), models) if models else None,
        problems=tuple(problems),
        notes=(*named_notes(notes), *([negative] if negative else [])),
    )


def _usable(
    rows: pd.DataFrame, owners: IntArray, values: FloatArray, model: BatchHarmonizer
) -> tuple[BoolArray, BoolArray]:
    """Tell features that can be fitted without any one subject from those that cannot; absent ones are neither."""
    there = ~np.isnan(values)
    present: BoolArray = np.asarray(there.any(axis=0))
    if model.complete_rows:
        enough = np.asarray(there.all(axis=0))
        return present & enough, present & ~enough
    enough = np.ones(values.shape[1], dtype=bool)
    for column in model.batch_columns:
        codes = pd.factorize(rows[column])[0]
        cells, cell_of = np.unique(codes * (owners.max() + 1) + owners, return_inverse=True)
        of_cell = np.zeros((len(cells), values.shape[1]))
        np.add.at(of_cell, cell_of, there)
        for code in range(codes.max() + 1):
            of_subject = of_cell[cells // (owners.max() + 1) == code]
            enough &= of_subject.sum(axis=0) - of_subject.max(axis=0) >= least_values(model)
    return present & enough, present & ~enough


def least_values(model: BatchHarmonizer) -> int:
    """Give how many values of a feature a batch must have."""
    return 1 if getattr(model, "mean_only", False) else 2


def _lacking_text(lacking: Sequence[str], model: BatchHarmonizer) -> str:
    why = (
        f"have missing values, which {type(model).__name__} does not take"
        if model.complete_rows
        else "have too few values in some batch once a subject is held out"
    )
    more = f" and {len(lacking) - 1} other features" if len(lacking) > 1 else ""
    return f"{lacking[0]}{more} {why}; they are left out"
