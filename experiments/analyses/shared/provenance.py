"""How the features of a table were made, and from what: told by the run it belongs to, or by a file that is named."""

from dataclasses import replace
from pathlib import Path

from evaluation.reading import TableSource, digest_of_table
from experiments.analyses.shared.extracted_with import extracted_with
from experiments.analyses.shared.reliability_source import read_source
from experiments.folder.files import FEATURES, RELIABILITY, RUN
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError
from selection import Cohort


def record_beside(table: TableSource, name: str) -> Path | None:
    """Give run.json if a table is the one of this name in the folder of a run; it tells nothing of others beside it."""
    if not isinstance(table, Path) or table.name != name:
        return None
    record = RunFolder(table.parent).path(RUN)
    return record if record.is_file() else None


def run_of(features: TableSource) -> RunFolder | None:
    """Open the run whose feature table this is; None of any other table."""
    beside = record_beside(features, FEATURES)
    return None if beside is None else RunFolder.open(beside.parent)


def cohort_of(table: TableSource, settings: Path | None, strategy: str | None) -> Cohort | None:
    """Find out how the features of a table were made; None if nothing tells.

    In this order: by the file that is named, by the run, by the settings that PyRadiomics wrote into the table.
    """
    known = settings or record_beside(table, FEATURES)
    return extracted_with(table) if known is None else Cohort.read(known, strategy)


def study_of(
    reliability: TableSource, settings: Path | None, strategy: str, digest: str | None = None
) -> Cohort | None:
    """Find out how the features of a reliability table were made, and from what; None if nothing tells.

    run.json tells it of the table of its run; `radharmony reliability` leaves the digest of its table, and its result
    in memory knows it.
    """
    if isinstance(reliability, Path):
        digest = read_source(reliability, strategy)
    known = settings or record_beside(reliability, RELIABILITY)
    cohort = None if known is None else Cohort.read(known, strategy)
    if cohort is not None and known is not None and known.name == RUN:
        run = RunFolder.open(known.parent)
        if strategy in run.whitelists:
            cohort = replace(cohort, learned=run.whitelists[strategy].learned)
    if digest is None:
        return cohort
    return Cohort(str(reliability), {}, data_digest=digest) if cohort is None else replace(cohort, data_digest=digest)


def refuse_same_data(what: str, digest: str, table: TableSource) -> None:
    """Refuse features that were chosen from the very scans that are to be diagnosed, as far as digests tell.

    Parameters
    ----------
    what : str
        What they were chosen by, for the message.
    digest : str
        Of its data: the images of a run, or the table that `radharmony reliability` read; empty if not known.
    table : Path or TableInMemory
        The table to be diagnosed.

    Raises
    ------
    ConfigurationError
    """
    same = [digest_of_table(table)]
    run = run_of(table)
    if run is not None:
        same.append(str(run.record.get("data_digest", "")))
    if digest and digest in same:
        raise ConfigurationError(
            f"{what} was made from the same scans as {table}, so that the subjects of every test fold took part in the "
            "choice of features; take one from another cohort, or compute reliability from the training subjects of "
            "each fold, as `radharmony tradeoff` does of repeats"
        )
