"""ROIs of the reference condition, carried to the scans of the others that have none of their own."""

import base64
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluation.tables import SEGMENTATION
from experiments.executors import Executor
from experiments.executors.now import now
from experiments.folder.failures import ALL, Failure
from experiments.folder.file_names import unique_names
from experiments.folder.writing import write_json
from experiments.running.between import Between, carried_sources, opened_scan
from experiments.running.pairs import COLUMNS, Motion, found_of, row_of, write_overlays
from experiments.running.store.entry import Made
from experiments.running.store.finished import REGISTRATION, Store
from experiments.running.store.identity import NotReadYet, content_digests
from experiments.running.store.known import lasts
from experiments.running.tasks import each
from experiments.study.manifest import Scan
from experiments.study.roi_sources import CarriedSource
from experiments.versions import computing_versions, decoder_versions
from harmonize.arrays import BoolArray
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.formats.guard import OF_PATH
from harmonize.image.volume import Volume
from harmonize.inputs.configuration import build
from harmonize.protocol.acquisition import of_one_acquisition
from harmonize.registration import RefusedMotionError, Registered, Registration, register

if TYPE_CHECKING:
    import pandas as pd

OVERLAY = "overlay"
"""In the store: the picture of a pair, beside the motion; in base 64."""


@dataclass(frozen=True)
class Carried:
    """The scans with the motion of every ROI that is carried to them, and what is to be said about it.

    Parameters
    ----------
    scans : tuple of Scan
        Ready to be read.
    table : DataFrame
        One row a registration, as in registration.csv.
    """

    scans: tuple[Scan, ...]
    table: "pd.DataFrame"


def register_scans(
    scans: Sequence[Scan],
    settings: Registration,
    folder: Path,
    store: Store,
    executor: Executor,
    done: Callable[[int, int], None],
    between: Between | None = None,
    pictures: Path | None = None,
) -> Carried:
    """Register every scan that ROIs are to be carried to, and leave the motions as JSON, with an overlay of each pair.

    Parameters
    ----------
    scans : sequence of Scan
        All of the study.
    settings : Registration
        How.
    folder : Path
        For one JSON file a scan with its transforms.
    store : Store
        Registrations that earlier runs finished; new ones are added. One counts only for the same images, ROIs,
        settings and versions.
    executor : Executor
        Where to compute.
    done : callable
        Called with how many registrations are done, and of how many.
    between : Between, optional
        Where opened files are handed over to the passes that follow.
    pictures : Path, optional
        For the overlays; those of an earlier run that are not of this one are removed.
    """
    import pandas as pd  # only here: workers need none

    waiting = [i for i, scan in enumerate(scans) if _groups(scan, settings)]
    found = {i: known_motions(scans[i], settings, store, read=False) for i in waiting}
    missing = [i for i in waiting if not is_registered(with_motions(scans[i], found[i]))]
    known = len(waiting) - len(missing)
    done(known, len(waiting))
    tasks = [(scans[i], settings, store, between) for i in missing]
    registrations = each(executor, register_scan, tasks, store, lambda count: done(known + count, len(waiting)), _lost)
    found |= dict(zip(missing, registrations, strict=True))
    registered, rows = list(scans), []
    names = file_names(scans)
    for i, motions in found.items():
        scan, name = scans[i], names[i]
        registered[i] = with_motions(scan, motions)
        passed = {roi: asdict(motion) for roi, motion in motions.items() if isinstance(motion, Registered)}
        if passed:
            write_json(folder / name, passed)
        rows += [row_of(scan, rois, motions[rois[0]], name) for rois in _groups(scan, settings)]
    overlays = _overlays([scans[i] for i in found], settings, store) if pictures else [""] * len(rows)
    for row, name in zip(rows, write_overlays(overlays, rows, pictures), strict=True):
        row["picture"] = name
    told = [SEGMENTATION] if any(SEGMENTATION in row for row in rows) else []
    return Carried(tuple(registered), pd.DataFrame(rows, columns=[*COLUMNS, *told]))


def file_names(scans: Sequence[Scan]) -> list[str]:
    """Give each scan a file of transforms of its own; two rows of the table may be of one subject and condition."""
    keys = [(*scan.key, str(scan.line)) for scan in scans]
    names = unique_names(keys)
    return [f"{names[key]}.json" for key in keys]


