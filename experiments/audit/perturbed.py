"""What scans are perturbed by, and how many images that makes."""

from collections.abc import Iterator

from experiments.audit.findings import Finding, listed
from experiments.audit.scans import Looked
from experiments.study.study import Study
from harmonize.perturbations import RandomContour
from harmonize.words import plural


def audit_perturbed(study: Study, looked: Looked = ()) -> Iterator[Finding]:
    """Tell of each chain how many draws there are, and of which scans; and of contours across slices that are one."""
    counts: dict[str, int] = {}
    for draw in study.perturbations:
        counts[draw.chain] = counts.get(draw.chain, 0) + 1
    for chain, number in counts.items():
        first = next(draw for draw in study.perturbations if draw.chain == chain)
        scans = sum(scan.condition in first.conditions for scan in study.images)
        of = f" of {listed(first.conditions)}" if len(study.scanned) > 1 else ""
        yield Finding(
            *("note", "perturbations", f"perturbations: {chain}"),
            f"{plural(number, 'draw')} of {'+'.join(step.name for step in first.steps)} for each of "
            f"{plural(scans, 'scan')}{of}: {plural(number * scans, 'perturbed image')} under every strategy",
            "nothing is to be done; fewer `combinations` or `repeats` take less time (`radharmony plan` estimates it)",
        )
        flat = [(scan, found.single_slice) for scan, found in looked if scan.condition in first.conditions]
        flat = [(scan, rois) for scan, rois in flat if rois]
        if flat and any(isinstance(step, RandomContour) and step.dimension == 3 for step in first.steps):
            scan, rois = flat[0]
            yield Finding(
                *("warning", "contour_of_one_slice", f"perturbations: {chain}"),
                f"contour has `dimension: 3`, but ROIs of {plural(len(flat), 'scan')} lie in one slice, such as "
                f"{listed(rois)} of {', '.join(scan.key)}: supervoxels across slices are most of such an ROI, or none",
                "leave `dimension` at 2, by which each slice is drawn on its own",
            )
