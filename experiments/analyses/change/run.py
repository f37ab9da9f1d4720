"""A judgement of changes: the visits, the errors, whether both belong together, and the verdicts."""

from dataclasses import dataclass, replace

import pandas as pd

from evaluation.claims.change import CHANGED, NONE, NOT_JUDGED, change_table
from evaluation.reading import Table, TableFile, TableSource, digest_of_table, read_feature_table
from evaluation.reading.names import plain
from evaluation.reliability.status import MEANINGS, Status
from experiments.analyses.change.settings import ChangeSettings
from experiments.analyses.shared.error_source import read_measurement_error
from experiments.analyses.shared.provenance import cohort_of, record_beside, study_of
from experiments.analyses.shared.table_files import describe_file, given_table
from experiments.analyses.shared.whitelisted import refusal
from experiments.folder.files import FEATURES
from harmonize.errors import ConfigurationError
from harmonize.inputs.files import one_look
from harmonize.inputs.levels import find_level
from harmonize.printed import Printed
from harmonize.words import plural
from selection import Cohort, Whitelist, compare_settings

PROTOCOLS = ("scanner", "manufacturer", "model", "field", "fieldstrength", "site", "acquisition", "reconstruction")
"""Columns of these names tell a protocol, unless others are named."""


@dataclass(frozen=True, repr=False)
class ChangeFound(Printed):
    """Verdicts of each patient and feature.

    Parameters
    ----------
    settings : ChangeSettings
    visits : (str, str)
    table : DataFrame
        What `change_table` gives.
    described : dict of str to str
        The table that was read, by name and SHA-256.
    warnings : tuple of str
        In what the features were made otherwise than those of the reliability study.
    protocol : tuple of str
        Columns that told the protocol.
    """

    settings: ChangeSettings
    visits: tuple[str, str]
    table: pd.DataFrame
    described: dict[str, str]
    warnings: tuple[str, ...]
    protocol: tuple[str, ...]

    def patients(self) -> pd.DataFrame:
        """Count for each strategy and patient features judged, changed, and exceeding the coefficient by chance alone.

        Returns
        -------
        DataFrame
            strategy, subject, features, judged, changed, beyond (the coefficient), by_chance (how many of the judged
            would be, had nothing changed), with q below .05 (``fdr``).
        """
        table = self.table
        marked = table.assign(
            judged=table["verdict"] != NOT_JUDGED,
            changed=table["verdict"] == CHANGED,
            beyond=table["size"].abs() > 1,
            fdr=table["q"] < 0.05,
        )
        counts = marked.groupby(["strategy", "subject"], sort=False).agg(
            features=("feature", "size"),
            judged=("judged", "sum"),
            changed=("changed", "sum"),
            beyond=("beyond", "sum"),
            by_chance=("by_chance", "sum"),
            fdr=("fdr", "sum"),
        )
        return counts.reset_index()

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        name, table = self.settings.coefficient.upper(), self.table
        judged = table["verdict"] != NOT_JUDGED
        share = table.loc[judged, "by_chance"].mean() if judged.any() else 0.0
        notes = [
            f"of features that did not change, {100 * share:.1f} % exceed their {name} by chance (5 % if it were known "
            "exactly); features of a patient go together, so that in some patients there are many of them"
        ]
        if self.settings.coefficient != "rdc" and not self.protocol:
            notes.append(
                f"{name} holds for two visits on the same scanner with the same protocol, which nothing in the table "
                "tells; name its columns with `protocol`, or judge by `coefficient=rdc`"
            )
        for status, count in table["status"].value_counts().items():
            if status != Status.OK:
                notes.append(f"{status}: {count} of {len(table)}: {MEANINGS[Status(str(status))]}")
        return notes

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give the counts of each patient."""
        counts = self.patients()
        shown = counts.assign(by_chance=counts["by_chance"].map("{:.1f}".format)).drop(columns="beyond")
        if counts["strategy"].nunique() == 1:
            shown = shown.drop(columns="strategy")
        shown = shown.rename(columns={"by_chance": "by chance", "fdr": "q < .05"}).astype(str)
        rule = "" if self.settings.adjust == NONE else f", {self.settings.adjust}"
        people, name = plural(counts["subject"].nunique(), "subject"), self.settings.coefficient.upper()
        return f"changes from {self.visits[0]} to {self.visits[1]} against {name}{rule}: {people}", shown


@one_look()
def run_change(table: Table, settings: ChangeSettings) -> ChangeFound:
    """Judge the change of every feature of every patient; `write_change` writes what is found.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each patient, visit and ROI: CSV or Parquet of any tool, the folder of a run, or in memory.
    settings : ChangeSettings

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings, and if the features were made otherwise than those of the
        reliability study, or nothing says how.
    """
    settings.check_files()
    source = given_table(table)
    protocol = settings.protocol
    if settings.visit is not None and not protocol:
        header = TableFile.open(source, settings.decimal).header
        used = {settings.visit, settings.subject, settings.sequence, settings.roi, settings.strategy, *settings.within}
        protocol = tuple(name for name in header if plain(name) in PROTOCOLS and name not in used)
    columns = () if settings.visit is None else (settings.visit, *protocol)
    read = read_feature_table(source, settings.reading(columns, "visit", settings.order))
    of = {name: (levels[0], "+".join(levels[1:])) for name, levels in read.factors.items() if columns}
    of = of or {name: (name, "") for name in read.levels("condition")}
    known = list(dict.fromkeys(visit for visit, _ in of.values()))
    visits = _visits(known, settings)
    errors_from, errors = read_measurement_error(settings.reliability)
    strategies = read.levels("strategy")
    warnings = [
        text
        for strategy in errors["strategy"].unique()
        if len(strategies) == 1 or strategy in strategies
        for text in _checked(source, errors_from, errors, str(strategy), strategies, settings)
    ]
    found = change_table(
        read.table,
        errors,
        *visits,
        settings.coefficient,
        of=of,
        scale=settings.scale,
        adjust=settings.adjust,
        columns=read.features,
    )
    if (found["status"] == Status.NOT_STUDIED).all():
        raise ConfigurationError(
            f"`reliability`: {errors_from} has an error of no feature, sequence and ROI of {source}; it has "
            f"{errors['feature'].iloc[0]} of {errors['sequence'].iloc[0]} / {errors['roi'].iloc[0]}, the table "
            f"{read.features[0]} of {found['sequence'].iloc[0]} / {found['roi'].iloc[0]}"
        )
    return ChangeFound(settings, visits, found, describe_file(source), tuple(dict.fromkeys(warnings)), protocol)


def _visits(known: list[str], settings: ChangeSettings) -> tuple[str, str]:
    """Give both visits: those that are named, else two numbers in their order."""
    if settings.visits:
        first, second = (find_level(name, known, "`visits`: there is none") for name in settings.visits)
        return first, second
    try:
        ordered = sorted(known, key=float)
    except ValueError:
        ordered = []
    if len(ordered) != 2:
        raise ConfigurationError(
            f"`visits`: there are {', '.join(known[:12])}; name the two that are compared, the earlier first"
        )
    return ordered[0], ordered[1]


def _checked(
    table: TableSource,
    errors_from: TableSource,
    errors: pd.DataFrame,
    strategy: str,
    strategies: tuple[str, ...],
    settings: ChangeSettings,
) -> list[str]:
    """Refuse features that were made otherwise than those of the reliability study, unless that is allowed."""
    study = _study(errors_from, strategy)
    of_table = strategy if strategy in strategies else strategies[0]
    cohort = cohort_of(table, settings.settings, None if of_table == "all" else of_table)
    names = {
        str(sequence): {str(roi): tuple(rows["feature"]) for roi, rows in part.groupby("roi")}
        for sequence, part in errors.groupby("sequence")
    }
    listed = Whitelist(strategy, names, {}, {}, **({} if study is None else study.provenance()))
    found = [
        replace(
            one, text=one.text.replace("the whitelist", "the reliability study").replace("this cohort", "the table")
        )
        for one in compare_settings(listed, cohort)
    ]
    serious = [one for one in found if one.serious and one.kind not in settings.allow]
    if serious:
        raise ConfigurationError(f"`reliability`: {refusal(f'the measurement error of {errors_from}', serious)}")
    same = study is not None and study.data_digest and study.data_digest == digest_of_table(table)
    own = [f"measurement error was computed from {table} itself: who changed is part of what is called error"]
    return [one.text for one in found] + own * bool(same)


def _study(source: TableSource, strategy: str) -> Cohort | None:
    """Find out how the features of the reliability study were made."""
    if record_beside(source, FEATURES) is not None:  # errors were computed of the features of a run
        return cohort_of(source, None, strategy)
    return study_of(source, None, strategy)
