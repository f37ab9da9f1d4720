"""A diagnosis from features: its table and guards, the models and the baselines they have to beat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.classification import (
    DiagnosticPerformance,
    cross_validate,
    first_order_columns,
    scores_of,
    volume_columns,
)
from evaluation.classification.augmented import MoreRows
from evaluation.classification.baselines import COUNTS
from evaluation.classification.perturbed_predictions import COLUMNS, prediction_stability
from evaluation.reading import Rows, Table, TableFile
from evaluation.tables import PERTURBATION, UNPERTURBED
from evaluation.written import in_percent, with_limits
from experiments.analyses.diagnose.pipelines import Candidate, baselines, candidate, size_of_selection
from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.shared.adding import Addable, AddableInput
from experiments.analyses.shared.groups import Workers
from experiments.analyses.shared.people import KEYS, outcome_values, read_cohort, telling, wanted_values
from experiments.analyses.shared.perturbed_rows import perturbed_apart, perturbed_tables
from experiments.analyses.shared.table_files import describe_file, given_table
from experiments.analyses.shared.whitelisted import read_whitelist, whitelisted
from experiments.progress import Progress
from harmonize.arrays import BoolArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.files import one_look
from harmonize.words import plural

MOST = 6
"""Columns that a note names."""

NAMING = (*KEYS, "condition")
"""Columns that tell the rows of a subject apart, read where the table has them."""


@dataclass(frozen=True, kw_only=True)
class DiagnosisInput(AddableInput[DiagnosisSettings]):
    """Rows of a table with their roles; the features that take part are those of a whitelist, all without one.

    Parameters
    ----------
    y : ndarray
        Class, number, or time and event of each row.
    subjects : ndarray
    perturbed : Rows or None
        The rows of perturbed scans, which are no further subjects.
    """

    y: NDArray[Any]
    subjects: NDArray[Any]
    perturbed: Rows | None = None

    @property
    def table(self) -> pd.DataFrame:
        """Features, batch and counts of voxels."""
        return _counted(self.rows.frame)

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

    @classmethod
    @one_look()
    def read(cls, table: Table, settings: DiagnosisSettings) -> "DiagnosisInput":
        """Read the rows that the settings ask for."""
        batch = (settings.batch,) if settings.batch else ()
        named = {*settings.predicted, settings.subject, *batch, *wanted_values(settings.where)}
        source = given_table(table)
        file = TableFile.open(source, settings.decimal)
        whitelist, guessed = read_whitelist(file, settings, {*settings.predicted, settings.subject})
        told = (*NAMING, *COUNTS, *guessed.values())
        further = [name for name in told if name in file.header and name not in named]
        rows, perturbed = _apart(read_cohort(file, settings, batch, further, perturbed=True), settings)
        notes = [*rows.notes, *_notes(rows, settings.subject, [name for name in further if name in NAMING])]
        kept = rows.features
        if whitelist is not None:
            kept, found = whitelisted(whitelist, rows, source, settings, guessed)
            notes += found
        subjects = rows.frame[settings.subject].to_numpy(dtype=object)
        return cls(
            described=describe_file(source),
            settings=settings,
            rows=rows,
            features=kept,
            notes=tuple(notes),
            y=outcome_values(rows.frame, settings),
            subjects=subjects,
            perturbed=perturbed,
        )

    def run(self, workers: Workers, progress: Progress = lambda *_: None) -> "DiagnosisFound":
        """Cross-validate every model, and the baselines."""
        candidates = {name: candidate(self, name) for name in self.settings.models}
        beaten: dict[str, DiagnosticPerformance] = {}
        failed = []
        with workers.joblib():
            models = {name: self._evaluate(one, name, workers, progress) for name, one in candidates.items()}
            if not self.settings.no_baselines:
                first = next(iter(models))
                size = size_of_selection(models[first].parameters["n_features"])
                for name, one in baselines(self, first, size).items():
                    try:
                        beaten[name] = self._evaluate(one, name, workers, progress)
                    except ConfigurationError as error:  # what the models found stands without it
                        failed.append(f"baseline {name} was not computed: {error}")
        steps = {
            name: [f"{step}: {type(part).__name__}" for step, part in one.pipeline.steps]
            for name, one in candidates.items()
        }
        return DiagnosisFound(self, models, beaten, steps, tuple(failed))

    def more(self, columns: Sequence[str]) -> MoreRows | None:
        """Give the perturbed rows to learn from, if that is asked for."""
        if self.perturbed is None or not self.settings.augment:
            return None
        frame = self.perturbed.frame
        people = frame[self.settings.subject].to_numpy(dtype=object)
        known = np.isin(people.astype(str), self.subjects.astype(str))
        y = outcome_values(pd.concat([self.rows.frame, frame]), self.settings)
        return MoreRows(_counted(frame)[list(columns)][known], y[len(self.y) :][known], people[known])

    def others(self, columns: Sequence[str]) -> tuple[dict[str, pd.DataFrame], dict[str, BoolArray]]:
        """Give the perturbed scans of all rows by perturbation, and which rows have each."""
        if self.perturbed is None:
            return {}, {}
        frame = self.perturbed.frame
        keys = [
            self.settings.subject,
            *(name for name in NAMING if name in frame and not _by_perturbation(frame, name)),
        ]
        return perturbed_tables(self.table, _counted(frame), list(dict.fromkeys(keys)), columns)

    def _evaluate(self, one: Candidate, name: str, workers: Workers, progress: Progress) -> DiagnosticPerformance:
        settings = self.settings
        return cross_validate(
            one.pipeline,
            self.table[list(one.columns)],
            self.y,
            self.subjects,
            param_grid=one.grid,
            others=self.others(one.columns)[0],
            more=self.more(one.columns),
            target=settings.predicted[0],
            outcome=str(settings.outcome),
            folds=settings.folds,
            repeats=settings.repeats,
            seed=settings.seed,
            inner_folds=settings.inner_folds,
            tune_by=settings.tune_by,
            level=settings.level,
            n_resamples=settings.n_resamples,
            jobs=workers.processes,
            progress=lambda done, total: progress(name, done, total),
            check_scans=False,  # the whole table was checked when it was read
        )


@dataclass(frozen=True, repr=False)
class DiagnosisFound(Addable):
    """A diagnosis with everything that its files say.

    Parameters
    ----------
    given : DiagnosisInput
        What it was computed from.
    models, baselines : mapping of str to DiagnosticPerformance
    steps : mapping of str to list of str
        The steps of each model's pipeline, in words.
    failed : tuple of str
        Baselines that could not be computed, and why.
    """

    analysis: ClassVar[str] = "diagnose"

    given: DiagnosisInput
    models: Mapping[str, DiagnosticPerformance]
    baselines: Mapping[str, DiagnosticPerformance]
    steps: Mapping[str, list[str]]
    failed: tuple[str, ...] = ()

    @property
    def everything(self) -> dict[str, DiagnosticPerformance]:
        """Models and baselines by name."""
        return {**self.models, **self.baselines}

    def stability(self) -> pd.DataFrame | None:
        """Tell how steady the predictions of each model are under perturbation; None without perturbed scans."""
        if self.given.perturbed is None:
            return None
        there = self.given.others(self.given.rows.features)[1]
        parts = [
            prediction_stability(one.held_out, one.others, there, self.given.settings.level).assign(model=name)
            for name, one in self.models.items()
        ]
        return pd.concat(parts, ignore_index=True)[["model", *COLUMNS]]

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        return [*self.remarks, *_steadiness(self.stability())]

    @property
    def remarks(self) -> list[str]:
        """The same without what has a table of its own."""
        of_models = [f"{name}: {note}" for name, one in self.models.items() for note in one.notes]
        return [*self.given.notes, *self.failed, *of_models]

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give the first score of every model and baseline in subjects held out, such as the AUC."""
        title = next(iter(scores_of(next(iter(self.models.values())).held_out).values())).title
        found = {name: one.scores.iloc[0] for name, one in self.everything.items()}
        rows = [
            {"model": name, title: with_limits(*row[["estimate", "lower", "upper"]])} for name, row in found.items()
        ]
        people = plural(len(set(self.given.subjects.tolist())), "subject")
        return f"diagnosis of {self.given.settings.aim}: {people}, held out", pd.DataFrame(rows)


