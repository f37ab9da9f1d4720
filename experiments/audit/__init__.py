"""The audit of a study: what is missing, broken or odd, found before anything slow is computed."""

from collections.abc import Callable, Iterator
from typing import Any

import joblib

from experiments.audit.bins import audit_bins
from experiments.audit.carried import audit_carried, carried_cells
from experiments.audit.cells import audit_cells, audit_contrasts, completeness
from experiments.audit.compared import audit_compared
from experiments.audit.findings import LEVELS, Audit, Completeness, Finding
from experiments.audit.order import audit_order
from experiments.audit.protocol import audit_protocol
from experiments.audit.resampling import audit_resampling
from experiments.audit.scans import Look, look
from experiments.audit.spelling import audit_spelling
from experiments.study.manifest import Scan
from experiments.study.protocol import read_protocols
from experiments.study.strategy import Strategy
from experiments.study.study import Study

__all__ = ["LEVELS", "Audit", "Completeness", "Finding", "audit"]


def audit(study: Study, progress: Callable[[int, int], None] | None = None, jobs: int = 1) -> Audit:
    """Audit a study: its table, every image and mask, protocols, and gray levels where these are quick to compute.

    Each scan is read once. What is wrong with a scan is a finding, never an exception.

    Parameters
    ----------
    study : Study
        What to look at.
    progress : callable, optional
        Called as `progress(done, total)` after each scan.
    jobs : int
        Processes side by side; -1 for one a core.

    Returns
    -------
    Audit
        The findings, errors first, and how complete the study is.
    """
    looked = list(zip(study.scans, _looks(study, progress, jobs), strict=True))
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
    return Audit(ordered, completeness(study, usable), signals=signals)


def _looks(study: Study, progress: Callable[[int, int], None] | None, jobs: int) -> list[Look]:
    total = len(study.scans)
    looks: list[Look | None] = [None] * total
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    numbered: Iterator[Any] = parallel(
        joblib.delayed(_numbered)(i, scan, study.strategies) for i, scan in enumerate(study.scans)
    )
    for done, (i, found) in enumerate(numbered, start=1):
        looks[i] = found
        if progress is not None:
            progress(done, total)
    return [found for found in looks if found is not None]


def _numbered(i: int, scan: Scan, strategies: tuple[Strategy, ...]) -> tuple[int, Look]:
    return i, look(scan, strategies)
