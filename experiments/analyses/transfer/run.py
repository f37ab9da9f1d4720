"""A transfer from one condition to another: its table and guards, the pipelines to compare, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from evaluation.classification import Predictions, scores_of
from evaluation.classification.models import make_model
from evaluation.classification.transfer import TransferResult, Variant, transfer
from evaluation.reading import Rows, Table, TableFile
from evaluation.written import with_limits
from experiments.analyses.shared.adding import Addable, AddableInput
from experiments.analyses.shared.groups import Workers
from experiments.analyses.shared.people import KEYS, check_single, outcome_values, read_cohort
from experiments.analyses.shared.pipeline_parts import keep_only, make_imputer
from experiments.analyses.shared.table_files import describe_file, given_table, joined
from experiments.analyses.shared.whitelisted import read_whitelist, whitelisted
from experiments.analyses.transfer.settings import TransferSettings
from experiments.progress import Progress
from harmonize.combat import METHODS, make_harmonizer
from harmonize.inputs.files import one_look
from harmonize.inputs.levels import find_level
from harmonize.words import plural


@dataclass(frozen=True, repr=False)
class TransferFound(Addable):
    """A transfer with everything that its files say.

    Parameters
    ----------
    result : TransferResult
    given : TransferInput
        What it was computed from.
    """

    analysis: ClassVar[str] = "transfer"

    result: TransferResult
    given: "TransferInput"

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        of_variants = [f"{name}: {note}" for name, one in self.result.variants.items() for note in one.notes]
        return [*self.given.notes, *of_variants]

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give the first score, such as the AUC, of every variant within the training condition and across."""
        first = next(iter(scores_of(next(iter(self.result.variants.values())).within).values()))
        rows = [
            {"variant": name, "within": _first(one.within), "across": _first(one.across)}
            for name, one in self.result.variants.items()
        ]
        people = plural(len(set(self.result.pairs.groups.tolist())), "subject")
        return f"transfer from {self.result.train} to {self.result.test}: {people}, {first.title}", pd.DataFrame(rows)


@dataclass(frozen=True, kw_only=True)
class TransferInput(AddableInput[TransferSettings]):
    """Rows of a table with their roles, and the pipelines to compare.

    Parameters
    ----------
    target : ndarray
        Class, number, or time and event of each row.
    variants : mapping of str to Variant
        Raw, harmonized, whitelisted, and both.
    """

    target: NDArray[Any]
    variants: Mapping[str, Variant]

    @classmethod
    @one_look()
    def read(cls, table: Table, settings: TransferSettings) -> "TransferInput":
        """Read the rows that the settings ask for, and make the pipelines."""
        used = {*settings.predicted, settings.subject, *settings.condition, *settings.unit}
        source = given_table(table)
        file = TableFile.open(source, settings.decimal)
        whitelist, guessed = read_whitelist(file, settings, {*settings.predicted, settings.subject})
        further = [name for name in (*KEYS, *guessed.values()) if name in file.header and name not in used]
        rows = read_cohort(file, settings, settings.condition, (*settings.unit, *further))
        known, name = list(dict.fromkeys(_joined(rows, settings.condition))), "+".join(settings.condition)
        settings = replace(
            settings,
            train=find_level(settings.train, known, f"`train`: no row has {name}"),
            test=find_level(settings.test, known, f"`test`: no row has {name}"),
        )
        check_single(rows, settings.subject, settings.condition, settings.unit, further)
        listed = None if whitelist is None else whitelisted(whitelist, rows, source, settings, guessed)
        variants, notes = _variants(settings, listed)
        return cls(
            described=describe_file(source),
            settings=settings,
            rows=rows,
            features=rows.features,
            notes=(*rows.notes, *notes),
            target=outcome_values(rows.frame, settings),
            variants=variants,
        )

    def run(self, workers: Workers, progress: Progress = lambda *_: None) -> TransferFound:
        """Train and test every variant."""
        settings, frame = self.settings, self.rows.frame
        with workers.joblib():
            result = transfer(
                self.variants,
                frame[list(self.features)],
                self.target,
                frame[settings.subject].to_numpy(dtype=object),
                _joined(self.rows, settings.condition),
                units=_joined(self.rows, settings.unit) if settings.unit else None,
                train=settings.train,
                test=settings.test,
                folds=settings.folds,
                repeats=settings.repeats,
                inner_folds=settings.inner_folds,
                seed=settings.seed,
                outcome=str(settings.outcome),
                jobs=workers.processes,
                progress=partial(progress, "folds"),
                check_scans=False,  # the whole table was checked when it was read
            )
        return TransferFound(result, self)


def run_transfer(table: Table, settings: TransferSettings, workers: Workers | None = None) -> TransferFound:
    """Train on one condition of a table of features and test on another; `write_transfer` writes what is found.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each subject and condition: CSV or Parquet of any tool, or in memory.
    settings : TransferSettings
    workers : Workers, optional
        Where to compute; by default a process for each core.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings: a level that no row has, several rows of a subject in a
        condition, a scan under two subjects, a whitelist that was made from the same scans or with other settings.
    """
    return TransferInput.read(table, settings).run(workers or Workers())


def _joined(rows: Rows, columns: tuple[str, ...]) -> NDArray[Any]:
    return np.asarray(joined(rows.frame, columns), dtype=object)


def _variants(
    settings: TransferSettings, listed: tuple[tuple[str, ...], list[str]] | None
) -> tuple[dict[str, Variant], list[str]]:
    """Make the pipelines to compare: raw, harmonized, whitelisted, and both; and what there is to say of them."""
    model = make_model(str(settings.model), settings.seed, str(settings.outcome))
    method = settings.harmonize
    notes: list[str] = []
    steps = [("impute", make_imputer()), *model.steps]
    harmonizer: Any = None
    columns: tuple[str, ...] = ("condition",)
    variants = {"raw": Variant(Pipeline(steps), grid=model.grid)}
    if method is not None:
        known = {"reference": settings.train}
        harmonizer = make_harmonizer(method, known, batch="condition", subject="subject", where="`harmonize`")
        columns = ("condition", "subject") if METHODS[method].paired else columns
        variants[method] = Variant(Pipeline(steps), harmonizer, columns, model.grid)
    if listed is not None:
        kept, notes = listed
        pipeline = Pipeline([("whitelist", keep_only(kept)), *steps])
        variants["whitelist"] = Variant(pipeline, grid=model.grid)
        if method is not None:
            variants[f"{method}, whitelist"] = Variant(pipeline, harmonizer, columns, model.grid)
    return variants, notes


def _first(held_out: Predictions) -> str:
    score = next(iter(scores_of(held_out).values()))
    return with_limits(float(score.compute(held_out)))
