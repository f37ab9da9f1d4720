"""An analysis of reliability: its tables and roles, the statistics, and what whole subjects say of the shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.publication import Analysis
from evaluation.publication.analysis import subjects_used
from evaluation.publication.pictures import Place
from evaluation.reading import ReadTable, Table, TableSource, read_feature_table
from evaluation.reliability import Settings, terms
from evaluation.reliability.signature_table import signature_table
from evaluation.reliability.summary import summarize
from evaluation.reliability.table import reliability_of
from evaluation.tables import ALL_CONDITIONS
from experiments.analyses.reliability.inference import TableInference, infer_table
from experiments.analyses.reliability.rule import statistics_of, thresholds_of
from experiments.analyses.reliability.settings import ReliabilitySettings
from experiments.analyses.shared.provenance import run_of
from experiments.analyses.shared.table_files import describe_file, given_table
from experiments.folder.run_folder import RunFolder
from experiments.progress import Progress
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.files import one_look
from harmonize.printed import Printed
from harmonize.words import plural
from selection.thresholds import Thresholds
from selection.whitelist import Whitelist

NONE = "none"
"""Names no reference."""


@dataclass(frozen=True)
class ReliabilityInput:
    """Tables that were read, and what is computed of them.

    Parameters
    ----------
    settings : ReliabilitySettings
    sources : mapping of str to mapping
        By strategy the table that it comes from, as it was read: its name and SHA-256.
    runs : mapping of str to RunFolder
        The run of each of these tables that is its own; the key is empty for a single table.
    read : ReadTable
    reference : str or None
        None where all conditions are compared with one another.
    statistics : tuple of str
    thresholds : mapping of str to float
        Of all statistics.
    rule : Thresholds
        What a feature must pass to be reproducible.
    place : Place
        What pictures of single features show.
    """

    settings: ReliabilitySettings
    sources: Mapping[str, Mapping[str, str]]
    runs: Mapping[str, RunFolder]
    read: ReadTable
    reference: str | None
    statistics: tuple[str, ...]
    thresholds: Mapping[str, float]
    rule: Thresholds
    place: Place

    @classmethod
    @one_look()
    def of(cls, tables: Table | Mapping[str, Table], settings: ReliabilitySettings) -> "ReliabilityInput":
        """Read one table, or several by the name of their strategy.

        Raises
        ------
        ConfigurationError
            For whatever is wrong with tables or settings.
        """
        given = given_tables(tables)
        read = read_given(given, settings)
        named = given if isinstance(given, dict) else {"": given}
        runs = {name: run for name, one in named.items() if (run := run_of(one)) is not None}
        reference = _reference(read, settings.reference, runs)
        statistics = statistics_of(settings.statistics, reference)
        thresholds, rule = thresholds_of(settings.threshold, settings.compared, statistics, reference)
        place = _place(read, reference, settings.at)
        refuse_unknown(settings.picture, read.features, "`picture`", "there is no feature")
        return cls(settings, sources_of(given, read), runs, read, reference, statistics, thresholds, rule, place)

    @property
    def how(self) -> Settings:
        """How statistics are computed: settings of the same names, and the reference that they lead to."""
        asked = {name: value for name, value in vars(self.settings).items() if name in Settings._fields}
        return Settings(**{**asked, "reference": self.reference})

    @property
    def sets(self) -> dict[str, dict[tuple[str, str], tuple[str, ...]]]:
        """The features of a whitelist by sequence and ROI, if one was named."""
        if self.settings.whitelist is None:
            return {}
        whitelist = Whitelist.read(self.settings.whitelist)
        return {"whitelist": {(one, roi): whitelist.features[one][roi] for one, roi in whitelist.places}}

    @property
    def reference_from(self) -> str:
        """Where a reference comes from that was not asked for; empty for one that was."""
        if self.settings.reference is not None:
            return ""
        return "that of the run" if _reference_of(self.runs, self.read) else "the first of two conditions"

    @property
    def empty(self) -> tuple[str, ...]:
        """Features without a single value, which count as not extracted."""
        return empty_features(self.read)

    @property
    def harmonized(self) -> tuple[str, ...]:
        """Strategies whose values a run learned from other subjects, which a table alone does not let learn anew."""
        levels, found = self.read.levels("strategy"), set()
        for table, run in self.runs.items():
            prefix = f"{table} / " if table else ""
            names = [f"{prefix}{one['name']}" for one in run.record["strategies"] if one.get("harmonizer")]
            if names and self.settings.strategy not in (None, "strategy"):  # each level may have some of them
                names = [level for level in levels if level.startswith(prefix)]
            found.update(names)
        return tuple(level for level in levels if level in found)

    def run(self, infer: bool = True, progress: Progress = lambda *_: None) -> "ReliabilityFound":
        """Compute the statistics and, unless settings leave that out, limits of shares and comparisons."""
        settings, read = self.settings, self.read
        computed = reliability_of(read.table, self.how, self.statistics, read.features)
        analysis = self._analysis(computed)
        inference = signatures = None
        if infer and not settings.no_inference:
            inference = infer_table(read, analysis, self.rule, self.statistics, self.harmonized, progress)
            signatures = signature_table(read.table, self.sets, columns=read.features, level=settings.level)
        return ReliabilityFound(self, computed, analysis, inference, signatures)

    def _analysis(self, computed: pd.DataFrame) -> Analysis:
        """Say what was analysed and how, for tables and text of a paper."""
        settings, read = self.settings, self.read
        subjects = len(read.levels("subject"))
        return Analysis(
            reference=self.reference,
            conditions=read.levels("condition"),
            subjects=subjects,
            features=len(read.features) - len(self.empty),
            used=subjects_used(computed, subjects),
            strategies=read.levels("strategy"),
            sequences=read.levels("sequence"),
            rois=read.levels("roi"),
            how=self.how,
            thresholds=self.thresholds,
            rule=dict(self.rule.limits),
            on="limit" if settings.compared == "limit" else "estimate",
            statistics=self.statistics,
        )


@dataclass(frozen=True, repr=False)
class ReliabilityFound(Printed):
    """The reliability of features with everything that its files say.

    Parameters
    ----------
    given : ReliabilityInput
        What it was computed from.
    computed : DataFrame
        The reliability table.
    analysis : Analysis
        What was analysed and how.
    inference : TableInference or None
        Limits of shares and comparisons, where these were wanted.
    signatures : DataFrame or None
        Reliability of sets of features together, where that was wanted.
    """

    given: ReliabilityInput
    computed: pd.DataFrame
    analysis: Analysis
    inference: TableInference | None
    signatures: pd.DataFrame | None = None

    @property
    def sources(self) -> Mapping[str, Mapping[str, str]]:
        """By strategy the table that it was computed from."""
        return self.given.sources

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give medians and shares of each strategy over everything, see `summarize`."""
        analysis = self.analysis
        summary = summarize(self.computed, analysis.thresholds, analysis.on)
        rows = [
            {
                "strategy": row["strategy"],
                "threshold": terms.threshold(row["statistic"], row["threshold"]),
                "median": terms.number(row["median"], row["statistic"]) if row["n_computed"] else terms.NOT_COMPUTED,
                "passing": terms.share(row["passing"], row["n_total"], row["n_computed"]),
            }
            for row in summary[summary["by"] == "overall"].to_dict("records")
        ]
        against = f"with {analysis.reference}" if analysis.reference else "of all with one another"
        return (
            f"reliability of {plural(analysis.features, 'feature')}: {plural(analysis.subjects, 'subject')}, "
            f"{plural(len(analysis.conditions), 'condition')} compared {against}",
            pd.DataFrame(rows),
        )


