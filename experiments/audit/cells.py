"""Whether every cell of subject x sequence x condition x ROI is there, once."""

from collections.abc import Iterator, Set

from experiments.audit.findings import Completeness, Finding, at, listed
from experiments.study.roi_sources import CircleSource
from experiments.study.study import Study
from harmonize.words import plural

MIN_SUBJECTS = 3
"""A contrast with fewer subjects says nothing about a population; below it a warning is due."""

Cell = tuple[str, str, str, str]
"""Subject, sequence, condition, ROI."""


def completeness(study: Study, usable: Set[Cell]) -> tuple[Completeness, ...]:
    """Count the usable ROIs of every subject, sequence and condition: where they are compared, also without a scan."""
    there = {scan.key for scan in study.scans}
    return tuple(
        Completeness(
            *(subject, sequence, condition),
            rois=sum((subject, sequence, condition, roi) in usable for roi in study.rois),
            of=len(study.rois),
        )
        for sequence in study.sequences
        for subject in study.subjects
        for condition in study.scanned
        if study.compared or (subject, sequence, condition) in there
    )


def audit_cells(study: Study) -> Iterator[Finding]:
    """Find what images.csv lacks or holds twice; opens no image."""
    yield from _duplicates(study)
    yield from _missing_scans(study)
    yield from _missing_rois(study)


def audit_contrasts(study: Study, usable: Set[Cell]) -> Iterator[Finding]:
    """Find comparisons with the reference that rest on too few subjects, counting usable cells only."""
    if len(study.conditions) < 2:
        yield Finding(
            *("error", "no_contrast", "images.csv"),
            f"every scan has the condition {study.reference}: there is nothing to compare it with",
            "add scans under another condition, or correct the factors; `radharmony run` refuses it, while "
            "`radharmony extract` takes features of these scans by themselves, with `like` as those of another study",
        )
    counted = {
        (sequence, condition): {
            roi: sum(
                {(subject, sequence, study.reference, roi), (subject, sequence, condition, roi)} <= usable
                for subject in study.subjects
            )
            for roi in study.rois
        }
        for sequence in study.sequences
        for condition in study.scanned[1:]
    }
    left = {condition for (_, condition), counts in counted.items() if any(counts.values())}
    asked = set(study.thresholds.conditions)
    if not left or (asked and not asked & left):  # as `comparable` of a run refuses it
        named = "" if not left else f" of the conditions of the rule ({listed(sorted(asked))})"
        then = f", and none{named} is left that can be: `radharmony run` computes features and ends with an error"
    else:
        then = ": a run goes on without this comparison"
    for sequence in study.sequences:
        for condition in study.scanned[1:]:
            counts = counted[sequence, condition]
            few = [roi for roi, count in counts.items() if count < MIN_SUBJECTS]
            if few and any(scan.sequence == sequence and scan.condition == condition for scan in study.scans):
                rois = "" if len(few) == len(study.rois) else f" in {plural(len(few), 'ROI')} ({listed(few)})"
                if not any(counts.values()):
                    yield Finding(
                        *("error", "no_comparison", f"{sequence}, {condition} against {study.reference}"),
                        f"no subject has an ROI that can be used under both{then}",
                        "mend what is said of these scans, or leave the condition out",
                        sequence=sequence,
                        condition=condition,
                    )
                    continue
                yield Finding(
                    *("warning", "few_subjects", f"{sequence}, {condition} against {study.reference}"),
                    f"only {plural(min(counts.values()), 'subject')} can be compared{rois}; "
                    f"fewer than {MIN_SUBJECTS} say nothing",
                    "add subjects with both conditions, or leave the condition out",
                    sequence=sequence,
                    condition=condition,
                    roi=few[0] if len(few) == 1 else "",
                )


def _duplicates(study: Study) -> Iterator[Finding]:
    for scans in study.duplicates():
        lines = ", ".join(str(scan.line) for scan in scans)
        yield Finding(
            *("error", "duplicate_cell", f"{', '.join(scans[0].key)} (images.csv, lines {lines})"),
            f"{len(scans)} rows are the same subject, sequence and condition",
            "keep one, or tell them apart by a factor such as a run: a column that `factors` of the study file names",
            *scans[0].key,
        )


def _missing_scans(study: Study) -> Iterator[Finding]:
    there = {scan.key for scan in study.scans}
    for sequence in study.sequences:
        taken = {condition for _, other, condition in there if other == sequence}
        for condition in study.scanned:
            if condition not in taken:
                yield Finding(
                    *("warning", "missing_condition", f"{sequence}, {condition}"),
                    f"no subject has a scan of {sequence} under {condition}"
                    + (": nothing of this sequence can be compared" if condition == study.reference else ""),
                    "add the rows to images.csv if there are such scans",
                    sequence=sequence,
                    condition=condition,
                )
        for subject in study.subjects:
            missing = [name for name in study.scanned if name in taken and (subject, sequence, name) not in there]
            if len(missing) == len(taken):
                yield _missing(subject, sequence, "", "missing_sequence", f"no scan of {sequence} at all")
            elif study.reference in missing:
                text = f"no scan under the reference {study.reference}: the subject contributes to no contrast"
                yield _missing(subject, sequence, study.reference, "no_reference", text)
            if len(missing) < len(taken):
                for condition in missing:
                    if condition != study.reference:
                        yield _missing(subject, sequence, condition, "missing_scan", f"no scan under {condition}")


def _missing(subject: str, sequence: str, condition: str, kind: str, problem: str) -> Finding:
    where = ", ".join(part for part in (subject, sequence, condition) if part)
    advice = "add the row to images.csv if there is such a scan; else every statistic does without"
    return Finding("warning", kind, where, problem, advice, subject, sequence, condition)


def _missing_rois(study: Study) -> Iterator[Finding]:
    nowhere = [roi for roi in study.rois if not any(roi in scan.masks for scan in study.scans)]
    for roi in nowhere:
        yield Finding(
            *("warning", "missing_roi", f"ROI {roi}"),
            "no scan has a mask of it",
            "fill in its column in images.csv, or remove it from the ROIs of the study file",
            roi=roi,
        )
    placed = {roi for scan in study.scans for roi, source in scan.masks.items() if isinstance(source, CircleSource)}
    for scan in study.scans:
        missing = [roi for roi in study.rois if roi not in scan.masks and roi not in nowhere]
        for rois, what, advice in (
            ([roi for roi in missing if roi not in placed], "mask", "fill in the mask in images.csv if there is one"),
            (
                [roi for roi in missing if roi in placed],
                "centre",
                "add it to the table of centres if it is seen there",
            ),
        ):
            if rois:
                text = f"no {what} of {listed(rois)}"
                yield at(*("warning", "missing_roi", scan), text, advice, roi=rois[0] if len(rois) == 1 else "")