def run_diagnosis(table: Table, settings: DiagnosisSettings, workers: Workers | None = None) -> DiagnosisFound:
    """Estimate how well the features of a table tell the diagnosis; `write_diagnosis` writes what is found.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each subject, or several: CSV or Parquet of any tool, or in memory.
    settings : DiagnosisSettings
    workers : Workers, optional
        Where to compute; by default a process for each core.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings: a scan under two subjects, a whitelist that was made from the
        same scans or with other settings.
    """
    return DiagnosisInput.read(table, settings).run(workers or Workers())


def _apart(rows: Rows, settings: DiagnosisSettings) -> tuple[Rows, Rows | None]:
    """Part the perturbed rows from the others, and say what they serve for; those that are named count as scans."""
    if PERTURBATION in wanted_values(settings.where):
        return rows, None
    plain, perturbed = perturbed_apart(
        rows,
        "serve for learning in the folds of training, and to tell how steady predictions are; none is tested"
        if settings.augment
        else "tell how steady predictions are; no model learns from them (`augment`), none is tested",
    )
    if settings.augment and perturbed is None:
        raise ConfigurationError(
            f"`augment`: the table has no rows of perturbed scans; name each in a column '{PERTURBATION}', and the "
            f"scans as they are '{UNPERTURBED}', as `radharmony run` does of a study with perturbations"
        )
    return plain, perturbed


def _steadiness(stability: pd.DataFrame | None) -> list[str]:
    """Say how steady the predictions of each model are under perturbation."""
    if stability is None:
        return []
    notes = []
    for name, rows in stability.groupby("model", sort=False):
        found = {str(row["measure"]): (row["estimate"], row["lower"], row["upper"]) for row in rows.to_dict("records")}
        text = f"{name}: predictions of perturbed scans have an SD of {with_limits(*found['sd'])} in a subject"
        if "flips" in found:
            text += f", and {with_limits(*found['flips'], in_percent)} % of them fall to another class"
        notes.append(text)
    return notes


def _by_perturbation(frame: pd.DataFrame, name: str) -> bool:
    """Tell whether a column, such as the condition, is the perturbation by another name."""
    return PERTURBATION in frame and bool((frame[name] == frame[PERTURBATION]).all())


def _counted(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the counts of voxels as numbers."""
    counts = [name for name in COUNTS if name in frame and not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.assign(**{name: pd.to_numeric(frame[name], errors="coerce") for name in counts})


def _notes(rows: Rows, subject: str, keys: list[str]) -> list[str]:
    """Say why subjects have several rows."""
    frame = rows.frame
    counts = frame[subject].value_counts()
    if counts.iloc[0] == 1:
        return []
    differ = list(telling(rows, frame[subject] == counts.index[0], keys))[:MOST]
    where = f", which differ in {', '.join(differ)} (take one with `where`)" if differ else ""
    return [f"{len(frame)} rows of {plural(len(counts), 'subject')}: up to {counts.iloc[0]} of one subject{where}"]