def run_reliability(
    tables: Table | Mapping[str, Table], settings: ReliabilitySettings | None = None
) -> ReliabilityFound:
    """Compute the reliability statistics of every feature; `write_reliability` writes what is found.

    Parameters
    ----------
    tables : str, Path or DataFrame, or mapping of str to one
        A row for each subject, condition and ROI: CSV or Parquet of any tool, or what pandas has in memory; several by
        the name of their strategy.
    settings : ReliabilitySettings, optional

    Raises
    ------
    ConfigurationError
        For whatever is wrong with tables or settings.
    """
    return ReliabilityInput.of(tables, settings or ReliabilitySettings()).run()


Given = TableSource | dict[str, TableSource]


def given_tables(tables: Table | Mapping[str, Table]) -> Given:
    """Take one table, or several by the name of their strategy."""
    if not isinstance(tables, Mapping):
        return given_table(tables)
    if not tables:
        raise ConfigurationError("tables: is empty; name at least one")
    return {name: given_table(one, f"DataFrame '{name}'") for name, one in tables.items()}


def read_given(given: Given, settings: ReliabilitySettings, asked: str = "condition") -> ReadTable:
    """Read what `given_tables` gives, with the roles of settings; `asked` is the setting that names the condition."""
    return read_feature_table(given, settings.reading(settings.condition, asked, settings.order))


