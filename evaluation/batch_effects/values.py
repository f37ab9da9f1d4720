"""The values of a harmonized feature table: of models that saw the subject, and of models that did not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harmonize.combat import collect_notes, leave_one_group_out, named_notes, negative_note
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.grouped import GroupedHarmonizer, Labels, split_groups
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
    roles = model.role_columns
    parts = {name: np.full((len(table), len(features)), np.nan) for name in ("raw", "in_sample", "held_out")}
    column_of = {name: i for i, name in enumerate(features)}
    models: dict[Labels, BatchHarmonizer] = {}
    problems: list[Problem] = []
    notes: list[tuple[Labels, object]] = []
    with collect_notes():  # those of models without a subject repeat what is noted of all subjects
        for labels, positions in split_groups(table, by):
            rows = table.iloc[positions]
            usable, lacking = _usable(rows, features, model, subject)
            if lacking:
                problems.append(Problem(labels, lacking, _lacking_text(lacking, model)))
            try:
                if not usable:
                    raise ConfigurationError("no feature has enough values; add subjects or leave the group out")
                frame = rows[[*roles, *usable]]
                with collect_notes() as warned:
                    fitted = GroupedHarmonizer.fit(model, rows, usable, ())
                found = {
                    "raw": rows[usable].to_numpy(dtype=np.float64),
                    "in_sample": fitted.transform(rows)[usable].to_numpy(),
                    "held_out": leave_one_group_out(model, frame, rows[subject].to_numpy()),
                }
            except ConfigurationError as error:
                problems.append(Problem(labels, (), str(error)))
                continue
            notes += [(labels, note) for note in warned]
            models[labels] = fitted.models[()]
            where = np.ix_(positions, np.array([column_of[name] for name in usable]))
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
    rows: pd.DataFrame, features: Sequence[str], model: BatchHarmonizer, subject: str
) -> tuple[list[str], tuple[str, ...]]:
    """Tell features that can be fitted without any one subject from those that cannot; absent ones are neither."""
    there = rows[list(features)].notna().to_numpy()
    present = there.any(axis=0)
    if model.complete_rows:
        enough = there.all(axis=0)
    else:
        least = 1 if getattr(model, "mean_only", False) else 2
        enough = np.ones(len(features), dtype=bool)
        for batch in rows[model.batch].unique():
            chosen = (rows[model.batch] == batch).to_numpy()
            owners = pd.factorize(rows.loc[chosen, subject])[0]
            by_subject = np.zeros((owners.max() + 1, len(features)))
            np.add.at(by_subject, owners, there[chosen])
            enough &= by_subject.sum(axis=0) - by_subject.max(axis=0) >= least
    usable = [name for name, ok in zip(features, present & enough, strict=True) if ok]
    return usable, tuple(name for name, bad in zip(features, present & ~enough, strict=True) if bad)


def _lacking_text(lacking: Sequence[str], model: BatchHarmonizer) -> str:
    why = (
        f"have missing values, which {type(model).__name__} does not take"
        if model.complete_rows
        else "have too few values in some batch once a subject is held out"
    )
    more = f" and {len(lacking) - 1} other features" if len(lacking) > 1 else ""
    return f"{lacking[0]}{more} {why}; they are left out"
