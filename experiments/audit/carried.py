"""ROIs that the run carries from the reference: which can be expected before the registration, and were after it."""

from collections.abc import Iterator, Set

from experiments.audit.cells import Cell
from experiments.audit.findings import Finding, at
from experiments.audit.scans import Looked
from experiments.study.roi_sources import CarriedSource
from experiments.study.study import Study
from harmonize.errors import ScanError
from harmonize.words import plural


def carried_cells(study: Study, looked: Looked, usable: Set[Cell]) -> set[Cell]:
    """Give the cells whose image can be read and whose ROI can be used on the reference scan, and was not refused."""
    return {
        (*scan.key, roi)
        for scan, found in looked
        for roi, source in scan.masks.items()
        if isinstance(source, CarriedSource)
        and found.grid is not None
        and (scan.subject, scan.sequence, study.reference, roi) in usable
        and not isinstance(source.motion, ScanError)
    }


def audit_carried(study: Study, looked: Looked) -> Iterator[Finding]:
    """Say how many ROIs depend on a registration, or after it which were refused."""
    carried = [
        (scan, roi, source)
        for scan, _ in looked
        for roi, source in scan.masks.items()
        if isinstance(source, CarriedSource)
    ]
    waiting = [(scan, roi) for scan, roi, source in carried if source.motion is None]
    if waiting and study.registration is not None:
        scans = len({scan.key for scan, _ in waiting})
        yield Finding(
            *("note", "carried_rois", f"conditions other than {study.reference}"),
            f"{plural(len(waiting), 'ROI')} of {plural(scans, 'scan')} will be carried from {study.reference} by rigid "
            f"registration in {study.registration.dimension} dimensions; here they count as usable",
            "look at registration.csv after the run, and draw those that were refused",
        )
    for scan, roi, source in carried:
        if isinstance(source.motion, ScanError):
            problem = f"ROI '{roi}' could not be carried from {study.reference}: {source.motion.problem}"
            yield at("error", "refused_roi", scan, problem, source.motion.advice, roi=roi)
