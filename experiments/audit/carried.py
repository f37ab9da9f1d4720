"""ROIs that the run will carry from the reference: which can be expected, before any registration."""

from collections.abc import Iterator, Sequence, Set

from experiments.audit.cells import Cell
from experiments.audit.findings import Finding, plural
from experiments.audit.scans import Look
from experiments.study.manifest import Scan
from experiments.study.roi_sources import CarriedSource
from experiments.study.study import Study

Looked = Sequence[tuple[Scan, Look]]


def carried_cells(study: Study, looked: Looked, usable: Set[Cell]) -> set[Cell]:
    """Give the cells whose image can be read and whose ROI can be used on the reference scan."""
    return {
        (*scan.key, roi)
        for scan, found in looked
        for roi, source in scan.masks.items()
        if isinstance(source, CarriedSource)
        and found.grid is not None
        and (scan.subject, scan.sequence, study.reference, roi) in usable
    }


def audit_carried(study: Study, looked: Looked) -> Iterator[Finding]:
    """Say how many ROIs depend on a registration."""
    carried = [
        (scan, roi) for scan, _ in looked for roi, source in scan.masks.items() if isinstance(source, CarriedSource)
    ]
    if carried and study.registration is not None:
        scans = len({scan.key for scan, _ in carried})
        yield Finding(
            *("note", "carried_rois", f"conditions other than {study.reference}"),
            f"{plural(len(carried), 'ROI')} of {plural(scans, 'scan')} will be carried from {study.reference} by rigid "
            f"registration in {study.registration.dimension} dimensions; here they count as usable",
            "look at registration.csv after the run, and draw those that were refused",
        )
