"""An unchanged second run, recognised by digests: nothing that it is made of differs, and all that it left is there."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.folder.run_folder import RunFolder
from experiments.running.pictures.listing import all_there
from experiments.running.rows import drawn
from experiments.running.store.finished import Store
from experiments.running.store.identity import NotReadYet, content_digests, files_of_scan, learn
from experiments.study.study import Study
from experiments.versions import all_versions, decoder_versions
from harmonize.digest import digest_of
from harmonize.protocol.headers import sidecar_of

if TYPE_CHECKING:
    from experiments.running.scan_task import ScanResult

INPUTS = "inputs"
"""The key of run.json with what the run is made of."""


def sidecars_of(study: Study, store: Store) -> dict[str, str] | None:
    """Give the digests of the JSON files beside images as they are now; nothing where one cannot be read.

    A run takes them before it looks at a scan, so that a file that changes meanwhile differs from what it tells.
    """
    paths = dict.fromkeys(path for scan in study.scans if (path := sidecar_of(scan.image)) is not None)
    try:
        return content_digests(paths, store)
    except OSError:
        return None


def inputs_of(study: Study, store: Store, sidecars: Mapping[str, str] | None) -> str | None:
    """Give the digest of all that a run is made of: the study, the content of its files, and software.

    Nothing where a file would have to be read first, or cannot be.
    """
    paths = dict.fromkeys(path for scan in study.scans for path in files_of_scan(scan))
    if sidecars is None:
        return None
    try:
        files = content_digests(paths, store, read=False) | dict(sidecars)
    except (OSError, NotReadYet):
        return None
    scans = [
        [scan.line, *scan.key, *drawn(scan), scan.levels, scan.covariates, str(scan.image), str(scan.reference)]
        + [[roi, str(mask.path), mask.chosen] for roi, mask in scan.masks.items()]
        + [[column, str(path)] for column, path in scan.elsewhere.items()]
        for scan in study.scans
    ]
    asked = [study.name, study.description, study.pictures, study.settings(), study.rois, study.conditions]
    told = [[strategy.name, strategy.description] for strategy in study.strategies]
    return digest_of([asked, told, scans, files, all_versions(), decoder_versions()])


def inputs_record(
    study: Study, results: "Sequence[ScanResult]", store: Store, sidecars: Mapping[str, str] | None
) -> dict[str, Any]:
    """Give what run.json says of what the run is made of; without a digest the next run looks at everything."""
    settled = all(result.settled for result in results)
    failed = sum(result.failed for result in results)
    digest = (inputs_of(study, store, sidecars) if settled else None) or ""
    learn(store.folder, ())
    return {"digest": digest, "finished": sum(result.outcomes for result in results) - failed, "failed": failed}


def unchanged(run: RunFolder, study: Study, store: Store, intermediates: Sequence[str]) -> bool:
    """Say whether the finished run of a folder is what the same study would leave.

    It is not where anything it is made of differs or must be read again, where a failure is to be tried again, where a
    file is missing or damaged, and where intermediates are asked for.

    Raises
    ------
    ConfigurationError
        For a file that is not as the run left it.
    """
    told = run.record.get(INPUTS, {})
    if not told.get("digest") or intermediates or (store.retry_failed and told["failed"]):
        return False
    if told["digest"] != inputs_of(study, store, sidecars_of(study, store)):
        return False
    run.check()
    return all(run.path(name).is_file() for name in run.files) and all_there(run)
