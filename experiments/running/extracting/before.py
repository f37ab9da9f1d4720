"""What is told before anything is computed: scans that cannot be measured as those of a study, or are unlike them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.audit.findings import Finding, at
from experiments.executors import Executor
from experiments.folder.failures import ALL, Failure
from experiments.running.extracting.like import Geometry, Like, SeenStudy
from experiments.running.extracting.remarks import Remark, outside, ranged, summed_up, warn_unlike
from experiments.running.store.finished import Store
from experiments.running.store.known import failure_of
from experiments.running.tasks import each
from experiments.running.work import Work
from experiments.study.geometry import UNTOLD, plane_of
from experiments.study.harmonizer import CONDITION
from experiments.study.manifest import Scan
from experiments.study.opened import grid_of
from experiments.study.protocol import protocol_of
from experiments.study.strategy import Strategy
from harmonize.errors import ConfigurationError, ScanError
from harmonize.image.volume import Grid
from harmonize.protocol import Protocol
from harmonize.protocol.parameters import BY_NAME
from harmonize.remarks import unsaid
from harmonize.steps import ChangesGrid, Fits
from harmonize.words import plural, some

STEP = "like"
"""What failures.csv calls it."""
MODALITY = "modality"
IN_PLANE = ("pixel_spacing_x", "pixel_spacing_y")
"""Parameters of protocols that voxels tell already."""
FIXED = (0, 1, 2)
"""Axes that texture in 2D may be bound to, rather than to the slices of each scan."""


@dataclass(frozen=True)
class Header:
    """What the header of a scan says; absent where it cannot be read, which is told where the scan is opened."""

    grid: Grid | None
    protocol: Protocol


@dataclass(frozen=True)
class Before:
    """What is known of scans before they are computed.

    Parameters
    ----------
    remarks : tuple of Remark
        In what they are unlike.
    refused : tuple of Failure
        Which cannot be measured, and by which strategy; those of all strategies are not computed.
    """

    remarks: tuple[Remark, ...]
    refused: tuple[Failure, ...]


def foresee(work: Work, like: Like | None, notes: Sequence[str]) -> Before:
    """Tell before anything is computed which scans cannot be measured so, and in what others are unlike.

    Those that no strategy can measure are no part of `work.study` afterwards; raises a `ConfigurationError` where all
    are of that kind.
    """
    if like is None:
        for line in notes:
            warn_unlike(line)
        return Before((), ())
    told, scans = work.told("headers"), work.study.scans
    headers = read_headers(scans, work.store, work.executor, lambda done: told(done, len(scans)))
    before = look_before(scans, headers, like)
    gone = _refused_by_all(before.refused, [strategy.name for strategy in work.study.strategies])
    left = tuple(scan for scan in scans if scan.key not in gone)
    if not left:
        first = before.refused[0]
        raise ConfigurationError(
            f"none of {plural(len(scans), 'scan')} can be measured as those of {like.source}: "
            f"{first.problem} ({first.subject}, {first.sequence}, {first.condition}); {first.advice}"
        )
    for line in (*notes, *_refusals(before.refused), *summed_up(before.remarks)):
        warn_unlike(line)
    work.study = replace(work.study, scans=left)
    return before


def _refused_by_all(refused: Sequence[Failure], strategies: Sequence[str]) -> set[tuple[str, str, str]]:
    """Give the scans that no strategy can measure."""
    by: dict[tuple[str, str, str], set[str]] = {}
    for one in refused:
        by.setdefault(one.key, set()).add(one.strategy)
    return {key for key, names in by.items() if ALL in names or set(strategies) <= names}


def _refusals(refused: Sequence[Failure]) -> list[str]:
    counts: dict[tuple[str, str, str], int] = {}
    for one in refused:
        key = (one.strategy, one.problem, one.advice)
        counts[key] = counts.get(key, 0) + 1
    return [
        f"{plural(count, 'scan')} {_by_whom(name)}: {problem}; {advice}"
        for (name, problem, advice), count in counts.items()
    ]


def read_headers(scans: Sequence[Scan], store: Store, executor: Executor, done: Callable[[int], None]) -> list[Header]:
    """Read the header of every scan."""
    return each(executor, _header, [(scan.image,) for scan in scans], store, done, _lost)


def _header(image: Path) -> Header:
    protocol = protocol_of(image)
    try:
        with unsaid():  # told where the image is read
            grid = grid_of(image)
    except (ScanError, OSError):
        grid = None
    return Header(grid, Protocol("", {}) if isinstance(protocol, ScanError) else protocol)


def _lost(_error: ScanError, _image: Path) -> Header:
    return Header(None, Protocol("", {}))


def findings_before(scans: Sequence[Scan], like: Like) -> tuple[Finding, ...]:
    """Tell the same as findings of an audit, which come before anything is computed, too."""
    by_key = {scan.key: scan for scan in scans}
    before = look_before(scans, [_header(scan.image) for scan in scans], like)
    return (
        *(
            at("error", "not_measurable", by_key[one.key], f"{_by_whom(one.strategy)}: {one.problem}", one.advice)
            for one in before.refused
        ),
        *(Finding("note", "unlike_study", like.source, *line.rsplit("; ", 1)) for line in summed_up(before.remarks)),
    )


def _by_whom(strategy: str) -> str:
    return f"cannot be measured by {'any strategy' if strategy == ALL else strategy}"


def look_before(scans: Sequence[Scan], headers: Sequence[Header], like: Like) -> Before:
    """Compare the scans with those of the study, as far as table and headers tell."""
    remarks = list(_names(scans, like))
    refused: list[Failure] = []
    for scan, header in zip(scans, headers, strict=True):
        seen = next(iter(like.seen.values()))
        refused += _other_modality(scan, header, seen)
        remarks += _geometry(scan, header, seen, like.strategies)
        remarks += _protocol(scan, header, seen)
        for strategy in like.strategies:
            refused += _not_learned(scan, strategy)
            refused += _unknown_batch(scan, strategy, like)
            refused += _other_axis(scan, header, strategy, like.seen[strategy.name])
    return Before(tuple(remarks), tuple(refused))


def _names(scans: Sequence[Scan], like: Like) -> Iterator[Remark]:
    """Find names that the study does not have, which mostly are other spellings."""
    for scan in scans:
        if scan.sequence not in like.sequences:
            consequence = (
                "the whitelist has no list for it, and it is compared with all sequences of the study; call it as the "
                "study does, if it is one of these"
            )
            yield Remark.of(scan, "sequence", scan.sequence, some(like.sequences), consequence)
        if scan.condition not in like.conditions and not like.perturbed:
            consequence = "nothing says whether features are reliable under it"
            yield Remark.of(scan, CONDITION, scan.condition, some(like.conditions), consequence)
        for roi in scan.masks:
            if roi not in like.rois:
                consequence = (
                    "the whitelist has no list for it, and its values are compared with none; "
                    f"`roi={roi}=NAME` calls it as the study does"
                )
                yield Remark.of(scan, "ROI", roi, some(like.rois), consequence, roi=roi)


def _other_modality(scan: Scan, header: Header, seen: SeenStudy) -> Iterator[Failure]:
    known = {value for values in seen.protocol.values() for value in values.get(MODALITY, ())}
    found = header.protocol.values.get(MODALITY)
    if known and found is not None and found not in known:
        error = ScanError(
            f"the modality is {found}, but {some(sorted(map(str, known)))} in the study",
            "name the right image, or leave the scan out",
        )
        yield failure_of(scan, error, STEP)


def _not_learned(scan: Scan, strategy: Strategy) -> Iterator[Failure]:
    for step in strategy.steps:
        if isinstance(step, Fits) and scan.sequence not in step.sequences:
            known = f"the sequences {some(step.sequences)}" if step.sequences else "no sequence"
            error = ScanError(
                f"{step.name} was fitted on {known}, not on '{scan.sequence}'",
                "call the sequence as the study does, if it is one of these",
            )
            yield failure_of(scan, error, STEP, strategy=strategy.name)


def _unknown_batch(scan: Scan, strategy: Strategy, like: Like) -> Iterator[Failure]:
    if strategy.harmonizer is None:
        return
    levels = {**scan.covariates, **scan.levels, CONDITION: scan.condition}
    batches: dict[str, set[str]] = {}
    for model in like.harmonizers[strategy.name].models.values():
        for name, labels in model.known_batches.items():
            batches.setdefault(str(name), set()).update(map(str, labels))
    for column, known in batches.items():
        found = levels.get(column)
        if found is not None and found in known:
            continue
        what = f"there is no column '{column}'" if found is None else f"{column} is '{found}'"
        error = ScanError(
            f"the harmonizer was fitted on the batches {some(sorted(known))}, but {what}",
            "call it as the study does, if it is one of these; else fit a harmonizer on scans of this batch",
        )
        yield failure_of(scan, error, STEP, strategy=strategy.name)


def _other_axis(scan: Scan, header: Header, strategy: Strategy, seen: SeenStudy) -> Iterator[Failure]:
    """Refuse slices along another axis than that which texture in 2D is bound to."""
    setting, geometry = strategy.extraction.for_image(), seen.geometry_of(scan.sequence)
    if geometry is None or header.grid is None or not setting["force2D"] or setting["force2Ddimension"] not in FIXED:
        return
    found = plane_of(header.grid)
    if _axis(found) not in {_axis(plane) for plane in geometry.planes} | {UNTOLD}:
        error = ScanError(
            f"the slices are {found}, but {some(geometry.planes)} in the study, whose texture is bound to that axis",
            "reorder the axes of the image and its masks, or run the study with `force2Ddimension: auto`",
        )
        yield failure_of(scan, error, STEP, strategy=strategy.name)


def _axis(plane: str) -> str:
    return plane.rpartition(" ")[2] if plane != UNTOLD else plane


def _geometry(scan: Scan, header: Header, seen: SeenStudy, strategies: Sequence[Strategy]) -> Iterator[Remark]:
    geometry = seen.geometry_of(scan.sequence)
    if geometry is None or header.grid is None:
        return
    plane = plane_of(header.grid)
    if plane not in geometry.planes:
        consequence = "textures are of another plane of the body"
        yield Remark.of(scan, "plane of slices", plane, some(geometry.planes), consequence)
    edges = header.grid.spacing
    if any(outside(edge, limits) for edge, limits in zip(edges, geometry.spacing, strict=True)):
        yield Remark.of(scan, "voxel size (mm)", _edges(edges), _edges_of(geometry), _resampled(strategies))


def _edges(edges: Sequence[float]) -> str:
    return " x ".join(f"{edge:.4g}" for edge in edges)


def _edges_of(geometry: Geometry) -> str:
    return " x ".join(ranged(limits) for limits in geometry.spacing)


def _resampled(strategies: Sequence[Strategy]) -> str:
    names = [
        strategy.name
        for strategy in strategies
        if not any(isinstance(step, ChangesGrid) for step in strategy.steps)
        and strategy.extraction.for_image()["resampledPixelSpacing"] is None
    ]
    if not names:
        return "every strategy resamples to voxels of one size"
    return f"features depend on the size of voxels, which is left as it is by {some(names, 3)}"


def _protocol(scan: Scan, header: Header, seen: SeenStudy) -> Iterator[Remark]:
    known = seen.protocol_of(scan.sequence)
    for name, found in header.protocol.values.items():
        parameter = BY_NAME[name]
        expected = known.get(parameter.column)
        if not expected or name in (MODALITY, *IN_PLANE):
            continue
        if isinstance(found, str):
            unlike, range_ = found not in expected, some(expected)
        else:
            numbers = [one for one in expected if not isinstance(one, str)]
            limits = (min(numbers, default=found), max(numbers, default=found))
            unlike, range_ = outside(found, limits), ranged(limits)
        if unlike:
            title = f"{parameter.title} ({parameter.unit})" if parameter.unit else parameter.title
            shown = found if isinstance(found, str) else f"{found:g}"
            yield Remark.of(scan, title, shown, range_, "features may differ for that reason alone")
