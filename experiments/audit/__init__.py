"""The audit of a study: what is missing, broken or odd, found before anything slow is computed."""

from collections.abc import Callable

from experiments.audit.bins import audit_bins
from experiments.audit.carried import audit_carried, carried_cells
from experiments.audit.cells import audit_cells, audit_contrasts, completeness
from experiments.audit.compared import audit_compared
from experiments.audit.findings import LEVELS, Audit, Completeness, Finding, at
from experiments.audit.order import audit_order
from experiments.audit.protocol import audit_protocol
from experiments.audit.resampling import audit_resampling
from experiments.audit.scans import Look, look
from experiments.audit.spelling import audit_spelling
from experiments.executors import Executor, Serial
from experiments.study.manifest import Scan
from experiments.study.protocol import read_protocols
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.errors import ScanError
from harmonize.image.slices import infer_slice_axis

__all__ = ["LEVELS", "Audit", "Completeness", "Finding", "audit"]


def audit(study: Study, progress: Callable[[int, int], None] | None = None, executor: Executor | None = None) -> Audit:
    """Audit a study: its table, every image and mask, protocols, and gray levels where these are quick to compute.

    Each scan is read once. What is wrong with a scan is a finding, never an exception.

    Parameters
    ----------
    study : Study
        What to look at.
    progress : callable, optional
        Called as `progress(done, total)` after each scan.
    executor : Executor, optional
        Where to look at the scans; by default in this process.

    Returns
    -------
    Audit
        The findings, errors first, and how complete the study is.
    """
    looked = list(zip(study.scans, _looks(study, progress, executor or Serial()), strict=True))
    usable = {(*scan.key, roi) for scan, found in looked for roi in found.rois}
    usable |= carried_cells(study, looked, usable)
    findings = [
        *audit_cells(study),
        *audit_spelling(study),
        *audit_order(study),
        *audit_contrasts(study, usable),
        *(finding for _, found in looked for finding in found.findings),
        *audit_compared(study, looked),
        *audit_carried(study, looked),
        *audit_resampling(study, looked),
        *audit_protocol(study, read_protocols(study.scans)),
        *audit_bins(study.strategies, ((scan, count) for scan, found in looked for count in found.bins)),
    ]
    signals = tuple(found.signal for _, found in looked if found.signal is not None)
    ordered = tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level)))
    axes = {infer_slice_axis(found.grid) for _, found in looked if found.grid is not None}
    return Audit(
        ordered, completeness(study, usable), signals, tuple(sorted(axis for axis in axes if axis is not None))
    )


def _looks(study: Study, progress: Callable[[int, int], None] | None, executor: Executor) -> list[Look]:
    total = len(study.scans)
    tasks = [(scan, study.strategies) for scan in study.scans]
    return executor.map(look, tasks, lambda done: progress(done, total) if progress is not None else None, _lost)


def _lost(error: ScanError, scan: Scan, _strategies: tuple[Strategy, ...]) -> Look:
    """Give the look at a scan that no worker survived."""
    return Look((at("error", "worker_ended", scan, error.problem, error.advice, file=scan.image),))
