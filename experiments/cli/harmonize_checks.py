"""What `radharmony harmonize` refuses before it fits: options that do not fit, batches that are none, no features."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluation.reading import Rows
from evaluation.reading.files import TableFile
from evaluation.reading.roles import KNOWN_NAMES
from evaluation.tables import feature_class
from harmonize.combat.grouped import SAVED, split_groups
from harmonize.combat.methods import METHODS, method_options
from harmonize.errors import ConfigurationError

FLAGS = {"parametric": "nonparametric", "mean_only": "mean_only", "empirical_bayes": "no_empirical_bayes"}
"""By the option of a method the flag that turns it from its default."""

NO_FEATURES = frozenset(
    (
        *("age", "sex", "gender", "bmi", "weight", "bodyweight", "height", "race", "ethnicity", "smoker", "smoking"),
        *("outcome", "target", "diagnosis", "disease", "class", "group", "cohort", "arm", "treatment", "therapy"),
        *("event", "status", "dead", "death", "died", "alive", "survival", "survivaltime", "survivaldays", "os", "pfs"),
        *("dfs", "recurrence", "relapse", "metastasis", "response", "responder", "grade", "stage", "score", "psa"),
        *("gleason", "isup", "pirads", "fold", "split", "train", "test", "date", "time", "day", "days", "year", "row"),
        *("index", "number", "nr", "no", "site", "center", "centre", "hospital", "institution", "batch", "vendor"),
        *("manufacturer", "model", "fieldstrength", "voxels", "nvoxels", "voxelcount", "numberofvoxels", "slices"),
        *(name for names in KNOWN_NAMES.values() for name in names),
    )
)
"""Names of columns, in lower case without signs, that are no features."""

TELLING = frozenset(("patient", "subject", "id", "age", "sex", "gender", "outcome", "diagnosis", "voxels", "survival"))
"""Words that give a longer name away, such as ``patient_age``."""


def check_options(method: str, options: Mapping[str, Any]) -> None:
    """Refuse options that the method does not have, a model that cannot be saved, and an option against another.

    Raises
    ------
    ConfigurationError
        In the words of the command line.
    """
    known = method_options(method, "--method")
    wanted = {**{name: name for name in ("categorical", "continuous", "smooth", "reference")}, **FLAGS}
    for name, option in wanted.items():
        if options[option] and name not in known:
            fits = [_option(flag) for key, flag in wanted.items() if key in known]
            raise ConfigurationError(f"{_option(option)} does not belong to {method}, which takes {', '.join(fits)}")
    saved = [name for name, cls in METHODS.items() if cls in SAVED.values()]
    if options["save"] and method not in saved:
        raise ConfigurationError(
            f"--save: {method} cannot be saved, only {' and '.join(saved)} can; leave --save out, or take one of these"
        )
    named = ("batch", "by", "categorical", "continuous", "smooth")
    roles = [(name, column) for name in named for column in options[name]]
    roles += [("subject", options["subject"])] if options["subject"] else []
    for pattern in options["exclude"]:
        for role, column in roles:
            if fnmatchcase(column, pattern):
                raise ConfigurationError(
                    f"--exclude: '{pattern}' fits the column '{column}', which --{role} names; drop one of the two (a "
                    "column with a role is never harmonized)"
                )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def named_as_features(header: Sequence[str]) -> bool:
    """Tell whether any column is named as PyRadiomics names features."""
    return any(feature_class(name) for name in header)


def refuse_no_features(rows: Rows, table: Path) -> None:
    """Refuse columns that were taken as features for their numbers alone and look like something else.

    Raises
    ------
    ConfigurationError
        With all of them, and what can be done.
    """
    doubtful = {name: why for name in rows.features if (why := _doubt(name, rows.frame[name]))}
    if doubtful:
        listed = ", ".join(f"{name} ({why})" for name, why in list(doubtful.items())[:15])
        more = f" and {len(doubtful) - 15} more" if len(doubtful) > 15 else ""
        raise ConfigurationError(
            f"{table}: no column is named as PyRadiomics names features, and of the columns of numbers these look like "
            f"no features: {listed}{more}. Leave them as they are with --exclude {','.join(list(doubtful)[:15])}, keep "
            "the effect of a covariate with --continuous or --categorical (never the outcome), or name all features "
            "with --features to confirm"
        )


def _doubt(name: str, values: pd.Series) -> str:
    """Say why a column may be no feature; empty where nothing speaks against it."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    if "".join(sign for sign in name.lower() if sign.isalnum()) in NO_FEATURES or TELLING.intersection(words):
        return "by its name"
    there = values.dropna().to_numpy(dtype=np.float64)
    if len(there) < 3 or (there != np.round(there)).any():
        return ""
    different = len(np.unique(there))
    if different == len(there):
        return "whole numbers, all different"
    return "two whole numbers" if different == 2 else ""


def check_batches(
    frame: pd.DataFrame, batch: str, by: Sequence[str], table: Path, method: str, mean_only: bool
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
            f"--batch {batch}: {labels.nunique()} labels in {len(labels)} rows, such as {', '.join(labels[:3])}: is it "
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
            line = TableFile.open(table).place(int(rows.index[(rows == label).argmax()]))
            advice = " or use --mean-only" if "mean_only" in method_options(method, "--method") else ""
            raise ConfigurationError(
                f"{table}: {where + ': ' if where else ''}batch '{label}' has 1 row, from which no scale can be "
                f"estimated ({line}); leave it out{advice}"
            )
