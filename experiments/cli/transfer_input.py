"""What `radharmony transfer` takes from its table and options."""

import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from evaluation.diagnostic.models import make_model
from evaluation.diagnostic.transfer import TransferResult, Variant, transfer
from evaluation.reading import header_of
from experiments.cli.harmonize_table import PAIRING
from experiments.cli.tradeoff_input import read_cohort, refuse_same_data
from experiments.outputs import FEATURES, RUN
from experiments.results.tradeoff import describe_file
from harmonize.combat import METHODS, make_harmonizer
from harmonize.configuration import refuse_unknown, suggest
from harmonize.errors import ConfigurationError
from selection import Cohort, Whitelist, apply_whitelist
from selection.transfer import TransferWarning, WhitelistRefusedError

SPLITTING = ("folds", "repeats", "inner_folds", "seed")
_CONDITION = "the condition"
IN_SAMPLE = ("neurocombat",)
"""Methods that harmonize the rows they were fitted on and no others: none of these can be held out."""
KEYS = ("strategy", "sequence", "roi")
"""Columns that are read where the table has them: for whitelists, and to say why a subject has several rows."""


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
    """

    frame: pd.DataFrame
    features: tuple[str, ...]
    target: NDArray[Any]
    left_out: dict[str, str]
    options: Mapping[str, Any]

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
        )

    def _joined(self, name: str) -> NDArray[Any]:
        return np.asarray(self.frame[list(self.options[name])].agg("+".join, axis=1), dtype=object)


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
    given = TransferInput(rows.frame, rows.features, classes_of(rows.frame[options["target"]]), rows.left_out, options)
    known = list(dict.fromkeys(given.conditions))
    for role in ("train", "test"):
        if options[role] not in known:
            raise ConfigurationError(
                f"--{role}: no row has {'+'.join(options['condition'])}={options[role]}; "
                f"{suggest(options[role], known)}"
            )
    _check_single(given, further)
    return given


def _check_single(given: TransferInput, keys: list[str]) -> None:
    """Refuse several rows of a subject in a condition that nothing tells apart, with the columns that could."""
    names = [given.options["subject"], *given.options["unit"]]
    frame = given.frame.assign(**{_CONDITION: given.conditions})
    twice = frame[frame.duplicated([*names, _CONDITION], keep=False)]
    if len(twice):
        place = twice[[*names, _CONDITION]]
        first = twice[(place == place.iloc[0]).all(axis=1)]
        differ = [f"{name} ({', '.join(first[name].unique()[:4])})" for name in keys if first[name].nunique() > 1]
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
    steps = [("impute", SimpleImputer(strategy="median", keep_empty_features=True)), *model.steps]
    harmonizer: Any = None
    columns: tuple[str, ...] = ("condition",)
    if method is not None:
        known = {"reference": options["train"]}
        harmonizer = make_harmonizer(method, known, batch="condition", subject="subject", where="--harmonize")
        columns = ("condition", "subject") if method in PAIRING else columns
    variants = {"raw": Variant(Pipeline(steps), grid=model.grid)}
    if method is not None:
        variants[method] = Variant(Pipeline(steps), harmonizer, columns, model.grid)
    notes: list[str] = []
    if whitelist is not None:
        kept, notes = whitelisted(whitelist, given.frame, table, options)
        keep = ColumnTransformer([("keep", "passthrough", list(kept))], verbose_feature_names_out=False)
        pipeline = Pipeline([("whitelist", keep.set_output(transform="pandas")), *steps])
        variants["whitelist"] = Variant(pipeline, grid=model.grid)
        notes.append(f"whitelist: {len(kept)} of {len(given.features)} features")
        if method is not None:
            variants[f"{method}, whitelist"] = Variant(pipeline, harmonizer, columns, model.grid)
    return variants, notes


def check_method(name: str, without: Collection[str] = ()) -> None:
    """Refuse a harmonizer that is unknown, or cannot be applied to subjects that it has not seen.

    Parameters
    ----------
    name : str
    without : collection of str
        Further methods that do not serve here.

    Raises
    ------
    ConfigurationError
    """
    if name in IN_SAMPLE:
        raise ConfigurationError(
            f"--harmonize: {name} only harmonizes the rows that it was fitted on, so that no subject can be held out; "
            "use combat"
        )
    refuse_unknown([name], [one for one in METHODS if one not in (*IN_SAMPLE, *without)], "--harmonize")


def settings_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options that the numbers depend on, in plain values."""
    whitelist = options["whitelist"]
    return {
        **{name: options[name] for name in ("target", "subject", "harmonize", "model", *SPLITTING)},
        **{name: list(options[name]) for name in ("condition", "unit", "where")},
        "whitelist": None if whitelist is None else describe_file(whitelist),
    }


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


def whitelisted(
    path: Path, frame: pd.DataFrame, table: Path, options: Mapping[str, Any]
) -> tuple[tuple[str, ...], list[str]]:
    """Give the features of a table that a whitelist holds, and what there is to say of it.

    Parameters
    ----------
    path : Path
        The whitelist.
    frame : DataFrame
        The rows.
    table : Path
        Where they come from: run.json beside the features of a run says how they were made.
    options : mapping
        With `settings` and `allow`.

    Raises
    ------
    ConfigurationError
        If the whitelist does not hold for the table, with all reasons.
    """
    whitelist = Whitelist.read(path)
    refuse_same_data(f"--whitelist: {path}", whitelist.data_digest, table)
    beside = table.parent / RUN
    source = options["settings"] or (beside if table.name == FEATURES and beside.is_file() else None)
    cohort = None if source is None else Cohort.read(source, _strategy(frame))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TransferWarning)  # told as notes
        try:
            applied = apply_whitelist(whitelist, frame, cohort, allow=options["allow"])
        except WhitelistRefusedError as error:
            allowing = " ".join(f"--allow {kind}" for kind in error.kinds)
            raise ConfigurationError(f"{path}: {error}\nOn the command line: {allowing}") from None
    return applied.features, list(applied.warnings)


def _strategy(frame: pd.DataFrame) -> str | None:
    names = frame["strategy"].unique() if "strategy" in frame else []
    return str(names[0]) if len(names) == 1 else None
