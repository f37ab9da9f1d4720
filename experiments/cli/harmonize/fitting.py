"""Fitting a harmonizer to a table as the options of `radharmony harmonize` say, and applying it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.batch_effects import design_notes
from evaluation.reading import candidates, header_of
from experiments.cli.harmonize.checks import FLAGS, check_batches, check_options
from experiments.cli.harmonize.done import Done
from experiments.cli.harmonize.table import levels_of, read_table, with_batch
from experiments.cli.options.values import wanted_values
from experiments.cli.shared.harmonizers import PAIRING
from harmonize.combat import GroupedHarmonizer, collect_notes, make_harmonizer, named_notes
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.grouped import Labels, split_groups
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.levels import find_level

ROLES_OF_GROUPS = ("strategy", "sequence", "roi")
TARGETS = ("label",)
"""Names that a column of ROIs may have, and a prediction target as well: never guessed."""
SUBJECT = "subject of the row"
"""A column of the design, named so that it is none of the table's."""
IN_SAMPLE = (
    "every row was in the fit: reliability computed from these values is too good; learn from other subjects "
    "(--fit-on), or let a study score held-out subjects"
)


def fit_new(table: Path, options: dict[str, Any]) -> Done:
    """Read a table, fit as the options of the command say, and harmonize it.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or options.
    """
    if not options["batch"]:
        raise ConfigurationError("--batch is missing; name the column of the batch (or give a saved --model)")
    if options["by"] and options["together"]:
        raise ConfigurationError("--by and --together exclude each other")
    header = header_of(table)
    method = options["method"] or "combat"
    check_options(method, options)
    batch = "+".join(options["batch"])
    covariates = (*options["categorical"], *options["continuous"], *options["smooth"])
    fit_on = _fit_on(options["fit_on"], header, table)
    taken = {*options["batch"], *options["by"], *covariates}
    subject = options["subject"] or next(iter(candidates(header, "subject", taken)), None)
    if method in PAIRING and subject is None:
        raise ConfigurationError(f"--method {method} pairs the rows of a subject; name the column with --subject")
    by, guessed = options["by"], False
    if not by and not options["together"]:
        by, guessed = _guess_groups(header, {*taken, *_some(subject)}), True
    roles: dict[str, Sequence[str]] = {"batch": options["batch"], "by": by, "categorical": options["categorical"]}
    roles["subject"] = _some(subject if method in PAIRING else options["subject"])
    used = {*taken, *by, *roles["subject"]}
    roles["fit-on"] = [name for name in fit_on if name not in used]
    spared = {subject: "named as the subject"} if subject is not None and subject not in used | set(fit_on) else {}
    rows = read_table(table, header, roles, options, spared)
    frame = with_batch(rows.frame, options["batch"])
    chosen = _chosen(frame, fit_on, table)
    if options["reference"] is not None:
        reference = find_level(
            options["reference"], frame.loc[chosen, batch], f"--reference: no row to fit on has {batch}"
        )
        options = options | {"reference": reference}
    harmonizer = make_harmonizer(method, _method_options(options), batch=batch, subject=subject, where="--method")
    check_batches(frame[chosen], batch, by, table, method, options["mean_only"])
    subjects = None if subject is None or subject in rows.features else rows.original[subject]
    fitted, notes = _fit_groups(harmonizer, frame[chosen], rows.features, by, covariates, subjects)
    n_fitted = int(chosen.sum())
    training = f" where {', '.join(options['fit_on'])}" if fit_on else ""
    lines = [
        f"{method}: batch {batch} ({levels_of(frame[batch])})"
        + (f", reference {options['reference']}" if options["reference"] is not None else ""),
        f"groups: {len(fitted.models)}, by {', '.join(by)}{' (guessed)' if guessed else ''}" if by else "groups: none",
        f"rows: fitted on {n_fitted}{training}, harmonized {len(frame)}",
    ]
    if method in PAIRING:
        lines.insert(2, f"subject: {subject}" + ("" if options["subject"] else " (guessed)"))
    if chosen.all():
        lines.append(IN_SAMPLE)
    with collect_notes() as noted:
        harmonized = fitted.transform(frame)
    return Done(rows, fitted, harmonized, tuple(lines), (*rows.notes, *notes, *map(str, noted)))


def _fit_groups(
    harmonizer: BatchHarmonizer,
    frame: pd.DataFrame,
    features: Sequence[str],
    by: Sequence[str],
    covariates: Sequence[str],
    subjects: pd.Series | None,
) -> tuple[GroupedHarmonizer, tuple[str, ...]]:
    """Fit group by group, and gather what is to be noted with the groups that it concerns."""
    batch = str(harmonizer.batch)
    models: dict[Labels, BatchHarmonizer] = {}
    found: list[tuple[Labels, object]] = []
    for labels, positions in split_groups(frame, by):
        rows = frame.iloc[positions]
        with collect_notes() as warned:
            models |= GroupedHarmonizer.fit(harmonizer, rows, features, by).models
        design = rows[[batch, *covariates]]
        if subjects is not None:
            design = design.assign(**{SUBJECT: subjects.loc[rows.index]}).drop_duplicates([SUBJECT, batch])
        mixed = design_notes(design, batch, covariates, None if subjects is None else SUBJECT)
        found += [(labels, note) for note in (*warned, *mixed)]
    return GroupedHarmonizer(tuple(by), models), named_notes(found)


def _method_options(options: dict[str, Any]) -> dict[str, Any]:
    """Give the options of the method that were named; one that the method does not have is refused there."""
    given: dict[str, Any] = {
        name: list(options[name]) for name in ("categorical", "continuous", "smooth") if options[name]
    }
    if options["reference"] is not None:
        given["reference"] = options["reference"]
    return given | {name: name == "mean_only" for name, flag in FLAGS.items() if options[flag]}


def _some(column: str | None) -> tuple[str, ...]:
    return () if column is None else (column,)


def _guess_groups(header: Sequence[str], taken: set[str]) -> tuple[str, ...]:
    """Find the columns named as a strategy, a sequence or an ROI."""
    found = []
    for role in ROLES_OF_GROUPS:
        names = [name for name in candidates(header, role, taken) if name.lower() not in TARGETS]
        found += names[:1]
    return tuple(found)


def _fit_on(given: Sequence[str], header: Sequence[str], table: Path) -> dict[str, list[str]]:
    """Take COLUMN=VALUE; several values of a column are alternatives."""
    wanted = wanted_values(given, "--fit-on")
    for column in wanted:
        if column not in header:
            raise ConfigurationError(f"{table}: --fit-on: there is no column '{column}'; {suggest(column, header)}")
    return wanted


def _chosen(frame: pd.DataFrame, fit_on: dict[str, list[str]], table: Path) -> pd.Series:
    """Tell of each row whether it is to be fitted on."""
    chosen = pd.Series(True, index=frame.index)
    for column, values in fit_on.items():
        what = f"{table}: --fit-on: no row has {column}"
        chosen &= frame[column].isin([find_level(value, frame[column], what) for value in values])
    if not chosen.any():
        raise ConfigurationError(f"{table}: --fit-on: no row fits all of them")
    return chosen
