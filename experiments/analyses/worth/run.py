"""What perturbations are worth: the table, with all guards."""

from dataclasses import dataclass, replace

import pandas as pd

from evaluation.perturbed import perturbation_worth
from evaluation.reading import ReadTable, Table, TableFile, read_feature_table
from evaluation.reading.roles import resolve
from evaluation.reliability.statistics import further, usual
from evaluation.tables import PERTURBATION, UNPERTURBED, as_taken
from experiments.analyses.reliability.rule import thresholds_of
from experiments.analyses.shared.table_files import describe_file, given_table
from experiments.analyses.worth.settings import WorthSettings
from experiments.results.worth import worth_notes, worth_shown
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.files import one_look
from harmonize.inputs.levels import find_level
from harmonize.printed import Printed
from harmonize.words import some
from selection.thresholds import Thresholds

NONE = "none"
"""The reference of conditions that are all compared with one another."""


@dataclass(frozen=True, repr=False)
class WorthFound(Printed):
    """What perturbations are worth.

    Parameters
    ----------
    described : dict of str to str
        The table that was read, by name and SHA-256.
    settings : WorthSettings
    read : ReadTable
    reference : str or None
    rule : Thresholds
    table : DataFrame
        What `perturbation_worth` gives.
    """

    described: dict[str, str]
    settings: WorthSettings
    read: ReadTable
    reference: str | None
    rule: Thresholds
    table: pd.DataFrame

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        return worth_notes(self.table)

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give what each chain catches, and rejects for nothing."""
        against = "one another" if self.reference is None else self.reference
        return f"unstable: not {self.rule.describe()}, against {against}", worth_shown(self.table)


@one_look()
def run_worth(table: Table, settings: WorthSettings) -> WorthFound:
    """Tell how well perturbations find what real conditions show to be unstable; `write_worth` writes what is found.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each subject, real condition, perturbation and ROI: CSV or Parquet of any tool, the folder of a run,
        or in memory. Perturbed scans of one condition are enough.
    settings : WorthSettings

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings: no perturbed scans, a single real condition, perturbed scans of
        several conditions without `reference`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth, noise = rng.normal(10, 1, (17, 2)), np.array([0.05, 0.6])
    >>> names = ["original_glcm_Id", "original_glcm_Contrast"]
    >>> def scan(session, perturbation):
    ...     values = pd.DataFrame(truth + noise * rng.normal(size=(17, 2)), columns=names)
    ...     return values.assign(subject=[f"S{i}" for i in range(17)], session=session, perturbation=perturbation)
    >>> frame = pd.concat([scan("1", "unperturbed"), scan("2", "unperturbed"), scan("1", "noise-1")])
    >>> run_worth(frame, WorthSettings()).table[["chain", "measure", "estimate", "n"]].head(2)
       chain       measure  estimate  n
    0  noise   sensitivity       1.0  1
    1  noise  false_alarms       0.0  1
    """
    source = given_table(table)
    column = settings.perturbation
    file = TableFile.open(source)
    refuse_unknown([column], file.header, "`perturbation`", "there is no column")
    asked = settings.reading((*settings.condition, column), "condition")
    if not settings.condition:
        roles, _ = resolve(file.header, replace(asked.roles, condition=(), within=(*settings.within, column)))
        asked = settings.reading((*roles.condition, column), "condition")
    read = read_feature_table(source, replace(asked, repeats=False))
    levels = {name: ("+".join(parts[:-1]), parts[-1]) for name, parts in read.factors.items()}
    level = read.table["condition"].map({name: one[1] for name, one in levels.items()})
    real = find_level(settings.unperturbed, level.unique(), f"`unperturbed`: no row has {column}")
    frame = read.table.assign(
        condition=read.table["condition"].map({name: one[0] for name, one in levels.items()}),
        **{PERTURBATION: level.replace(real, UNPERTURBED)},
    )
    reference = _reference(settings.reference, frame)
    _, rule = thresholds_of(settings.threshold, settings.compared, (*usual(), *further()), "reference")
    found = perturbation_worth(
        frame,
        reference,
        thresholds=rule.limits,
        on="limit" if settings.compared == "limit" else "estimate",
        columns=read.features,
        level=settings.level,
        seed=settings.seed,
    )
    return WorthFound(describe_file(source), settings, read, reference, rule, found)


def _reference(given: str | None, frame: pd.DataFrame) -> str | None:
    """Give the condition that the others are compared with."""
    known = [str(name) for name in frame["condition"].unique()]
    if given is not None:
        return None if given == NONE and NONE not in known else find_level(given, known, "`reference`: no row has")
    if (frame["condition"] == frame[PERTURBATION]).all():  # of scans of one condition: said where they are judged
        return None
    perturbed = [str(name) for name in frame.loc[~as_taken(frame), "condition"].unique()]
    if len(perturbed) > 1:
        raise ConfigurationError(
            f"`reference`: scans of {some(perturbed, 6)} were perturbed; name the condition that the others are "
            f"compared with, such as `reference={perturbed[0]}`, or `reference=none` to compare all with one another"
        )
    return perturbed[0] if perturbed else known[0]