def register_scan(
    scan: Scan, settings: Registration, store: Store, between: Between | None = None
) -> dict[str, Motion]:
    """Register one scan to its reference; gives the motion of each carried ROI, or why there is none."""
    motions = known_motions(scan, settings, store)
    for rois, sources in _groups(scan, settings).items():
        if rois[0] in motions:
            continue
        now(REGISTRATION)
        motion, overlay, made = _registered(scan, sources, settings, between)
        key, failure_key = _keys(scan, sources, settings, store)
        if isinstance(motion, Registered):
            store.put(REGISTRATION, key, {**asdict(motion), OVERLAY: overlay}, made)
        elif lasts(motion):
            store.put_failure(REGISTRATION, failure_key, {**_refusal(motion), OVERLAY: overlay}, made)
        motions |= dict.fromkeys(rois, motion)
    return motions


def _lost(error: ScanError, scan: Scan, settings: Registration, store: Store, *_between: object) -> dict[str, Motion]:
    """Give the result of a registration that no worker survived; it is remembered as one that was refused."""
    motions = known_motions(scan, settings, store)
    for rois, sources in _groups(scan, settings).items():
        if rois[0] not in motions:
            failure_key = _keys(scan, sources, settings, store)[1]
            store.put_failure(REGISTRATION, failure_key, _refusal(error))
            motions |= dict.fromkeys(rois, error)
    return motions


def known_motions(scan: Scan, settings: Registration, store: Store, *, read: bool = True) -> dict[str, Motion]:
    """Give the motions of carried ROIs that earlier runs found, or why they found none; files are read on request."""
    motions: dict[str, Motion] = {}
    for rois, sources in _groups(scan, settings).items():
        motion: Motion | None
        try:
            key, failure_key = _keys(scan, sources, settings, store, read=read)
            motion = store.get(REGISTRATION, key, _parse) or store.get_failure(
                REGISTRATION, failure_key, _parse_refusal
            )
        except NotReadYet:
            continue
        except OSError as error:
            motion = ScanError(f"{error.filename} cannot be read ({error.strerror})", OF_PATH)
        if motion is not None:
            motions |= dict.fromkeys(rois, motion)
    return motions


def with_motions(scan: Scan, motions: Mapping[str, Motion]) -> Scan:
    """Give a scan with the motions of the ROIs that are carried to it."""
    masks = {
        roi: replace(source, motion=motions[roi]) if isinstance(source, CarriedSource) and roi in motions else source
        for roi, source in scan.masks.items()
    }
    return replace(scan, masks=masks)


def with_refusals(scans: Sequence[Scan], failures: Iterable[Failure]) -> tuple[Scan, ...]:
    """Give the scans with what became of their carried ROIs: one that failed when it was drawn counts as refused."""
    failed = {
        (*failure.key, failure.segmentation, failure.roi): ScanError(failure.problem, failure.advice)
        for failure in failures
        if failure.strategy == ALL and failure.roi
    }
    return tuple(
        with_motions(scan, {roi: failed[*scan.cell, roi] for roi in scan.masks if (*scan.cell, roi) in failed})
        for scan in scans
    )


def is_registered(scan: Scan) -> bool:
    """Say whether nothing of a scan waits for a registration."""
    return all(source.motion is not None for source in scan.masks.values() if isinstance(source, CarriedSource))


def _groups(scan: Scan, settings: Registration) -> dict[tuple[str, ...], dict[str, CarriedSource]]:
    """Give the ROIs that are carried to a scan, those together that move as one."""
    sources = carried_sources(scan)
    if settings.each == "roi":
        return {(roi,): {roi: source} for roi, source in sources.items()}
    return {tuple(sources): sources} if sources else {}


def _registered(
    scan: Scan, sources: Mapping[str, CarriedSource], settings: Registration, between: Between | None
) -> tuple[Motion, str, Made]:
    """Give the motion or why there is none, the overlay, and how long that took, with what was read for it."""
    motion: Motion
    start, pair = time.perf_counter(), None
    try:
        reference, union = _reference(scan, sources, between)
        volume = opened_scan(scan.image, scan.masks, between, keep=True).volume
        pair = (reference, replace(volume, masks={}))
        same = _same_acquisition(scan, sources, settings)
        motion = register(*pair, union, settings, same_acquisition=same, told=_now)
    except ScanError as error:
        motion = error
    except Exception as error:
        motion = ScanError(f"the registration failed: {error}", "look at both scans, or draw the ROIs on this one")
    overlay = b""
    if pair is not None and union.any():
        from experiments.running.pictures.overlay import draw_overlay  # only here: loading Pillow takes long

        overlay = draw_overlay(*pair, found_of(motion))
    step = (digest_of(asdict(settings)), REGISTRATION, time.perf_counter() - start)
    voxels = 0 if pair is None else pair[1].image.size
    return motion, base64.b64encode(overlay).decode("ascii"), Made(voxels=voxels, steps=(step,))


