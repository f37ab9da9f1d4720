"""A test of equivalence: its table, and the answer for each feature."""

from dataclasses import dataclass

import pandas as pd

from evaluation.claims.pooling import NO, NOT_SHOWN, YES, pooling_table
from evaluation.reading import ReadTable, Table, read_feature_table
from evaluation.reliability.status import Status
from experiments.analyses.equivalence.settings import EquivalenceSettings
from experiments.analyses.shared.error_source import read_measurement_error
from experiments.analyses.shared.table_files import describe_file, given_table
from harmonize.errors import ConfigurationError
from harmonize.inputs.files import one_look
from harmonize.inputs.levels import find_level
from harmonize.printed import Printed
from harmonize.words import plural


@dataclass(frozen=True, repr=False)
class EquivalenceFound(Printed):
    """Which features may be pooled.

    Parameters
    ----------
    read : ReadTable
    settings : EquivalenceSettings
    reference, other : str
        The conditions.
    table : DataFrame
        What `pooling_table` gives.
    described : dict of str to str
        The table that was read, by name and SHA-256.
    """

    read: ReadTable
    settings: EquivalenceSettings
    reference: str
    other: str
    table: pd.DataFrame
    described: dict[str, str]

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        table, what = self.table, "ratios" if self.settings.scale == "log" else "differences"
        notes = [
            f"{what} against a margin of {self.settings.judged}; p adjusted ({self.settings.adjust}) over the "
            "features, ROIs and sequences of each strategy"
        ]
        if (table["status_gamma"] == Status.NO_REPEATS).all():
            notes.append(
                "the reference was measured once: means are compared; whether single patients' values are "
                "interchangeable needs repeats of the reference (`repeat`)"
            )
        lost = table.loc[table["status"] != Status.OK, "status"].value_counts()
        notes += [f"not computed, {name}: {count} of {len(table)}" for name, count in lost.items()]
        return notes

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Count the answers for each strategy, sequence and ROI."""
        answers = [YES, NO, NOT_SHOWN]
        keys = [name for name in ("strategy", "sequence", "roi") if self.table[name].nunique() > 1] or ["roi"]
        counts = self.table.groupby([*keys, "pooled"], sort=False).size().unstack(fill_value=0)
        counts = counts.reindex(columns=answers, fill_value=0).reset_index().astype(str)
        counts.columns.name = None
        subjects = plural(int(self.table["n"].max()), "subject")
        return f"may {self.reference} and {self.other} be pooled? {subjects}, margin {self.settings.judged}", counts


@one_look()
def run_equivalence(table: Table, settings: EquivalenceSettings) -> EquivalenceFound:
    """Tell for each feature whether two conditions may be pooled; `write_equivalence` writes what is found.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each subject, condition and ROI: CSV or Parquet of any tool, the folder of a run, or in memory.
    settings : EquivalenceSettings

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"subject": np.repeat([f"S{i}" for i in range(17)], 2), "condition": ["STD", "DLR"] * 17})
    >>> frame["original_glcm_Id"] = np.repeat(rng.normal(10, 1, 17), 2) + rng.normal(0, 0.1, 34)
    >>> run_equivalence(frame, EquivalenceSettings(conditions=("STD", "DLR"), margin="10%"))
    may STD and DLR be pooled? 17 subjects, margin 10%
    roi yes no not shown
    all   1  0         0
    """
    settings.check_files()
    source = given_table(table)
    columns = (*settings.column, *((settings.repeat,) if settings.repeat else ()))
    read = read_feature_table(source, settings.reading(columns, "column", settings.order))
    of = {
        name: "+".join(levels[:-1] if settings.repeat else levels) or name for name, levels in read.factors.items()
    } or {name: name for name in read.levels("condition")}
    known = list(dict.fromkeys(of.values()))
    taken = [name for name in settings.conditions if name in read.roles.condition and name not in known]
    if taken:
        raise ConfigurationError(
            f"`conditions`: '{taken[0]}' is a column; name two of its levels, such as {known[0]}, and it with `column`"
        )
    named = "+".join(settings.column or read.roles.condition) or settings.order
    reference, other = (find_level(name, known, f"`conditions`: no row has {named}") for name in settings.conditions)
    errors = None if settings.error is None else read_measurement_error(settings.error)[1]
    found = pooling_table(
        read.table,
        reference,
        other,
        settings.judged,
        of=of,
        errors=errors,
        columns=read.features,
        alpha=settings.alpha,
        adjust=settings.adjust,
    )
    return EquivalenceFound(read, settings, reference, other, found, describe_file(source))
