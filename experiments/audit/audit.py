"""The audit of a study: what is missing, broken or odd, found before anything slow is computed."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from experiments.audit.bins import NOT_COUNTED, SlowLevels, audit_bins
from experiments.audit.carried import audit_carried, carried_cells
from experiments.audit.cells import Cell, audit_cells, audit_contrasts, completeness
from experiments.audit.compared import audit_compared
from experiments.audit.findings import LEVELS, Audit, Finding
from experiments.audit.order import audit_order
from experiments.audit.perturbed import audit_perturbed
from experiments.audit.protocol import audit_protocol
from experiments.audit.resampling import audit_resampling
from experiments.audit.scans import Look, Looked, look, lost_look
from experiments.audit.segmentations import audit_segmentations, told_once
from experiments.audit.spelling import audit_spelling
from experiments.executors import Executor, Serial
from experiments.study.geometry import geometry_of
from experiments.study.manifest import Scan
from experiments.study.protocol import ScanProtocol
from experiments.study.segmentations import places_once
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.errors import ScanError
from harmonize.image.slices import infer_slice_axis


def audit(
    study: Study | str | Path,
    progress: Callable[[int, int], None] | None = None,
    executor: Executor | None = None,
    slow: SlowLevels = NOT_COUNTED,
) -> Audit:
    """Audit a study: its table, every image and mask, protocols, and gray levels where these are quick to compute.

    Each scan is read once. What is wrong with a scan is a finding, never an exception.

    Parameters
    ----------
    study : Study, str or Path
        What to look at: a study, or its file.
    progress : callable, optional
        Called as `progress(done, total)` after each scan.
    executor : Executor, optional
        Where to look at the scans; by default in this process.
    slow : SlowLevels, optional
        Gray levels under strategies that are not quick, as `experiments.running.survey.slow_levels` counts them.

    Returns
    -------
    Audit
        The findings, errors first, and how complete the study is.
    """
    study = Study.of(study)
    total, told = len(study.scans), progress or (lambda *_: None)
    tasks = [(scan, study.strategies) for scan in study.scans]
    return audit_of(study, (executor or Serial()).map(look, tasks, lambda done: told(done, total), _lost), slow)


def audit_of(study: Study, looks: Sequence[Look], slow: SlowLevels = NOT_COUNTED) -> Audit:
    """Audit a study whose scans have been looked at."""
    looked = list(zip(study.scans, looks, strict=True))
    if len(looks) > 1 and all({one.kind for one in found.findings} == {"missing_file"} for found in looks):
        return Audit((_all_missing(looks),), completeness(study, set()))
    images = [looked[place] for place in places_once(study.scans, study.segmentation)]
    usable = _usable(study, looked, study.segmentation)
    others = {name: len(_usable(study, looked, name)) for name in study.segmentations[1:]}
    findings = [
        *(audit_cells(study) if study.compared else ()),
        *audit_spelling(study),
        *audit_order(study),
        *audit_perturbed(study, looked),
        *(audit_contrasts(study, usable) if study.compared else ()),
        *told_once(looked),
        *audit_segmentations(study, looked),
        *audit_compared(study, images),
        *audit_carried(study, looked),
        *audit_resampling(study, images),
        *audit_protocol(study, protocols_of(images)),
        *audit_bins(study.strategies, ((scan, count) for scan, found in looked for count in found.bins), slow),
    ]
    signals = tuple(found.signal for _, found in images if found.signal is not None)
    ordered = tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level)))
    axes = {infer_slice_axis(found.grid) for found in looks if found.grid is not None}
    geometry = geometry_of((scan.sequence, found.grid) for scan, found in looked if found.grid is not None)
    told = tuple(sorted(axis for axis in axes if axis is not None))
    return Audit(ordered, completeness(study, usable), signals, told, geometry, others)


def _usable(study: Study, looked: Looked, segmentation: str) -> set[Cell]:
    """Give the cells whose ROI by a segmentation can be used, or carried there."""
    mine = [(scan, found) for scan, found in looked if scan.segmentation == segmentation]
    own = {(*scan.key, roi) for scan, found in mine for roi in found.rois}
    return own | carried_cells(study, mine, own)


def protocols_of(looked: Iterable[tuple[Scan, Look]]) -> list[ScanProtocol]:
    """Give how the scans were made."""
    return [ScanProtocol(scan, found.protocol, found.unread) for scan, found in looked]


def _all_missing(looks: Sequence[Look]) -> Finding:
    """Say once that no scan has its files, as in a study that has just been set up; all else follows from it."""
    first = looks[0].findings[0]
    return Finding(
        "error",
        "no_files",
        f"all {len(looks)} scans",
        f"none has all of its files; of the first, {first.where}, {first.problem}",
        "name your own scans in images.csv (a new study holds rows that show how), or the folder that the paths start "
        "from with `data`",
        file=first.file,
    )


def _lost(error: ScanError, scan: Scan, _strategies: Sequence[Strategy]) -> Look:
    return lost_look(scan, error)
