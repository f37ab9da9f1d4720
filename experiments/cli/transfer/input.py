"""What `radharmony transfer` takes from its table and options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from evaluation.classification.models import make_model
from evaluation.classification.transfer import TransferResult, Variant, transfer
from evaluation.reading import Rows, header_of
from experiments.cli.shared.cohort import KEYS, classes_of, read_cohort, telling
from experiments.cli.shared.harmonizers import PAIRING, check_method
from experiments.cli.shared.steps import keep_only, make_imputer
from experiments.cli.shared.tables import joined
from experiments.cli.shared.whitelisted import whitelisted
from experiments.results.tradeoff import describe_file
from harmonize.combat import make_harmonizer
from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import find_level

SPLITTING = ("folds", "repeats", "inner_folds", "seed")
_CONDITION = "the condition"


@dataclass(frozen=True)
class TransferInput:
    """Rows of a table with their roles.

    Parameters
    ----------
    frame : DataFrame
        The rows chosen, with all columns of roles and the features.
    features : tuple of str
        The feature columns.
    target : ndarray
        Class of each row.
    left_out : dict of str to str
        Columns that are neither a feature nor have a role, each with the reason.
    options : mapping
        Of the command.
    notes : tuple of str
        What to know of the rows.
    """

    frame: pd.DataFrame
    features: tuple[str, ...]
    target: NDArray[Any]
    left_out: dict[str, str]
    options: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def conditions(self) -> NDArray[Any]:
        """Condition of each row."""
        return self._joined("condition")

    def run(self, variants: Mapping[str, Variant], progress: Callable[[int, int], None]) -> TransferResult:
        """Train and test every variant."""
        return transfer(
            variants,
            self.frame[list(self.features)],
            self.target,
            self.frame[self.options["subject"]].to_numpy(dtype=object),
            self.conditions,
            units=self._joined("unit") if self.options["unit"] else None,
            **{name: self.options[name] for name in ("train", "test", *SPLITTING, "jobs")},
            progress=progress,
            check_scans=False,  # the whole table was checked when it was read
        )

    def _joined(self, name: str) -> NDArray[Any]:
        return np.asarray(joined(self.frame, self.options[name]), dtype=object)


def read_input(table: Path, options: Mapping[str, Any]) -> TransferInput:
    """Read the rows that the options ask for.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or options.
    """
    if options["harmonize"] is not None:
        check_method(options["harmonize"])
    used = {options["target"], options["subject"], *options["condition"], *options["unit"]}
    further = [name for name in KEYS if name in header_of(table) and name not in used]
    rows = read_cohort(table, {**options, "unit": (*options["unit"], *further)})
    given = TransferInput(
        rows.frame, rows.features, classes_of(rows.frame[options["target"]]), rows.left_out, options, rows.notes
    )
    known = list(dict.fromkeys(given.conditions))
    name = "+".join(options["condition"])
    named = {role: find_level(options[role], known, f"--{role}: no row has {name}") for role in ("train", "test")}
    given = replace(given, options={**options, **named})
    _check_single(given, rows, further)
    return given


def _check_single(given: TransferInput, rows: Rows, keys: list[str]) -> None:
    """Refuse several rows of a subject in a condition that nothing tells apart, with the columns that could."""
    names = [given.options["subject"], *given.options["unit"]]
    frame = given.frame.assign(**{_CONDITION: given.conditions})
    twice = frame[frame.duplicated([*names, _CONDITION], keep=False)]
    if len(twice):
        place = frame[[*names, _CONDITION]]
        same = (place == place.loc[twice.index[0]]).all(axis=1)
        first = frame[same]
        differ = [f"{name} ({', '.join(levels[:4])})" for name, levels in telling(rows, same, keys).items()]
        where = f", which differ in {', '.join(differ)}" if differ else ""
        raise ConfigurationError(
            f"subject '{first[names[0]].iloc[0]}' has {len(first)} rows in condition '{first[_CONDITION].iloc[0]}'"
            f"{where}; choose one with --where COLUMN=VALUE, or name the column that tells them apart with --unit"
        )


def variants_of(given: TransferInput, table: Path, options: Mapping[str, Any]) -> tuple[dict[str, Variant], list[str]]:
    """Make the pipelines to compare: raw, harmonized, whitelisted, and both; and what there is to say of them.

    Raises
    ------
    ConfigurationError
        For an unknown model or method, or a whitelist that does not hold for the table.
    """
    model = make_model(options["model"], options["seed"])
    method, whitelist = options["harmonize"], options["whitelist"]
    steps = [("impute", make_imputer()), *model.steps]
    harmonizer: Any = None
    columns: tuple[str, ...] = ("condition",)
    if method is not None:
        known = {"reference": options["train"]}
        harmonizer = make_harmonizer(method, known, batch="condition", subject="subject", where="--harmonize")
        columns = ("condition", "subject") if method in PAIRING else columns
    variants = {"raw": Variant(Pipeline(steps), grid=model.grid)}
    if method is not None:
        variants[method] = Variant(Pipeline(steps), harmonizer, columns, model.grid)
    notes = list(given.notes)
    if whitelist is not None:
        kept, found = whitelisted(whitelist, given.frame, table, options)
        notes += found
        pipeline = Pipeline([("whitelist", keep_only(kept)), *steps])
        variants["whitelist"] = Variant(pipeline, grid=model.grid)
        notes.append(f"whitelist: {len(kept)} of {len(given.features)} features")
        if method is not None:
            variants[f"{method}, whitelist"] = Variant(pipeline, harmonizer, columns, model.grid)
    return variants, notes


def settings_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options that the numbers depend on, in plain values."""
    whitelist = options["whitelist"]
    return {
        **{name: options[name] for name in ("target", "subject", "harmonize", "model", *SPLITTING)},
        **{name: list(options[name]) for name in ("condition", "unit", "where")},
        "whitelist": None if whitelist is None else describe_file(whitelist),
    }
