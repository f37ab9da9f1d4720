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
from experiments.outputs import write_json
from experiments.running.plan import StepFailure, build_tree, walk
from experiments.study.manifest import Scan
from experiments.study.roi_sources import read_rois
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.errors import ScanError
from harmonize.formats import read_array
from harmonize.formats.dicom import files_of
from harmonize.volume import Grid, Volume

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
        files, content = identify(scan, versions)
    except OSError as error:
        broken = ScanError(f"{error.filename} cannot be read ({error.strerror})", "check the path in images.csv")
        return ScanResult((), (_failure(scan, broken, READ, file=str(error.filename)),), {})
    masks = set(scan.masks)
    places = {strategy.name: finished / f"{digest_of([content, strategy.digest()])}.json" for strategy in strategies}
    done = {name: found for name, place in places.items() if (found := _load(place, masks)) is not None}
    rows = [_row(scan, name, roi, found) for name, result in done.items() for roi, found in result.items()]
    failures: list[Failure] = []
    todo = [strategy for strategy in strategies if strategy.name not in done]
    if todo:
        with one_thread():
            for name, result, failed in _compute(scan, todo):
                rows.extend(_row(scan, name, roi, found) for roi, found in result.items())
                failures.extend(failed)
                if name != ALL and set(result) == masks:
                    write_json(places[name], {"digest": digest_of(result), "rois": result})
    return ScanResult(tuple(rows), tuple(failures), files, len(done))


def identify(scan: Scan, versions: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Give the SHA-256 of every file of a scan by its name, and of all that its results rest on besides the strategy.

    Raises
    ------
    OSError
        For a file that cannot be read.
    """
    reference = () if scan.reference is None else (scan.reference,)
    paths = (scan.image, *(mask.path for mask in scan.masks.values()), *reference)
    files = {str(path): digest_of_file(path) for path in paths}
    masks = {roi: [files[str(mask.path)], mask.chosen] for roi, mask in scan.masks.items()}
    grid = [files[str(path)] for path in reference]
    content = {"image": files[str(scan.image)], "masks": masks, "reference": grid, "versions": dict(versions)}
    return files, digest_of(content)


def read_usable(scan: Scan) -> tuple[Volume, dict[str, ScanError]]:
    """Read a scan with the ROIs that can be used, and say of the others why not.

    Raises
    ------
    ScanError
        If the image itself cannot be used.
    """
    volume, unread = read_rois(scan.image, scan.masks)
    empty = {
        roi: ScanError(f"ROI '{roi}' is empty: no voxel has its label", "draw it, or leave the ROI out for this scan")
        for roi, mask in volume.masks.items()
        if not mask.any()
    }
    usable = {roi: mask for roi, mask in volume.masks.items() if roi not in empty}
    reference = _reference_grid(scan, volume.grid)
    return Volume(volume.image, volume.grid, usable, reference), {**unread, **empty}


def _reference_grid(scan: Scan, own: Grid) -> Grid | None:
    if scan.reference is None or scan.reference == scan.image:
        return own if scan.reference else None
    try:
        return read_array(scan.reference)[1]
    except ScanError:  # said of the reference scan itself; only steps that need its grid fail here
        return None


def _compute(scan: Scan, strategies: Sequence[Strategy]) -> Iterator[tuple[str, dict[str, Any], list[Failure]]]:
    """Give for each strategy the result of every ROI and the failures; failures of the scan itself come as `all`."""
    try:
        volume, unusable = read_usable(scan)
    except ScanError as error:
        yield ALL, {}, [_failure(scan, error, READ)]
        return
    yield (
        ALL,
        {},
        [_failure(scan, error, READ, roi=roi, file=str(scan.masks[roi].path)) for roi, error in unusable.items()],
    )
    for strategy, stepped in walk(build_tree(strategies), volume):
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


def digest_of_file(path: Path) -> str:
    """Give the digest of a file, or of all files of a DICOM series whatever they are called."""
    digests = []
    for name in files_of(path):
        with name.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else digest_of(sorted(digests))


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep SimpleITK and BLAS to one thread: scans run side by side, and sums keep their order."""
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