def empty_features(read: ReadTable) -> tuple[str, ...]:
    """Name features without a single value, which count as not extracted."""
    return tuple(name for name in read.features if read.table[name].isna().all())


def sources_of(given: Given, read: ReadTable) -> dict[str, Mapping[str, str]]:
    """Describe by strategy the table that it comes from: its name and SHA-256."""
    if isinstance(given, dict):
        return {name: describe_file(one) for name, one in given.items()}
    return dict.fromkeys(read.levels("strategy"), describe_file(given))


def paths_of(tables: tuple[str, ...]) -> Path | dict[str, Path]:
    """Take one table as it is, several by the name of their strategy."""
    named: dict[str, Path] = {}
    for table in tables:
        name, equals, path = table.partition("=")
        if not equals or Path(table).exists():
            name, path = Path(table).name.split(".")[0], table
            if len(tables) == 1:
                return Path(table)
        if name in named:
            raise ConfigurationError(f"two tables are called '{name}'; name them, such as second={path}")
        named[name] = Path(path)
    return named


def _reference_of(runs: Mapping[str, RunFolder], read: ReadTable) -> str | None:
    """Give the reference of the runs that tables are of, if it is one, and a condition of the tables."""
    told = {str(run.record["reference"]) for run in runs.values()}
    return told.pop() if len(told) == 1 and not read.roles.order and told <= set(read.levels("condition")) else None


def _reference(read: ReadTable, wanted: str | None, runs: Mapping[str, RunFolder]) -> str | None:
    """Give the reference condition, or nothing where `none` (and no condition of that name) was asked for."""
    wanted = _reference_of(runs, read) if wanted is None else wanted
    conditions = read.levels("condition")
    if wanted == NONE and NONE not in conditions:
        return None
    if wanted is None and len(conditions) > 2:
        raise ConfigurationError(
            f"there are {len(conditions)} conditions, {', '.join(conditions[:12])}; name the one that the others are "
            f"compared with by `reference`, or compare all with one another by `reference={NONE}`"
        )
    return read.reference(wanted)


def _place(read: ReadTable, reference: str | None, wanted: Mapping[str, str]) -> Place:
    """Give the place that pictures of single features show: the levels that are wanted, else the first of each."""
    roles = ("strategy", "sequence", "roi", "condition")
    refuse_unknown(wanted, roles, "`at`")
    chosen = {}
    for role in roles:
        levels = [level for level in read.levels(role) if role != "condition" or level != reference]
        if role == "condition" and reference is None:
            levels = [ALL_CONDITIONS]
        chosen[role] = wanted.get(role, levels[0])
        refuse_unknown([chosen[role]], levels, "`at`", f"there is no {role}")
    return Place(**chosen)
