"""The table of a cohort with a diagnosis: its rows and classes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.reading import Rows, TableFile, TableSource, candidates, read_rows
from evaluation.survival.times import survival_times
from evaluation.tables import PERTURBATION, feature_class
from experiments.analyses.shared.groups import CohortSettings
from experiments.analyses.shared.perturbed_rows import perturbed_apart
from experiments.analyses.shared.table_files import joined
from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import find_level
from harmonize.words import plural, some

KEYS = ("strategy", "sequence", "roi")
"""Columns that are read where the table has them: for whitelists, and to say why a subject has several rows."""

_CONDITION = "the condition"

EVENTS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
"""How an event is written that nobody has to be asked about."""


def wanted_values(given: Iterable[str], setting: str = "`where`") -> dict[str, list[str]]:
    """Take COLUMN=VALUE: by column the values of the rows that are wanted.

    Raises
    ------
    ConfigurationError
        Naming the setting, for a text without an equals sign.

    Examples
    --------
    >>> wanted_values(["site = A", "site=B", "split=train"])
    {'site': ['A', 'B'], 'split': ['train']}
    """
    wanted: dict[str, list[str]] = {}
    for text in given:
        column, equals, value = text.partition("=")
        if not equals:
            raise ConfigurationError(f"{setting}: expected COLUMN=VALUE, found '{text}'")
        wanted.setdefault(column.strip(), []).append(value.strip())
    return wanted


def read_cohort(
    table: TableSource | TableFile,
    cohort: CohortSettings,
    condition: Sequence[str],
    unit: Sequence[str],
    *,
    perturbed: bool = False,
) -> Rows:
    """Read the table, and keep the rows that are wanted; columns of conditions and units are read as texts.

    Rows of perturbed scans are no further subjects: they are left out with a note, unless they are asked for by
    `perturbed`, or their column by name.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or options, and for the same scan under two subjects.
    """
    cohort.check_files()
    file = TableFile.of(table, cohort.decimal)
    _check_subject(file.header, cohort.subject)
    wanted = wanted_values(cohort.where)
    numbers = {"number": [str(cohort.target)], "survival": [str(cohort.time)]}.get(str(cohort.outcome), [])
    texts = [name for name in cohort.predicted if name not in numbers]
    roles: dict[str, list[str]] = {"target": texts, "subject": [cohort.subject]}
    # A structure may be what is predicted and what tells the rows of a subject apart.
    for role, names in (("condition", condition), ("unit", unit), ("where", wanted)):
        roles[role] = [name for name in names if not any(name in others for others in roles.values())]
    named = [name for names in roles.values() for name in names]
    roles["perturbation"] = [PERTURBATION] if PERTURBATION in file.header and PERTURBATION not in named else []
    measured = {"time" if cohort.outcome == "survival" else "number": numbers} if numbers else {}
    rows = read_rows(file, roles, numbers=measured, where=wanted, features=cohort.features, exclude=cohort.exclude)
    _check_scans(file, rows, cohort.subject)
    frame, original = (table.reset_index(drop=True) for table in (rows.frame, rows.original))
    notes = (*rows.notes, *unlike_times(frame, cohort))
    rows = replace(rows, frame=frame, original=original, notes=notes)
    if perturbed or not roles["perturbation"]:
        return rows
    return perturbed_apart(rows, f"are left out (name '{PERTURBATION}' with `where` to choose some)")[0]


def telling(rows: Rows, first: "pd.Series[bool]", keys: Sequence[str] = ()) -> dict[str, list[str]]:
    """Give the columns in which rows differ that nothing else tells apart, with their levels.

    Parameters
    ----------
    rows : Rows
        The table.
    first : Series of bool
        Which rows.
    keys : sequence of str
        Columns with a role that may tell; columns that are left out may as well.
    """
    names = [*keys, *(name for name in rows.left_out if not feature_class(name))]
    levels = {
        name: list(rows.original.loc[first, name].astype(str).unique()) for name in names if name in rows.original
    }
    return {name: found for name, found in levels.items() if len(found) > 1}


def check_single(
    rows: Rows, subject: str, condition: Sequence[str], unit: Sequence[str], keys: Sequence[str] = ()
) -> None:
    """Refuse several rows of a subject in a condition that nothing tells apart, with the columns that could.

    Raises
    ------
    ConfigurationError
    """
    names = [subject, *unit]
    place = rows.frame[names].assign(**{_CONDITION: joined(rows.frame, condition)})
    twice = place.duplicated(keep=False)
    if twice.any():
        first = place[twice].iloc[0]
        same = (place == first).all(axis=1)
        differ = [f"{name} ({', '.join(levels[:4])})" for name, levels in telling(rows, same, keys).items()]
        where = f", which differ in {', '.join(differ)}" if differ else ""
        raise ConfigurationError(
            f"subject '{first[subject]}' has {int(same.sum())} rows in condition '{first[_CONDITION]}'"
            f"{where}; choose one with `where=COLUMN=VALUE`, or name the column that tells them apart with `unit`"
        )


def classes_of(texts: pd.Series) -> NDArray[Any]:
    """Give the classes as whole numbers where all are, so that they are in their order; else as texts.

    Examples
    --------
    >>> classes_of(pd.Series(["10", "9"])).tolist(), classes_of(pd.Series(["ill", "9"])).tolist()
    ([10, 9], ['ill', '9'])
    """
    try:
        return np.asarray(texts.astype("int64"))
    except ValueError:
        return np.asarray(texts, dtype=object)


def outcome_values(frame: pd.DataFrame, cohort: CohortSettings) -> NDArray[Any]:
    """Give what is predicted of each row: classes, numbers, or times and events.

    Raises
    ------
    ConfigurationError
        For an event that is neither named nor written as 0 and 1.
    """
    if cohort.outcome == "classes":
        return classes_of(frame[cohort.predicted[0]])
    if cohort.outcome == "number":
        return np.asarray(frame[cohort.predicted[0]], dtype=np.float64)
    column, value = cohort.event_column
    early = frame[str(cohort.time)] < 0
    if early.any():
        first = frame[early].iloc[0]
        raise ConfigurationError(
            f"`time`: {first[str(cohort.time)]:g} of subject '{first[cohort.subject]}' ({int(early.sum())} of "
            f"{len(frame)} rows), expected numbers of 0 or more; count from the scan to the event, or to the last day "
            "without it, or leave those rows out with `where`"
        )
    return survival_times(frame[str(cohort.time)], _happened(frame[column].astype(str), column, value))


def unlike_times(frame: pd.DataFrame, cohort: CohortSettings) -> list[str]:
    """Say which subjects have rows of several times to the event, as it is one event, and may be a mistake."""
    if cohort.outcome != "survival":
        return []
    kinds = frame[[cohort.subject, *cohort.predicted]].drop_duplicates()
    several = kinds.loc[kinds[cohort.subject].duplicated(), cohort.subject].unique()
    if not len(several):
        return []
    first = kinds[kinds[cohort.subject] == several[0]]
    listed = " and ".join(f"{time:g} with {event}" for time, event in first[list(cohort.predicted)].head(2).to_numpy())
    return [
        f"{' with '.join(cohort.predicted)} differs between the rows of {plural(len(several), 'subject')}, such as "
        f"{several[0]}: {listed}; right where each row counts from its own scan, otherwise correct them"
    ]


def counted(y: NDArray[Any], outcome: str) -> dict[str, int]:
    """Count rows by class, or by whether they have the event; nothing of a number.

    Examples
    --------
    >>> counted(np.array(["b", "a", "b"]), "classes")
    {'b': 2, 'a': 1}
    """
    if outcome == "number":
        return {}
    if outcome == "survival":
        events = int(y["event"].sum())
        return {"with the event": events, "without it": len(y) - events}
    return {str(label): int(count) for label, count in pd.Series(y).value_counts(sort=False).items()}


def _happened(texts: pd.Series, column: str, value: str) -> NDArray[Any]:
    """Say which rows have the event, or ask which value it is."""
    known = list(dict.fromkeys(texts))
    if value:
        level = find_level(value, known, f"`event`: no row has {column}")
        return np.asarray(texts == level)
    words = texts.str.strip().str.lower().map(EVENTS)
    if words.isna().any():
        listed = some([f"'{one}'" for one in sorted(known)], 6)
        raise ConfigurationError(
            f"`event`: column '{column}' holds {listed}, and nothing says which is the event; name it, such as "
            f"`event={column}={sorted(known)[-1]}`: rows with any other value count as watched without it until then"
        )
    return np.asarray(words, dtype=np.bool_)


def _check_subject(header: Sequence[str], subject: str) -> None:
    """Say which setting names the subjects, and the column that they most likely stand in."""
    if subject not in header:
        likely = candidates(header, "subject", ())
        advice = f"such as `subject={likely[0]}`" if likely else f"the columns are {', '.join(header[:12])}"
        raise ConfigurationError(f"there is no column '{subject}'; name that of the subjects with `subject`, {advice}")


def _check_scans(file: TableFile, rows: Rows, subject: str) -> None:
    """Refuse the same scan under two subjects, by all measurements of the file: a few may well be the same twice."""
    from evaluation.classification.guards import check_rows  # only here: reports need not wait for scikit-learn

    further = [name for name in rows.left_out if name in rows.original and feature_class(name)]
    others = rows.original[further].apply(pd.to_numeric, errors="coerce")
    measured = pd.concat([rows.frame[list(rows.features)], others], axis=1)
    try:
        check_rows(
            measured.reset_index(drop=True),
            rows.frame[subject].to_numpy(dtype=object),
            lambda row: file.place(int(rows.frame.index[row])),
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{file.path}: {error}") from None
