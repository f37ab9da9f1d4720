"""A trade-off between robustness and diagnosis: its table, the reliability of another study and all guards."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from evaluation.figures.tradeoff import SCORES, first_score
from evaluation.reading import Table, TableSource
from evaluation.tables import feature_class
from evaluation.written import with_limits
from experiments.analyses.shared.adding import Addable, AddableInput
from experiments.analyses.shared.groups import Workers
from experiments.analyses.shared.people import check_single, outcome_values, read_cohort
from experiments.analyses.shared.provenance import cohort_of, refuse_same_data, study_of
from experiments.analyses.shared.reliability_table import read_reliability
from experiments.analyses.shared.table_files import describe_file, given_table, joined
from experiments.analyses.shared.whitelisted import refusal
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.progress import Progress
from harmonize.errors import ConfigurationError
from harmonize.inputs.files import one_look
from harmonize.words import plural, some
from selection import Cohort, Sweep, Thresholds, Tradeoff, compare_settings, reliability_scores, tradeoff
from selection.sweep.tradeoff import LISTED


@dataclass(frozen=True, kw_only=True)
class TradeoffInput(AddableInput[TradeoffSettings]):
    """Rows of a table with their roles, and how reliable the features are; those of which that is known take part.

    Warnings tell how the table differs from the study of reliability.

    Parameters
    ----------
    sweep : Sweep
    scores : Series or None
        Reliability by feature; None where repeats of the table itself serve.
    source : mapping
        What the study of reliability was, in plain values; empty without one.
    """

    sweep: Sweep
    scores: "pd.Series[float] | None" = None
    source: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    @one_look()
    def read(cls, table: Table, settings: TradeoffSettings) -> "TradeoffInput":
        """Read the rows that the settings ask for, and the reliability of another study.

        Raises
        ------
        ConfigurationError
            For whatever is wrong with table or settings, and if features were made in another way, with all reasons.
        """
        sweep = settings.sweep()
        source = given_table(table)
        rows = read_cohort(source, settings, settings.condition, settings.unit)
        read = cls(
            described=describe_file(source),
            settings=settings,
            rows=rows,
            features=rows.features,
            notes=rows.notes,
            sweep=sweep,
        )
        if settings.condition:
            check_single(rows, settings.subject, settings.condition, settings.unit)
        if settings.reliability is None:
            return read
        file, known, strategy, digest = read_reliability(settings.reliability, settings.strategy)
        place = {"sequence": settings.sequence, "roi": settings.roi}
        scores = reliability_scores(known, sweep.by, compared=sweep.compared, strategy=strategy, **place)
        study = study_of(file, None, strategy, digest)
        warnings = _compare(source, file, known, strategy, settings, sweep, study)
        kept, absent = _known_of(rows.features, scores, file, settings.allow)
        if absent:
            warnings.append(f"left out, as their reliability is not known: {', '.join(absent)}")
        unreliable = int(np.isneginf(scores.reindex(list(kept)).to_numpy()).sum())
        if unreliable:
            warnings.append(f"{sweep.by} could not be computed of {unreliable} features; they reach no threshold")
        described = {**describe_file(file), "strategy": strategy, **place}
        more = {"allowed": list(settings.allow), "not_known": list(absent)}
        return replace(read, features=kept, warnings=tuple(warnings), scores=scores, source={**described, **more})

    def run(self, workers: Workers, progress: Progress = lambda *_: None) -> "TradeoffFound":
        """Sweep the thresholds."""
        settings, frame = self.settings, self.rows.frame
        with workers.joblib():
            result = tradeoff(
                frame[list(self.features)],
                frame[settings.predicted[0]].to_numpy()
                if settings.outcome == "classes"
                else outcome_values(frame, settings),
                frame[settings.subject].to_numpy(),
                reliability=self.scores,
                conditions=joined(frame, settings.condition).to_numpy() if settings.condition else None,
                units=joined(frame, settings.unit).to_numpy() if settings.unit else None,
                sweep=self.sweep,
                n_jobs=workers.processes,
                check_scans=False,  # the whole table was checked when it was read
                progress=partial(progress, "folds"),
            )
        return TradeoffFound(result, self)


@dataclass(frozen=True, repr=False)
class TradeoffFound(Addable):
    """A trade-off with everything that its files say.

    Parameters
    ----------
    result : Tradeoff
    given : TradeoffInput
        What it was computed from.
    """

    analysis: ClassVar[str] = "tradeoff"

    result: Tradeoff
    given: TradeoffInput

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        return [*self.given.notes, *self.result.notes]

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give features and the first score, such as the AUC, at every threshold."""
        score = first_score(self.result.table)
        rows = [
            {
                "threshold": str(row["name"]),
                "features": f"{row['n_features']:.4g}",
                SCORES[score]: with_limits(row[score], row[f"{score}_lower"], row[f"{score}_upper"]),
            }
            for row in self.result.table.to_dict("records")
        ]
        title = (
            f"{self.result.sweep.describe()} against the {SCORES[score]}: {plural(self.result.n_subjects, 'subject')}"
        )
        return title, pd.DataFrame(rows)


