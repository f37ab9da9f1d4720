"""Who drew the ROIs: readers or algorithms that are missing for some images, or whose masks are those of another."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from experiments.audit.findings import Finding, at, listed
from experiments.audit.scans import Look, Looked
from experiments.study.manifest import Scan
from experiments.study.study import Study
from harmonize.words import plural


def told_once(looked: Looked) -> Iterator[Finding]:
    """Give what was found of each scan; what is about an image alone is said once for all its segmentations."""
    seen = set()
    for scan, found in looked:
        for finding in found.findings:
            about = (scan.key, finding.kind, finding.problem, finding.file)
            if finding.roi or not scan.segmentation or about not in seen:
                seen.add(about)
                yield finding


def audit_segmentations(study: Study, looked: Looked) -> Iterator[Finding]:
    """Say which segmentations lack images, and which are the same."""
    drawn = study.segmentations
    images = {scan.key: scan for scan in study.scans}
    if len(drawn) == 1:
        yield Finding(
            *("note", "one_segmentation", f"segmentation {drawn[0]}"),
            "all ROIs are of this one segmentation: nothing can be said of agreement between readers",
            "add rows with the masks of another reader, if there are some",
        )
    for name in drawn:
        there = {scan.key for scan in study.scans if scan.segmentation == name}
        lacking = [" ".join(key) for key in images if key not in there]
        if lacking:
            then = ", and nothing of these is compared" if name == study.segmentation else ""
            yield Finding(
                *("warning", "missing_segmentation", f"segmentation {name}"),
                f"{len(lacking)} of {plural(len(images), 'image')} have none of '{name}': {listed(lacking)}{then}",
                "add their rows to images.csv if they were drawn; else components of variance do without",
            )
    yield from _same(looked if len(drawn) > 1 else ())


def _same(looked: Looked) -> Iterator[Finding]:
    by_image: dict[tuple[str, str, str], list[tuple[Scan, Look]]] = {}
    for scan, found in looked:
        by_image.setdefault(scan.key, []).append((scan, found))
    for members in by_image.values():
        for (first, one), (second, other) in combinations(members, 2):
            same_file = [roi for roi in first.masks if _source(first, roi) == _source(second, roi)]
            if same_file:
                yield _alike("error", first, second, same_file, "are one file", "name the file that each has drawn")
            alike = [roi for roi in one.masks if one.masks[roi] == other.masks.get(roi) and roi not in same_file]
            if alike:
                told = "agree in every voxel, which drawing by hand never does"
                yield _alike("warning", first, second, alike, told, "look whether one is a copy of the other")


def _source(scan: Scan, roi: str) -> object:
    source = scan.masks.get(roi)
    return None if source is None else (source.path, source.chosen)


def _alike(level: str, first: Scan, second: Scan, rois: Sequence[str], told: str, advice: str) -> Finding:
    return at(
        "error" if level == "error" else "warning",
        "same_segmentation",
        second,
        f"the masks of {listed(rois)} by '{first.segmentation}' and by '{second.segmentation}' {told}",
        advice,
        roi=rois[0] if len(rois) == 1 else "",
    )
