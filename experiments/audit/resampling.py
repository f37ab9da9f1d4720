"""Resampling by so much that the new voxels say little about the old ones."""

from collections.abc import Iterator

from experiments.audit.findings import Finding
from experiments.audit.scans import Looked
from experiments.study.manifest import Scan
from experiments.study.study import Study
from harmonize.errors import ScanError
from harmonize.steps import ChangesGrid
from harmonize.steps.resample import EXTREME_RATIO, LARGEST_RATIO, largest_change
from harmonize.words import plural


def audit_resampling(study: Study, looked: Looked) -> Iterator[Finding]:
    """Find strategies whose first resampling changes a voxel edge by more than the run or good sense allows."""
    grids = {scan.key: found.grid for scan, found in looked if found.grid is not None}
    for strategy in study.strategies:
        step = next((step for step in strategy.steps if isinstance(step, ChangesGrid)), None)
        if step is None:
            continue
        extreme: list[tuple[float, Scan, str]] = []
        refused: list[tuple[float, Scan, str]] = []
        for scan, found in looked:
            if found.grid is None:
                continue
            reference = grids.get((scan.subject, scan.sequence, study.reference))
            try:
                axis, ratio = largest_change(found.grid, new := step.grid(found.grid, reference))
            except ScanError:
                continue  # no reference: the run says so
            if ratio > EXTREME_RATIO:
                beyond = refused if ratio > LARGEST_RATIO else extreme
                beyond.append((ratio, scan, f"{found.grid.spacing[axis]:.3g} to {new.spacing[axis]:.3g} mm"))
        if refused:
            ratio, scan, change = max(refused, key=lambda item: item[0])
            yield Finding(
                *("error", "resampling_refused", f"strategy {strategy.name}"),
                f"{plural(len(refused), 'scan')} of {len(looked)} would change a voxel edge by more than a factor of "
                f"{LARGEST_RATIO:g}, which the run refuses; most of all {', '.join(scan.key)}: {change}, a factor of "
                f"{ratio:.3g}",
                "look whether the spacing is in mm; keep thick slices as they are (`spacing: [x, y]`)",
            )
        if extreme:
            ratio, scan, change = max(extreme, key=lambda item: item[0])
            yield Finding(
                *("warning", "extreme_resampling", f"strategy {strategy.name}"),
                f"{plural(len(extreme), 'scan')} of {len(looked)} change a voxel edge by more than a factor of "
                f"{EXTREME_RATIO:g}; most of all {', '.join(scan.key)}: {change}, a factor of {ratio:.3g}",
                "interpolation adds no information: keep thick slices as they are (`spacing: [x, y]`), or coarsen less",
            )
