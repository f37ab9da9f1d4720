"""What analyses have found, added to a finished run: their files, their part of the report, and its MLflow run."""

import warnings
from pathlib import Path
from typing import Any

from experiments.analyses import ANALYSES, RegisteredAnalysis, addable
from experiments.analyses.shared.adding import Addable
from experiments.analyses.shared.provenance import record_beside
from experiments.folder.files import FEATURES
from experiments.folder.in_the_way import refuse_in_the_way
from experiments.folder.run_folder import RunFolder
from experiments.report import write_report
from experiments.tracking import TrackingError, TrackingWarning, keep_findings, log_findings
from experiments.tracking.findings import forget_findings
from harmonize.errors import ConfigurationError


def add_to_run(run: RunFolder | str | Path, found: Any, *, tracking_uri: str | None = None) -> Path:
    """Add what an analysis found to a run: into its folder, its report and its MLflow run.

    Parameters
    ----------
    run : RunFolder, str or Path
        A finished run, or its folder.
    found : DiagnosisFound, TradeoffFound or TransferFound
        What `run_diagnosis`, `run_tradeoff` or `run_transfer` gave.
    tracking_uri : str, optional
        Where the run is tracked, if its address has a password.

    Returns
    -------
    Path
        The report, written again.

    Raises
    ------
    ConfigurationError
        If nothing of that kind can be added, the run is not finished, or it was changed since.

    Examples
    --------
    >>> found = run_diagnosis("features.csv", settings)  # doctest: +SKIP
    >>> add_to_run("results", found)  # doctest: +SKIP
    """
    analysis, run = analysis_of(found), RunFolder.of(run)
    run.check()
    doubt = unrelated(run, found.given)
    if doubt:
        warnings.warn(doubt, stacklevel=2)
    report, untracked = keep_found(run, analysis, found, tracking_uri)
    if untracked:
        warnings.warn(untracked, TrackingWarning, stacklevel=2)
    return report


def analysis_of(found: object) -> RegisteredAnalysis:
    """Give the analysis that something comes from.

    Raises
    ------
    ConfigurationError
        If it comes from none that may be added to a run.
    """
    if not isinstance(found, Addable):
        places = [one.adding.place for one in addable()]
        raise ConfigurationError(
            f"a {type(found).__name__} cannot be added to a run; expected what `run_{'`, `run_'.join(places)}` gives"
        )
    return ANALYSES[found.analysis]


def keep_found(run: RunFolder, analysis: RegisteredAnalysis, found: Any, tracking_uri: str | None) -> tuple[Path, str]:
    """Keep what an analysis found in the run, write its report again, and log it beside its MLflow run.

    An end in between leaves no files that seem to belong to the run.

    Returns
    -------
    report : Path
    untracked : str
        Why MLflow does not hold it, if so; what is in the folder is complete.
    """
    adding = analysis.adding
    refuse_in_the_way(run.folder, adding.place)
    run.check_still()
    forget_findings(run, analysis.name)
    adding.write(run.path(adding.place), found)
    findings = adding.found_in(run)
    keep_findings(run, findings)
    report = write_report(run.folder)
    try:
        log_findings(run.folder, findings.name, tracking_uri)
    except TrackingError as error:
        return report, str(error)
    return report, ""


def unrelated(run: RunFolder, given: Any) -> str:
    """Say if nothing tells that the table of an analysis belongs to a run: other subjects, made nobody knows how."""
    table, settings = given.rows.file.path, given.settings
    if settings.settings is not None or record_beside(table, FEATURES) is not None:
        return ""
    known = set(run.features["subject"].astype(str)) if FEATURES in run else set()
    if not known.isdisjoint(given.rows.frame[settings.subject].astype(str)):
        return ""
    return (
        f"{table} has no subject of the run {run.folder}, and nothing says how its features were made; its report will "
        "name the table, but check that they belong together (`settings` names how they were made)"
    )
