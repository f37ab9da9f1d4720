"""What `radharmony diagnose` takes from its table and options: rows, classes, and the features of a whitelist."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from evaluation.classification import MODELS, first_order_columns, volume_columns
from evaluation.classification.baselines import COUNTS
from evaluation.reading import Rows, header_of
from experiments.cli.options.values import wanted_values
from experiments.cli.shared.cohort import KEYS, classes_of, read_cohort, telling
from experiments.cli.shared.harmonizers import PAIRING, check_method
from experiments.cli.shared.whitelisted import whitelisted
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

MOST = 6
"""Columns that a note names."""

NAMING = (*KEYS, "condition")
"""Columns that tell the rows of a subject apart, read where the table has them."""


@dataclass(frozen=True)
class DiagnoseInput:
    """Rows of a table with their roles, and the steps before the model.

    Parameters
    ----------
    rows : Rows
        The table.
    y : ndarray
        Class of each row.
    subjects : ndarray
    kept : tuple of str
        The features that a whitelist holds; all without one.
    batch : str or None
        Column of the batch.
    notes : tuple of str
    """

    rows: Rows
    y: NDArray[Any]
    subjects: NDArray[Any]
    kept: tuple[str, ...]
    batch: str | None
    notes: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """Features, batch and counts of voxels."""
        counts = {name: pd.to_numeric(self.rows.frame[name], errors="coerce") for name in self._counts}
        return self.rows.frame.assign(**counts)

    @property
    def _counts(self) -> list[str]:
        return [name for name in COUNTS if name in self.rows.frame.columns and name not in self.rows.features]

    @property
    def volumes(self) -> tuple[str, ...]:
        """Columns that give the size of the ROI."""
        return tuple(volume_columns([*self.rows.features, *self._counts]))

    @property
    def first_order(self) -> tuple[str, ...]:
        """First-order features of the unfiltered image."""
        return tuple(first_order_columns(self.rows.features))


def read_input(path: Path, options: Mapping[str, Any]) -> DiagnoseInput:
    """Read the rows that the options ask for.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or options.
    """
    _check(options)
    batch = options["batch"]
    named = {options["target"], options["subject"], *((batch,) if batch else ())}
    named |= set(wanted_values(options["where"], "--where"))
    header = header_of(path)
    further = [name for name in (*NAMING, *COUNTS) if name in header and name not in named]
    roles = {**options, "condition": (batch,) if batch else (), "unit": further}
    rows = read_cohort(path, roles)
    notes = [*rows.notes, *_notes(rows, options["subject"], [name for name in further if name in NAMING])]
    kept = rows.features
    if options["whitelist"] is not None:
        kept, found = whitelisted(options["whitelist"], rows.frame, path, options)
        notes += [*found, f"whitelist: {len(kept)} of {len(rows.features)} features"]
    subjects = rows.frame[options["subject"]].to_numpy(dtype=object)
    return DiagnoseInput(rows, classes_of(rows.frame[options["target"]]), subjects, kept, batch, tuple(notes))


def _check(options: Mapping[str, Any]) -> None:
    refuse_unknown(options["models"], MODELS, "--model")
    twice = [name for name in options["models"] if options["models"].count(name) > 1]
    if twice:
        raise ConfigurationError(f"--model: '{twice[0]}' is named twice; name it once")
    if bool(options["harmonize"]) != bool(options["batch"]):
        raise ConfigurationError("--harmonize and --batch belong together: name the method and the column of the batch")
    if options["harmonize"] in PAIRING:
        raise ConfigurationError(
            f"--harmonize: {options['harmonize']} needs every subject under every condition, which those to be "
            "diagnosed do not have; use combat"
        )
    if options["harmonize"] is not None:
        check_method(options["harmonize"], PAIRING)
    if options["reference"] is not None and not options["harmonize"]:
        raise ConfigurationError("--reference: names the batch that --harmonize leaves as it is, which is missing")
    for name in ("settings", "allow"):
        if options[name] and options["whitelist"] is None:
            raise ConfigurationError(f"--{name}: is about --whitelist, which is missing")


def _notes(rows: Rows, subject: str, keys: list[str]) -> list[str]:
    """Say why subjects have several rows."""
    frame = rows.frame
    counts = frame[subject].value_counts()
    if counts.iloc[0] == 1:
        return []
    differ = list(telling(rows, frame[subject] == counts.index[0], keys))[:MOST]
    where = f", which differ in {', '.join(differ)} (take one with --where)" if differ else ""
    return [f"{len(frame)} rows of {len(counts)} subjects: up to {counts.iloc[0]} of one subject{where}"]
