"""Which parameters of the protocols differ: between conditions, as is expected, or between subjects, as should not be.

Harmonizing the protocol comes before harmonizing numbers: what differs between the subjects of one condition adds to
their spread, and no step can tell it from their tissue.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from experiments.audit.findings import Finding, at, listed
from experiments.study.manifest import Scan
from experiments.study.protocol import ScanProtocol
from experiments.study.study import Study
from harmonize.protocol.parameters import BY_NAME, PARAMETERS, Parameter, folded
from harmonize.words import plural, some

TOLERANCE = 0.01
"""Relative difference below which two numbers count as the same: scanners adapt times to their raster."""
Value = float | str
Stated = Sequence[tuple[Scan, Value]]


def audit_protocol(study: Study, protocols: Sequence[ScanProtocol]) -> Iterator[Finding]:
    """Compare the protocols of a study; says nothing where no scan has a header or sidecar."""
    yield from _unreadable(protocols)
    known = [entry for entry in protocols if entry.protocol.source]
    if not known:
        return
    silent = [entry.scan for entry in protocols if not entry.protocol.source and entry.error is None]
    if silent:
        yield Finding(
            *("note", "no_header", f"images.csv, lines {listed([str(scan.line) for scan in silent], 8)}"),
            f"{len(silent)} of {plural(len(protocols), 'scan')} have neither a DICOM header nor a JSON sidecar beside "
            "the image; their protocol is not compared",
            "put the sidecars of dcm2niix beside the images, if there are any",
        )
    yield from _implausible(known)
    for sequence in study.sequences:
        here = [entry for entry in known if entry.scan.sequence == sequence]
        for parameter in PARAMETERS:
            stated = list(_stated(parameter, here))
            yield from _between_subjects(study, sequence, parameter, stated)
            yield from _between_conditions(study, sequence, parameter, stated)


def _unreadable(protocols: Sequence[ScanProtocol]) -> Iterator[Finding]:
    for entry in protocols:
        if entry.error is not None and entry.scan.image.is_file():  # a folder that holds no series is reported as such
            problem = entry.error.problem
            yield at("warning", "unreadable_header", entry.scan, problem, entry.error.advice, file=entry.scan.image)


def _implausible(protocols: Sequence[ScanProtocol]) -> Iterator[Finding]:
    for name, parameter in BY_NAME.items():
        texts = [entry.protocol.implausible[name] for entry in protocols if name in entry.protocol.implausible]
        if texts:
            yield Finding(
                *("note", "implausible_header", parameter.title),
                f"stated by {plural(len(texts), 'scan')}: {listed(sorted(texts), 4)}, which cannot be; not compared",
                "look into the protocol of the scanner; convert again with a recent dcm2niix",
            )


def _stated(parameter: Parameter, protocols: Sequence[ScanProtocol]) -> Iterator[tuple[Scan, Value]]:
    """Give what the scans state, or what it means that they do not."""
    anyone = any(parameter.name in entry.protocol.values for entry in protocols)
    for entry in protocols:
        value = entry.protocol.values.get(parameter.name, parameter.absent if anyone else None)
        if value is not None and parameter.name not in entry.protocol.implausible:
            yield entry.scan, value


def _between_subjects(study: Study, sequence: str, parameter: Parameter, stated: Stated) -> Iterator[Finding]:
    differing: dict[str, list[str]] = {}
    for condition in study.scanned:
        counts = _counts([value for scan, value in stated if scan.condition == condition])
        if len(counts) > 1:
            text = listed([f"{parameter.shown(value)} ({count})" for value, count in counts], 6)
            differing.setdefault(text, []).append(condition)
    if differing:
        conditions = [condition for group in differing.values() for condition in group]
        groups = [f"{text} under {listed(group)}" for text, group in differing.items()]
        yield Finding(
            *("warning", "protocol_differs_between_subjects", f"{sequence}, {parameter.title}"),
            f"differs within {plural(len(conditions), 'condition')}; values (scans): " + some(groups, 4, apart="; "),
            "harmonize the protocol first; if that is too late, name what differs as a batch or covariate",
            sequence=sequence,
            condition=conditions[0] if len(conditions) == 1 else "",
        )


def _between_conditions(study: Study, sequence: str, parameter: Parameter, stated: Stated) -> Iterator[Finding]:
    cells: dict[tuple[str, str], Value] = {(scan.subject, scan.condition): value for scan, value in stated}
    texts = []
    for condition in study.scanned[1:]:
        pairs = [
            (cells[subject, study.reference], cells[subject, condition])
            for subject in study.subjects
            if {(subject, study.reference), (subject, condition)} <= set(cells)
        ]
        changed = [pair for pair in pairs if len(_counts(pair)) > 1]
        if changed:
            steps = Counter(f"{parameter.shown(here)} to {parameter.shown(there)}" for here, there in changed)
            shown = listed([f"{step} ({count})" for step, count in steps.most_common()], 4)
            texts.append(f"{condition}: {shown}, {len(changed)} of {plural(len(pairs), 'subject')}")
    if texts:
        yield Finding(
            *("note", "protocol_differs_between_conditions", f"{sequence}, {parameter.title}"),
            f"differs from {study.reference} within the same subject under {listed(texts, 4)}",
            "expected where it is what the conditions are about; else the comparison mixes it with them",
            sequence=sequence,
        )


def _counts(values: Sequence[Value]) -> list[tuple[Value, int]]:
    """Count values, the same but for the tolerance taken together; the most frequent first."""
    groups: list[list[Value]] = []
    for value in sorted(values, key=lambda value: (isinstance(value, str), value)):
        if groups and _same(groups[-1][0], value):
            groups[-1].append(value)
        else:
            groups.append([value])
    counted = [(Counter(group).most_common(1)[0][0], len(group)) for group in groups]
    return sorted(counted, key=lambda item: -item[1])


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return folded(one) == folded(other)
    return abs(one - other) <= TOLERANCE * abs(one)
