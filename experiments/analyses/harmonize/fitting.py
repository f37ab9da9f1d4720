"""Fitting a harmonizer to a table as settings say, and applying it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from evaluation.batch_effects import design_notes
from evaluation.reading import TableFile, TableSource, candidates
from evaluation.reading.doubts import names_an_outcome
from evaluation.tables import PERTURBATION, UNPERTURBED, as_taken
from experiments.analyses.harmonize.done import Done
from experiments.analyses.harmonize.reading import levels_of, read_table, with_batch
from experiments.analyses.harmonize.settings import HarmonizationSettings
from experiments.analyses.shared.people import wanted_values
from harmonize.combat import (
    METHODS,
    ComBat,
    GroupedHarmonizer,
    check_assumptions,
    collect_notes,
    make_harmonizer,
    named_notes,
)
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.grouped import Labels, split_groups
from harmonize.combat.methods import batch_columns, method_options
from harmonize.combat.mixture import people_notes
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.levels import find_level
from harmonize.words import some

ROLES_OF_GROUPS = ("strategy", "sequence", "roi")
TARGETS = ("label",)
"""Names that a column of ROIs may have, and a prediction target as well: never guessed."""
SUBJECT = "subject of the row"
"""A column of the design, named so that it is none of the table's."""
IN_SAMPLE = (
    "every row was in the fit: reliability computed from these values is too good; learn from other subjects "
    "(`fit_on`), or let a study score held-out subjects"
)


def fit_new(table: TableSource, settings: HarmonizationSettings) -> Done:
    """Read a table, fit as the settings say, and harmonize it.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings.
    """
    file = TableFile.open(table, settings.decimal)
    header = file.header
    method = settings.method or "combat"
    batch = "+".join(settings.batch) or None
    covariates = (*settings.categorical, *settings.continuous, *settings.smooth)
    fit_on = _fit_on(settings.fit_on, header, table)
    taken = {*settings.batch, *settings.by, *covariates}
    subject = settings.subject or next(iter(candidates(header, "subject", taken)), None)
    if METHODS[method].paired and subject is None:
        raise ConfigurationError(f"`method={method}` pairs the rows of a subject; name the column with `subject`")
    guessed = not settings.by and not settings.together
    # What is learned from one ROI (muscle) shall serve the others.
    by = guess_groups(header, {*taken, *_some(subject), *fit_on}) if guessed else settings.by
    roles: dict[str, Sequence[str]] = {"batch": settings.batch, "by": by, "categorical": settings.categorical}
    roles["subject"] = _some(subject if METHODS[method].paired else settings.subject)
    used = {*taken, *by, *roles["subject"]}
    roles["fit-on"] = [name for name in fit_on if name not in used]
    spared = {subject: "named as the subject"} if subject is not None and subject not in used | set(fit_on) else {}
    numbers = {"continuous": settings.continuous, "smooth": settings.smooth}
    rows = read_table(file, settings, roles, numbers, spared)
    frame = with_batch(rows.frame, settings.batch)
    told = "not known" if batch is None else f"{batch} ({levels_of(frame[batch])})"
    chosen = _chosen(frame, fit_on, table)
    reference = settings.reference
    if reference is not None and batch is not None:
        reference = find_level(reference, frame.loc[chosen, batch], f"`reference`: no row to fit on has {batch}")
    options = _method_options(settings, reference)
    harmonizer = make_harmonizer(method, options, batch=batch, subject=subject, where="`method`")
    _refuse_subjects(settings.batch, frame)
    for column in () if METHODS[method].lines else batch_columns(method, batch):
        _check_batches(frame[chosen], str(column), by, file, method, settings.mean_only)
    subjects = None if subject is None or subject in rows.features else rows.original[subject]
    fitted, notes = _fit_groups(harmonizer, frame[chosen], rows.features, by, batch, covariates, subjects)
    n_fitted = int(chosen.sum())
    training = f" where {', '.join(settings.fit_on)}" if fit_on else ""
    lines = [
        f"{method}: batch {told}" + (f", reference {reference}" if reference is not None else ""),
        f"groups: {len(fitted.models)}, by {', '.join(by)}{' (guessed)' if guessed else ''}" if by else "groups: none",
        f"rows: fitted on {n_fitted}{training}, harmonized {len(frame)}",
    ]
    if METHODS[method].paired:
        lines.insert(2, f"subject: {subject}" + ("" if settings.subject else " (guessed)"))
    if chosen.all():
        lines.append(IN_SAMPLE)
    with collect_notes() as noted:
        harmonized = fitted.transform(frame)
    drawn = () if batch is None else _draws_as_batches(frame.loc[chosen, batch], rows.original)
    outcomes = _outcomes_kept(covariates)
    return Done(rows, fitted, harmonized, tuple(lines), (*rows.notes, *drawn, *outcomes, *notes, *map(str, noted)))


def _refuse_subjects(batch: Sequence[str], frame: pd.DataFrame) -> None:
    """Ask where the batch is named as the subject."""
    named = candidates(batch, "subject", ())
    if named:
        raise ConfigurationError(
            f"`batch={named[0]}`: named as the subject ({levels_of(frame[named[0]])}): is it a batch? What subjects "
            "differ by would be taken out; name the column of the scanner, site or protocol, or rename this one"
        )


def _outcomes_kept(covariates: Sequence[str]) -> tuple[str, ...]:
    """Note covariates that are named as an outcome."""
    found = [name for name in covariates if names_an_outcome(name)]
    if not found:
        return ()
    return (
        f"{some(found)} is kept as a covariate and named as an outcome: never keep what is to be predicted, which puts "
        "it back into the features; leave it out if it is",
    )