def _now(part: str) -> None:
    now(f"{REGISTRATION}: {part}")


def _overlays(scans: Sequence[Scan], settings: Registration, store: Store) -> list[str]:
    """Give the overlays of all pairs of scans, in the order of their rows; empty where there is none."""
    known, overlays = replace(store, retry_failed=False), []
    for scan in scans:
        for sources in _groups(scan, settings).values():
            try:
                key, failure_key = _keys(scan, sources, settings, store, read=False)
            except (NotReadYet, OSError):
                overlays.append("")
                continue
            found = known.get(REGISTRATION, key, _overlay) or known.get_failure(REGISTRATION, failure_key, _overlay)
            overlays.append(found or "")
    return overlays


def _reference(scan: Scan, sources: Mapping[str, CarriedSource], between: Between | None) -> tuple[Volume, BoolArray]:
    """Give the reference scan with the ROIs that are carried to another, and where any of them lies."""
    drawn = {roi: source.source for roi, source in carried_sources(scan).items()}
    reference = opened_scan(next(iter(sources.values())).reference, drawn, between, keep=True)
    masks: dict[str, BoolArray] = {}
    for roi in sources:
        try:
            masks[roi] = reference.roi(roi)
        except ScanError as error:
            problem = f"'{roi}' cannot be carried from the reference: {error.problem}"
            raise ScanError(problem, error.advice) from error
    union: BoolArray = np.any(list(masks.values()), axis=0)
    return replace(reference.volume, masks=masks), union


def _same_acquisition(scan: Scan, sources: Mapping[str, CarriedSource], settings: Registration) -> bool:
    """Say whether headers or sidecars leave no doubt, if the settings ask."""
    if settings.same_acquisition == "search":
        return False
    return of_one_acquisition(next(iter(sources.values())).reference, scan.image)


def _keys(
    scan: Scan, sources: Mapping[str, CarriedSource], settings: Registration, store: Store, *, read: bool = True
) -> tuple[str, str]:
    """Give where a registration stands in the store, and where a refusal, which may name files."""
    images = (next(iter(sources.values())).reference, scan.image)
    paths = (*images, *(file for source in sources.values() for file in source.files))
    digests = content_digests(paths, store, read=read)
    rois = {
        roi: [*(digests[str(file)] for file in source.files), source.source.chosen] for roi, source in sources.items()
    }
    content: dict[str, Any] = {"images": [digests[str(path)] for path in images], "rois": rois}
    if settings.same_acquisition == "still":  # sidecars are no part of the images
        content["same"] = _same_acquisition(scan, sources, settings)
    key = digest_of({**content, "settings": asdict(settings), "versions": computing_versions()})
    return key, digest_of([key, [*map(str, paths)], decoder_versions()])


def _parse(values: Any) -> Registered:
    return build(Registered, {name: value for name, value in values.items() if name != OVERLAY}, "registration")


def _overlay(values: Any) -> str:
    base64.b64decode(values[OVERLAY], validate=True)
    return str(values[OVERLAY])


def _refusal(error: ScanError) -> dict[str, Any]:
    """Give what is remembered of a refusal: the values too, where a motion was found."""
    values: dict[str, Any] = {"problem": error.problem, "advice": error.advice}
    if isinstance(error, RefusedMotionError):
        values |= {"found": asdict(error.found), "beyond": error.beyond}
    return values


def _parse_refusal(values: Any) -> ScanError:
    problem, advice, beyond = values["problem"], values["advice"], tuple(values.get("beyond", ()))
    if not all(isinstance(text, str) for text in (problem, advice, *beyond)):
        raise TypeError("expected texts")
    if "found" in values:
        return RefusedMotionError(problem, advice, _parse(values["found"]), beyond)
    return ScanError(problem, advice)
