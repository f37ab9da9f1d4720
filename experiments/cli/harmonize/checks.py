"""What `radharmony harmonize` refuses before it fits: options that do not fit, and batches that are none."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.reading.files import TableFile
from harmonize.combat.grouped import split_groups
from harmonize.combat.methods import METHODS, method_options
from harmonize.errors import ConfigurationError

FLAGS = {"parametric": "nonparametric", "mean_only": "mean_only", "empirical_bayes": "no_empirical_bayes"}
"""By the option of a method the flag that turns it from its default."""


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
    saved = [name for name, cls in METHODS.items() if cls.saved]
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