def _draws_as_batches(batches: pd.Series, table: pd.DataFrame) -> tuple[str, ...]:
    """Warn where perturbed scans, which differ from theirs as their perturbation has them, are batches of their own."""
    if PERTURBATION not in table.columns:
        return ()
    taken = as_taken(table).loc[batches.index]
    drawn = [str(name) for name in pd.unique(batches) if not taken[batches == name].any()]
    if not drawn or not taken.any():
        return ()
    return (
        f"batches of perturbed scans alone ({some(drawn)}): perturbations are no batches, and what they change is "
        f"taken out; choose rows where {PERTURBATION} is {UNPERTURBED}",
    )


def _fit_groups(
    harmonizer: BatchHarmonizer,
    frame: pd.DataFrame,
    features: Sequence[str],
    by: Sequence[str],
    batch: str | None,
    covariates: Sequence[str],
    subjects: pd.Series | None,
) -> tuple[GroupedHarmonizer, tuple[str, ...]]:
    """Fit group by group, and gather what is to be noted with the groups that it concerns."""
    found: list[tuple[Labels, object]] = []

    def note(labels: Labels, rows: pd.DataFrame, warned: Sequence[object]) -> None:
        found.extend((labels, text) for text in warned)
        if batch is None or harmonizer.lines:
            return
        design = rows[[batch, *covariates]]
        if subjects is not None:
            design = design.assign(**{SUBJECT: subjects.loc[rows.index]}).drop_duplicates([SUBJECT, batch])
        mixed = design_notes(design, batch, covariates, None if subjects is None else SUBJECT)
        found.extend((labels, text) for text in mixed)

    fitted = GroupedHarmonizer.fit(harmonizer, frame, features, by, note)
    for labels, positions in split_groups(frame, by):
        model = fitted.models[labels]
        if type(model) is ComBat:
            rows = frame.iloc[positions][[*model.role_columns, *model.features_]]
            found.extend((labels, finding.text) for finding in check_assumptions(model, rows))
    if subjects is not None:
        found.extend(
            (labels, text) for labels, model in fitted.models.items() for text in people_notes(model, subjects)
        )
    return fitted, named_notes(found)


def _method_options(settings: HarmonizationSettings, reference: str | None) -> dict[str, Any]:
    """Give the options of the method that were named."""
    given = {name: value for name, (_, value) in settings.options().items() if value is not None}
    return given if reference is None else {**given, "reference": reference}


def _some(column: str | None) -> tuple[str, ...]:
    return () if column is None else (column,)


def guess_groups(header: Sequence[str], taken: set[str]) -> tuple[str, ...]:
    """Find the columns named as a strategy, a sequence or an ROI, of which each level is fitted by itself."""
    found = []
    for role in ROLES_OF_GROUPS:
        names = [name for name in candidates(header, role, taken) if name.lower() not in TARGETS]
        found += names[:1]
    return tuple(found)


def _fit_on(given: Sequence[str], header: Sequence[str], table: TableSource) -> dict[str, list[str]]:
    """Take COLUMN=VALUE; several values of a column are alternatives."""
    wanted = wanted_values(given, "`fit_on`")
    refuse_unknown(wanted, header, f"{table}: `fit_on`", "there is no column")
    return wanted


def _chosen(frame: pd.DataFrame, fit_on: dict[str, list[str]], table: TableSource) -> pd.Series:
    """Tell of each row whether it is to be fitted on."""
    chosen = pd.Series(True, index=frame.index)
    for column, values in fit_on.items():
        what = f"{table}: `fit_on`: no row has {column}"
        chosen &= frame[column].isin([find_level(value, frame[column], what) for value in values])
    if not chosen.any():
        raise ConfigurationError(f"{table}: `fit_on`: no row fits all of them")
    return chosen


def _check_batches(
    frame: pd.DataFrame, batch: str, by: Sequence[str], table: TableFile, method: str, mean_only: bool
) -> None:
    """Refuse a batch that has hardly more rows than labels, and, unless only means are fitted, a batch of one row.

    Parameters
    ----------
    frame : DataFrame
        The rows to fit on, with the index of the table.
    batch, by
        Columns of the batch and of the groups.
    table : Path
        The file, for the line.
    method, mean_only
        What is fitted.

    Raises
    ------
    ConfigurationError
        With the labels, and the line of a lonely row.
    """
    labels = frame[batch]
    if len(labels) > 3 and labels.nunique() > len(labels) / 2:
        raise ConfigurationError(
            f"`batch={batch}`: {labels.nunique()} labels in {len(labels)} rows, such as {', '.join(labels[:3])}: is it "
            "a batch? Name the column of the scanner, site or protocol"
        )
    if mean_only:
        return
    for group, positions in split_groups(frame, by):
        rows = labels.iloc[positions]
        counts = rows.value_counts(sort=False)
        if len(counts) > 1 and (counts == 1).any():
            label = counts.index[(counts == 1).argmax()]
            where = ", ".join(f"{name} '{level}'" for name, level in zip(by, group, strict=True))
            line = table.place(int(rows.index[(rows == label).argmax()]))
            advice = " or use `mean_only`" if "mean_only" in method_options(method, "`method`") else ""
            raise ConfigurationError(
                f"{table.path}: {where + ': ' if where else ''}batch '{label}' has 1 row, from which no scale can be "
                f"estimated ({line}); leave it out{advice}"
            )
