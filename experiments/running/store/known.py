"""What is known of a scan before anything is computed: results and failures that earlier runs left."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from experiments.folder.failures import ALL, Failure, explain
from experiments.running.store.finished import FEATURES, REGISTRATION, Store
from experiments.running.store.identity import identify
from experiments.study.manifest import Scan
from experiments.study.perturbations import told_apart
from experiments.study.roi_sources import CarriedSource
from experiments.study.strategy import Strategy
from experiments.versions import decoder_versions
from harmonize.digest import digest_of
from harmonize.errors import ScanError

READ = "read"
"""What is named as the step where an image or a ROI cannot be used."""

REMEMBERED = ("roi", "step", "problem", "advice")
"""What is stored of a failure; the rest is that of the scan."""


@dataclass(frozen=True)
class Outcome:
    """What one strategy made of one scan.

    Parameters
    ----------
    rois : mapping of str to mapping
        Voxels, bins and feature values of every ROI that could be done.
    failures : tuple of Failure
        Why the others could not.
    """

    rois: Mapping[str, Any]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known of a scan before anything is computed.

    Parameters
    ----------
    files : mapping of str to str
        SHA-256 of every file, by its name.
    content : str
        Digest of all that results rest on besides the strategy.
    keys, failure_keys : mapping of str to str
        By the name of the strategy: where its result stands in the store, and where its failure.
    finished, failed : mapping of str to Outcome
        What earlier runs left, by the name of the strategy.
    """

    files: Mapping[str, str]
    content: str
    keys: Mapping[str, str]
    failure_keys: Mapping[str, str]
    finished: Mapping[str, Outcome]
    failed: Mapping[str, Outcome]

    def todo(self, strategies: Sequence[Strategy]) -> list[Strategy]:
        """Give the strategies that nothing is known of."""
        return [
            strategy
            for strategy in strategies
            if strategy.name not in self.finished and strategy.name not in self.failed
        ]


def look_up(scan: Scan, strategies: Sequence[Strategy], store: Store, *, read: bool = True) -> Known:
    """Find what earlier runs left of a scan, without computing anything.

    Raises
    ------
    OSError
        For a file that cannot be read.
    NotReadYet
        For one whose digest is not known, if it is not to be read for that.
    """
    identity = identify(scan, store, read=read)
    files = identity.files
    keys = {one.name: digest_of([identity.of(one.steps), one.digest()]) for one in strategies}
    # What a failure says may name files and rest on installed decoders: it is remembered for these alone.
    refused = {
        roi: str(source.motion)
        for roi, source in scan.masks.items()
        if isinstance(source, CarriedSource) and isinstance(source.motion, ScanError)
    }
    failure_keys = {name: digest_of([key, sorted(files), refused, decoder_versions()]) for name, key in keys.items()}
    rois = set(scan.masks)
    finished, failed = {}, {}
    for name, key in keys.items():
        found = store.get(FEATURES, key, partial(_parse_result, rois))
        if found is not None:
            finished[name] = found
            continue
        missed = store.get_failure(FEATURES, failure_keys[name], partial(_recall, scan, name))
        if missed is not None:
            failed[name] = missed
    return Known(files, identity.whole, keys, failure_keys, finished, failed)


def failure_of(
    scan: Scan, error: Exception, step: str, *, strategy: str = ALL, roi: str = "", file: str | None = None
) -> Failure:
    """Give the row of failures.csv that an error makes; without a strategy it is that of all."""
    problem, advice = explain(error)
    if step == READ and isinstance(scan.masks.get(roi), CarriedSource):
        step = REGISTRATION  # its mask is another scan's, with which nothing is wrong
    own = str(scan.masks[roi].path) if step == READ and roi in scan.masks else str(scan.image)
    strategy, perturbation = told_apart(strategy)
    scan = scan.under(perturbation)
    return Failure(strategy, *scan.key, roi, file or own, step, problem, advice, scan.segmentation, scan.perturbation)


def to_remember(outcome: Outcome) -> dict[str, Any]:
    """Give what is stored of an outcome in which something failed, ready for JSON."""
    failures = [
        {"shared": failed.strategy == ALL, **{name: getattr(failed, name) for name in REMEMBERED}}
        for failed in outcome.failures
    ]
    return {"rois": outcome.rois, "failures": failures}


def lasts(error: Exception) -> bool:
    """Say whether an error would come again: it is about the scan, not about memory or a disk."""
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, MemoryError | OSError) or (isinstance(chain, RuntimeError) and _of_memory(str(chain))):
            return False
        chain = chain.__cause__ or chain.__context__
    return isinstance(error, ScanError)


def _of_memory(text: str) -> bool:
    return "alloc" in text.lower() or "memory" in text.lower()


def _recall(scan: Scan, strategy: str, values: Any) -> Outcome:
    failures = tuple(
        failure_of(
            scan,
            ScanError(failed["problem"], failed["advice"]),
            failed["step"],
            strategy=ALL if failed["shared"] is True else strategy,
            roi=failed["roi"],
        )
        for failed in values["failures"]
        if all(isinstance(failed[name], str) for name in REMEMBERED)
    )
    missing = {failed.roi for failed in failures}
    found = _parse_rois(values["rois"])
    if not failures or len(failures) < len(values["failures"]) or not {*missing, *found} <= {"", *scan.masks}:
        raise ValueError("the failures are not those of this scan")
    return Outcome(found, failures)


def _parse_result(rois: set[str], values: Any) -> Outcome:
    found = _parse_rois(values["rois"])
    if set(found) != rois:
        raise ValueError("the ROIs are not those of this scan")
    return Outcome(found)


def _parse_rois(values: Any) -> dict[str, Any]:
    for roi in values.values():
        counts, features = (roi["voxels"], roi["bins"]), roi["values"]
        sound = all(type(count) is int and count >= 0 for count in counts) and all(
            type(value) is float and math.isfinite(value) for value in features.values()
        )
        if not sound:
            raise ValueError("not the features of an ROI")
    return dict(values)
