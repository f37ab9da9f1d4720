"""What `radharmony harmonize` does with a table: which columns are what, fitting, and applying a saved model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.reading import Rows, candidates, header_of, read_rows
from harmonize.combat import GroupedHarmonizer, make_harmonizer
from harmonize.configuration import suggest
from harmonize.errors import ConfigurationError

ROLES_OF_GROUPS = ("strategy", "sequence", "roi")
TARGETS = ("label",)
"""Names that a column of ROIs may have, and a prediction target as well: never guessed."""
PAIRING = ("paired", "reference_regression")
"""Methods that know the subject."""
FITTING = (
    *("batch", "reference", "method", "fit_on", "by", "together", "categorical", "continuous", "smooth", "subject"),
    *("nonparametric", "mean_only", "no_empirical_bayes", "save"),
)
"""Options that say what to fit, and so exclude a saved model."""


IN_SAMPLE = (
    "every row was in the fit: reliability computed from these values is too good; learn from other subjects "
    "(--fit-on), or let a study score held-out subjects"
)


@dataclass(frozen=True)
class Done:
    """A harmonized table.

    Parameters
    ----------
    rows : Rows
        As it was read.
    fitted : GroupedHarmonizer
        What harmonized it.
    harmonized : DataFrame
        The new values of the features.
    lines : tuple of str
        What was done, for people.
    """

    rows: Rows
    fitted: GroupedHarmonizer
    harmonized: pd.DataFrame
    lines: tuple[str, ...]


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
    batch = "+".join(options["batch"])
    fit_on = _fit_on(options["fit_on"], header, table)
    subject = _subject(method, options["subject"], header, options)
    harmonizer = make_harmonizer(method, _method_options(options), batch=batch, subject=subject, where="--method")
    taken = {*options["batch"], *options["categorical"], *options["continuous"], *options["smooth"], *_some(subject)}
    by, guessed = options["by"], False
    if not by and not options["together"]:
        by, guessed = _guess_groups(header, taken), True
    roles: dict[str, Sequence[str]] = {"batch": options["batch"], "by": by, "categorical": options["categorical"]}
    roles["subject"] = _some(subject)
    used = {name for names in roles.values() for name in names}
    roles["fit-on"] = [name for name in fit_on if name not in used]
    rows = read_rows(
        table,
        roles,
        numbers=(*options["continuous"], *options["smooth"]),
        features=options["features"],
        exclude=options["exclude"],
    )
    frame = _joined(rows.frame, options["batch"])
    chosen = _chosen(frame, fit_on, table)
    _check_reference(options["reference"], frame.loc[chosen, batch], batch)
    fitted = GroupedHarmonizer.fit(harmonizer, frame[chosen], rows.features, by)
    n_fitted = int(chosen.sum())
    training = f" where {', '.join(options['fit_on'])}" if fit_on else ""
    lines = (
        f"{method}: batch {batch} ({_levels(frame[batch])})"
        + (f", reference {options['reference']}" if options["reference"] is not None else ""),
        f"groups: {len(fitted.models)}, by {', '.join(by)}{' (guessed)' if guessed else ''}" if by else "groups: none",
        f"rows: fitted on {n_fitted}{training}, harmonized {len(frame)}",
    )
    warning = () if not chosen.all() else (IN_SAMPLE,)
    return Done(rows, fitted, fitted.transform(frame), (*lines, *warning))


def apply_saved(table: Path, model: Path, options: dict[str, Any]) -> Done:
    """Read a saved model, and harmonize a table by the columns that it names.

    Raises
    ------
    ConfigurationError
        For a model or table that does not fit, and options that belong to fitting.
    """
    given = [name for name in FITTING if options[name]]
    if given:
        name = given[0].replace("_", "-")
        raise ConfigurationError(f"--{name} belongs to fitting and excludes --model, which is applied as it was saved")
    fitted = GroupedHarmonizer.load(model)
    header = header_of(table)
    first = next(iter(fitted.models.values()))
    roles = first._roles()
    batch = _batch_columns(str(first.batch), header)
    numbers = [str(name) for role in ("continuous", "smooth") for name in roles.get(role, ())]
    rows = read_rows(
        table,
        {"batch": batch, "by": fitted.by, "categorical": [str(name) for name in roles.get("categorical", ())]},
        numbers=numbers,
        features=options["features"],
        exclude=options["exclude"],
    )
    known = set(fitted.features)
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
            "with --exclude, or fit again"
        )
    frame = _joined(rows.frame, batch)
    lines = (
        f"{model.name}: batch {first.batch} ({_levels(frame[str(first.batch)])})",
        f"groups: {len(fitted.models)}, by {', '.join(fitted.by)}" if fitted.by else "groups: none",
        f"rows: harmonized {len(frame)}, nothing fitted",
    )
    return Done(rows, fitted, fitted.transform(frame), lines)


def _batch_columns(batch: str, header: Sequence[str]) -> tuple[str, ...]:
    """Give the columns that make the batch: the one of its name, or those that `+` joins."""
    return (batch,) if batch in header else tuple(batch.split("+"))


def _joined(frame: pd.DataFrame, batch: Sequence[str]) -> pd.DataFrame:
    if len(batch) == 1:
        return frame
    return frame.assign(**{"+".join(batch): frame[list(batch)].agg("+".join, axis=1)})


def _method_options(options: dict[str, Any]) -> dict[str, Any]:
    """Give the options of the method that were named; one that the method does not have is refused there."""
    given: dict[str, Any] = {
        name: list(options[name]) for name in ("categorical", "continuous", "smooth") if options[name]
    }
    if options["reference"] is not None:
        given["reference"] = options["reference"]
    flags = {"parametric": "nonparametric", "mean_only": "mean_only", "empirical_bayes": "no_empirical_bayes"}
    return given | {name: name == "mean_only" for name, flag in flags.items() if options[flag]}


def _subject(method: str, given: str | None, header: Sequence[str], options: dict[str, Any]) -> str | None:
    """Give the subject column of a method that needs one: named, or guessed by its name."""
    if method not in PAIRING:
        return given
    found = [given] if given else candidates(header, "subject", (*options["batch"], *options["by"]))
    if not found:
        raise ConfigurationError(f"--method {method} pairs the rows of a subject; name the column with --subject")
    return found[0]


def _some(column: str | None) -> tuple[str, ...]:
    return () if column is None else (column,)


def _guess_groups(header: Sequence[str], taken: set[str]) -> tuple[str, ...]:

    found = []
    for role in ROLES_OF_GROUPS:
        names = [name for name in candidates(header, role, taken) if name.lower() not in TARGETS]
        found += names[:1]
    return tuple(found)


def _fit_on(given: Sequence[str], header: Sequence[str], table: Path) -> dict[str, list[str]]:
    """Take COLUMN=VALUE; several values of a column are alternatives."""
    wanted: dict[str, list[str]] = {}
    for text in given:
        column, equals, value = text.partition("=")
        if not equals:
            raise ConfigurationError(f"--fit-on: expected COLUMN=VALUE, found '{text}'")
        if column not in header:
            raise ConfigurationError(f"{table}: --fit-on: there is no column '{column}'; {suggest(column, header)}")
        wanted.setdefault(column, []).append(value)
    return wanted


def _chosen(frame: pd.DataFrame, fit_on: dict[str, list[str]], table: Path) -> pd.Series:

    chosen = pd.Series(True, index=frame.index)
    for column, values in fit_on.items():
        known = sorted(frame[column].unique())
        absent = [value for value in values if value not in known]
        if absent:
            raise ConfigurationError(
                f"{table}: --fit-on: no row has {column}={absent[0]}; found are {', '.join(map(str, known[:12]))}"
            )
        chosen &= frame[column].isin(values)
    if not chosen.any():
        raise ConfigurationError(f"{table}: --fit-on: no row fits all of them")
    return chosen


def _check_reference(reference: str | None, batches: pd.Series, batch: str) -> None:

    known = sorted(batches.unique())
    if reference is not None and reference not in known:
        raise ConfigurationError(
            f"--reference: no row to fit on has {batch} '{reference}'; {suggest(reference, known)}"
        )


def _levels(column: pd.Series) -> str:
    counts = column.value_counts(sort=False)
    words = ", ".join(f"{label}: {count}" for label, count in list(counts.items())[:6])
    return f"rows {words}" + (f" and {len(counts) - 6} more" if len(counts) > 6 else "")
