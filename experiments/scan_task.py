"""What one worker does: one scan, every strategy that is not finished yet, every ROI."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import SimpleITK as sitk
from threadpoolctl import threadpool_limits

from evaluation.extraction import RoiFeatures, extract
from experiments.failures import ALL, Failure, explain
from experiments.manifest import Scan
from experiments.outputs import write_json
from experiments.plan import StepFailure, build_tree, walk
from experiments.strategy import Strategy, digest_of
from harmonize.errors import ScanError
from harmonize.formats import read_volume
from harmonize.volume import Volume

READ = "read"


@dataclass(frozen=True)
class ScanResult:
    """What became of one scan.

    Parameters
    ----------
    rows : tuple of mapping
        Rows of the feature table.
    failures : tuple of Failure
        What could not be done.
    files : mapping of str to str
        SHA-256 of every file that was read, by its name.
    reused : int
        How many strategies were finished by an earlier run.
    """

    rows: tuple[Mapping[str, Any], ...]
    failures: tuple[Failure, ...]
    files: Mapping[str, str]
    reused: int = 0


def process_scan(scan: Scan, strategies: Sequence[Strategy], finished: Path, versions: Mapping[str, str]) -> ScanResult:
    """Read one scan, take it through every strategy and extract the features of its ROIs.

    Parameters
    ----------
    scan : Scan
        Which files.
    strategies : sequence of Strategy
        What to do; steps that several share are done once.
    finished : Path
        Folder of results that earlier runs finished; new ones are added. A result counts only for the same
        image, masks, settings and versions, and only if nothing failed in it.
    versions : mapping of str to str
        Of the software that computes.

    Returns
    -------
    ScanResult
        Rows and failures; this function does not raise for what is wrong with the scan.
    """
    try:
        files = {str(path): _sha256(path) for path in (scan.image, *(mask.path for mask in scan.masks.values()))}
    except OSError as error:
        broken = ScanError(f"{error.filename} cannot be read ({error.strerror})", "check the path in images.csv")
        return ScanResult((), (_failure(scan, broken, READ, file=str(error.filename)),), {})
    masks = {roi: [files[str(mask.path)], mask.label] for roi, mask in scan.masks.items()}
    content = digest_of({"image": files[str(scan.image)], "masks": masks, "versions": dict(versions)})
    places = {strategy.name: finished / f"{digest_of([content, strategy.digest()])}.json" for strategy in strategies}
    done = {name: found for name, place in places.items() if (found := _load(place, set(masks))) is not None}
    rows = [_row(scan, name, roi, found) for name, result in done.items() for roi, found in result.items()]
    failures: list[Failure] = []
    todo = [strategy for strategy in strategies if strategy.name not in done]
    if todo:
        with _one_thread():
            for name, result, failed in _compute(scan, todo):
                rows.extend(_row(scan, name, roi, found) for roi, found in result.items())
                failures.extend(failed)
                if name != ALL and set(result) == set(masks):
                    write_json(places[name], {"digest": digest_of(result), "rois": result})
    return ScanResult(tuple(rows), tuple(failures), files, len(done))


def _compute(scan: Scan, strategies: Sequence[Strategy]) -> Iterator[tuple[str, dict[str, Any], list[Failure]]]:
    """Give for each strategy the result of every ROI and the failures; failures of the scan itself come as `all`."""
    try:
        volume, unread = read_volume(scan.image, scan.masks)
    except ScanError as error:
        yield ALL, {}, [_failure(scan, error, READ)]
        return
    empty = {
        roi: ScanError(f"ROI '{roi}' is empty: no voxel has its label", "draw it, or leave the ROI out for this scan")
        for roi, mask in volume.masks.items()
        if not mask.any()
    }
    unusable = {**unread, **empty}
    yield (
        ALL,
        {},
        [_failure(scan, error, READ, roi=roi, file=str(scan.masks[roi].path)) for roi, error in unusable.items()],
    )
    usable = {roi: mask for roi, mask in volume.masks.items() if roi not in empty}
    for strategy, stepped in walk(build_tree(strategies), Volume(volume.image, volume.grid, usable)):
        if isinstance(stepped, StepFailure):
            yield strategy.name, {}, [_failure(scan, stepped.error, stepped.step, strategy=strategy.name)]
            continue
        extraction = extract(stepped, strategy.extraction)
        failures = [
            _failure(scan, error, "extraction", strategy=strategy.name, roi=roi)
            for roi, error in extraction.failures.items()
        ]
        yield strategy.name, {roi: _plain(found) for roi, found in extraction.features.items()}, failures


def _plain(found: RoiFeatures) -> dict[str, Any]:
    """Give what JSON can hold: undefined values are left out, and so become missing in the table."""
    values = {name: float(value) for name, value in found.values.items() if math.isfinite(value)}
    return {"voxels": found.voxels, "bins": found.bins, "values": values}


def _row(scan: Scan, strategy: str, roi: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "strategy": strategy,
        "subject": scan.subject,
        "sequence": scan.sequence,
        **scan.levels,
        "condition": scan.condition,
        "roi": roi,
        "voxels": found["voxels"],
        "bins": found["bins"],
        **scan.covariates,
        **found["values"],
    }


def _failure(
    scan: Scan, error: Exception, step: str, *, strategy: str = ALL, roi: str = "", file: str | None = None
) -> Failure:
    problem, advice = explain(error)
    return Failure(
        strategy, scan.subject, scan.sequence, scan.condition, roi, file or str(scan.image), step, problem, advice
    )


def _load(place: Path, rois: set[str]) -> dict[str, Any] | None:
    """Give a finished result, or nothing if it is absent, damaged, or not what it says it is."""
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        result: dict[str, Any] = content["rois"]
        sound = content["digest"] == digest_of(result) and set(result) == rois
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return result if sound else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep SimpleITK and BLAS to one thread: scans run side by side, and sums keep their order."""
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