def run_tradeoff(table: Table, settings: TradeoffSettings, workers: Workers | None = None) -> TradeoffFound:
    """Sweep a threshold of robustness against diagnostic performance; `write_tradeoff` writes what is found.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each subject, or several under different conditions: CSV or Parquet of any tool, or in memory.
    settings : TradeoffSettings
    workers : Workers, optional
        Where to compute; by default a process for each core.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings: reliability of the same scans, or of features made with other
        settings, features whose reliability is not known, a scan under two subjects.
    """
    return TradeoffInput.read(table, settings).run(workers or Workers())


def _known_of(
    features: tuple[str, ...], scores: "pd.Series[float]", file: TableSource, allow: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part the features by whether their reliability is known; refuse where it is not, unless that is allowed."""
    kept = tuple(name for name in features if name in scores.index)
    absent = tuple(name for name in features if name not in scores.index)
    if absent and ("missing" not in allow or not kept):
        patterns = exclusion(absent, kept)
        leave = f"leave them out with `exclude={patterns}`, or with `allow=missing`" if kept else "take another study"
        raise ConfigurationError(
            f"reliability: {file} does not know {len(absent)} of {len(features)} features: "
            f"{some(absent, LISTED)}; {leave}"
        )
    return kept, absent


def exclusion(absent: tuple[str, ...], kept: tuple[str, ...]) -> str:
    """Give what `exclude` takes to leave features out and keep the others, by their classes if these suffice.

    Examples
    --------
    >>> exclusion(("original_shape_Volume", "original_shape_Flatness"), ("original_glcm_Id",))
    "'*_shape_*'"
    >>> exclusion(("original_glcm_Idm",), ("original_glcm_Id",))
    "'original_glcm_Idm'"
    """
    patterns = {f"*_{feature_class(name)}_*" if feature_class(name) else name for name in absent}
    if any(fnmatchcase(name, pattern) for name in kept for pattern in patterns):
        patterns = set(absent)
    return f"'{','.join(sorted(patterns))}'"


def _compare(
    path: TableSource,
    file: TableSource,
    table: pd.DataFrame,
    strategy: str,
    settings: TradeoffSettings,
    sweep: Sweep,
    source: Cohort | None,
) -> list[str]:
    """Refuse a cohort whose features were made in another way, or nobody knows how, unless that is allowed."""
    if source is not None:
        refuse_same_data(f"`reliability`: {file}", source.data_digest, path)
    cohort = cohort_of(path, settings.settings, strategy)
    rule = Thresholds({sweep.by: sweep.thresholds[0]}, compared=sweep.compared)
    whitelist = rule.whitelist(table, strategy, **({} if source is None else source.provenance()))
    differences = compare_settings(whitelist, cohort)
    found = [replace(one, text=one.text.replace("the whitelist", "the study of reliability")) for one in differences]
    serious = [one for one in found if one.serious and one.kind not in settings.allow]
    if serious:
        raise ConfigurationError(refusal(f"the reliability of {file}", serious))
    return [one.text for one in found]
