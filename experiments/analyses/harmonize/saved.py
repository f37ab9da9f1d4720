"""Applying a saved model to a table."""

from collections.abc import Sequence
from dataclasses import replace
from glob import escape
from pathlib import Path

import pandas as pd

from evaluation.reading import TableFile, TableSource, candidates
from evaluation.tables import feature_class
from experiments.analyses.harmonize.done import Done
from experiments.analyses.harmonize.reading import levels_of, read_table, with_batch
from experiments.analyses.harmonize.settings import HarmonizationSettings
from harmonize.combat import ComBat, GroupedHarmonizer, collect_notes
from harmonize.combat.added_batch import add_to_groups
from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import find_level
from harmonize.words import listed, plural, some


def apply_saved(table: TableSource, model: Path, settings: HarmonizationSettings) -> Done:
    """Read a saved model, and harmonize a table by the columns that it names.

    Raises
    ------
    ConfigurationError
        For a model or table that does not fit.
    """
    fitted = GroupedHarmonizer.load(model)
    file = TableFile.open(table, settings.decimal)
    header = file.header
    first = next(iter(fitted.models.values()))
    roles = first._roles()
    several = [str(column) for column in first.batch_columns]
    batch = _batch_columns(several[0], header) if len(several) == 1 else several
    known = set(fitted.features)
    named = {role: [str(name) for name in names] for role, names in roles.items()}
    texts: dict[str, Sequence[str]] = {"batch": batch, "by": fitted.by, "categorical": named.get("categorical", ())}
    if settings.subject:
        texts["subject"] = (settings.subject,)
    numbers = {role: named.get(role, ()) for role in ("continuous", "smooth")}
    used = {*batch, *fitted.by, *texts.get("subject", ()), *(name for names in named.values() for name in names)}
    # Where names do not tell features, those of the model are; if one is absent, that is said below.
    other: dict[str, str] = {}
    features: list[str] = []
    if known <= set(header) and not any(map(feature_class, header)):
        other = {name: f"not in {model.name}" for name in header if name not in known | used}
        features = [escape(name) for name in fitted.features]
    rows = read_table(file, settings, texts, numbers, features=features)
    rows = replace(rows, left_out={name: other.get(name, why) for name, why in rows.left_out.items()})
    absent = [name for name in fitted.features if name not in rows.features]
    if absent:
        raise ConfigurationError(
            f"{table}: feature '{absent[0]}' of {model.name} is absent ({len(absent)} such features); apply the model "
            "to a table of the same features"
        )
    new = [name for name in rows.features if name not in known]
    if new:
        raise ConfigurationError(
            f"{table}: feature '{new[0]}' is not in {model.name} ({len(new)} such features); leave them as they are "
            "with `exclude`, or fit again"
        )
    frame, joined = with_batch(rows.frame, batch), "+".join(batch)
    told = f"{joined} ({levels_of(frame[joined])})" if batch else "not known"
    lines = (
        f"{model.name}: batch {told}",
        f"groups: {len(fitted.models)}, by {', '.join(fitted.by)}" if fitted.by else "groups: none",
        f"rows: harmonized {len(frame)}, " + ("nothing fitted" if settings.add is None else _added(settings)),
    )
    if settings.add is None and type(first) is ComBat:
        unseen = [name for name in pd.unique(frame[joined]) if name not in map(str, first.batches_)]
        if unseen:
            raise ConfigurationError(
                f"{table}: {joined} {some(unseen)} was not learned by {model.name}, which knows "
                f"{listed(first.batches_)}; teach it with `add`, or leave these rows out"
            )
    with collect_notes() as notes:
        if settings.add is not None:
            label = find_level(settings.add, frame[joined], f"`add`: no row has {joined}")
            fitted = add_to_groups(fitted, frame, label, subject=settings.subject)
        harmonized = fitted.transform(frame)
    return Done(
        rows,
        fitted,
        harmonized,
        lines,
        (*rows.notes, *_travellers(frame, joined, rows.original, settings), *map(str, notes)),
    )


def _travellers(
    frame: pd.DataFrame, batch: str, table: pd.DataFrame, settings: HarmonizationSettings
) -> tuple[str, ...]:
    """Note where a batch was learned from scans alone, although subjects of it are in others as well."""
    column = next(iter(candidates(list(table), "subject", ())), None)
    if settings.add is None or settings.subject or column is None:
        return ()
    of_new = frame[batch] == str(settings.add)
    both = set(table.loc[of_new[of_new].index, column]) & set(table.loc[of_new[~of_new].index, column])
    if not both:
        return ()
    return (
        f"{plural(len(both), 'subject')} of {settings.add} have rows in other batches, too: with `subject={column}` it "
        "is learned from what they differ by there, for which fewer are needed",
    )


def _added(settings: HarmonizationSettings) -> str:
    how = (
        "its scans" if settings.subject is None else f"subjects ({settings.subject}) who were scanned in a known batch"
    )
    return f"of which {settings.add} was learned from {how}; the other batches are as they were"


def _batch_columns(batch: str, header: Sequence[str]) -> Sequence[str]:
    """Give the columns that make the batch: the one of its name, or those that `+` joins."""
    return (batch,) if batch in header else tuple(batch.split("+"))
