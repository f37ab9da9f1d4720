"""What is done with scans, stage after stage, whether or not they are compared: each writes its files of the run."""

from dataclasses import replace
from typing import Any

from experiments.audit.audit import audit_of, protocols_of
from experiments.audit.bins import SlowLevels
from experiments.audit.quality import quality_table
from experiments.folder.failures import failure_table
from experiments.folder.files import (
    AUDIT,
    FAILURES,
    FEATURES,
    OVERLAYS,
    PROTOCOL,
    QUALITY,
    REGISTRATION,
    REGISTRATIONS,
)
from experiments.folder.writing import belongs
from experiments.results.learned import fitted_file
from experiments.running.carry import register_scans, with_refusals
from experiments.running.cohort.barrier import bind, fit_cohorts, fits_of
from experiments.running.pairs import with_lost, write_overlays
from experiments.running.rows import ScanRows
from experiments.running.scans import data_content, feature_table, process_scans
from experiments.running.shared_images import image_strategies, names_of_images, spread_failures
from experiments.running.unchanged import inputs_of
from experiments.running.work import Work
from experiments.study.protocol import protocol_table, scan_protocol
from experiments.study.segmentations import cohort_scans, places_once
from harmonize.digest import digest_of, digest_of_file, sealed, unsealed
from harmonize.steps import ChangesGrid


def register(work: Work) -> None:
    """Carry ROIs from the reference scans to those without: registration.csv, transforms, and overlays."""
    settings = work.study.registration
    if settings is None:
        return
    overlays = work.run.path(OVERLAYS)
    if not work.study.pictures:
        write_overlays((), (), overlays)  # those of an earlier run go
    carried = register_scans(
        work.study.scans,
        settings,
        work.run.path(REGISTRATIONS),
        work.store,
        work.executor,
        work.told("registration"),
        work.between,
        overlays if work.study.pictures else None,
    )
    work.run.write(REGISTRATION, carried.table)
    work.study = replace(work.study, scans=carried.scans)


def fit(work: Work) -> None:
    """Fit what learns from a cohort: fitted/."""
    study, images = work.study, image_strategies(work.study.strategies)
    scans = cohort_scans(study.scans, study.segmentation)
    strategies = fit_cohorts(images, scans, work.store, work.executor, work.progress, work.between)
    for strategy in strategies:
        for name, fits in fits_of(strategy).items():
            work.run.write(fitted_file(strategy.name, name), fits.to_json())
    work.bound = {sequence: [bind(strategy, sequence) for strategy in strategies] for sequence in study.sequences}


def look(work: Work) -> None:
    """Take every scan through every strategy, with whatever else is wanted of it: failures.csv, intermediates/."""
    work.audit = _former_audit(work)
    work.results = process_scans(work, audited=work.audit is None)
    found = (failure for result in work.results for failure in result.failures)
    work.failed = spread_failures(found, names_of_images(work.study.strategies))
    work.failures = failure_table(work.failed)
    work.run.write(FAILURES, work.failures)
    if work.study.registration is not None and (pairs := work.run.standing(REGISTRATION)) is not None:
        work.run.write(REGISTRATION, with_lost(pairs, work.failed))
    work.data_digest = digest_of(data_content(work.study, work.results))


def gather(work: Work) -> None:
    """Make one table of all features: features.parquet."""
    work.features = feature_table(work.study, work.results, work.run)
    work.results = [replace(result, rows=ScanRows()) for result in work.results]  # which are in the table now
    work.run.write(FEATURES, work.features)


def audit(work: Work) -> None:
    """Say what is odd about the scans, from the look at them: audit.json, protocol.csv, image_quality.parquet."""
    if work.audit is None:
        seen = replace(work.study, scans=with_refusals(work.study.scans, work.failed))
        looks = [result.look for result in work.results if result.look is not None]
        work.run.write(
            QUALITY, quality_table((scan, look.quality) for scan, look in zip(seen.scans, looks, strict=True))
        )
        own = {
            "of": inputs_of(work.asked, work.store, work.sidecars),
            "quality": digest_of_file(work.run.path(QUALITY)),
        }
        counted = SlowLevels(strategies=tuple(one.name for one in seen.strategies))  # in features.parquet
        work.audit = {**audit_of(seen, looks, counted).to_mapping(), **own}
        protocols = protocols_of(zip(seen.scans, looks, strict=True))
    else:
        protocols = [scan_protocol(scan) for scan in work.study.scans]
    work.run.write(AUDIT, sealed(work.audit))
    table = protocol_table(protocols[place] for place in places_once(work.study.scans, work.study.segmentation))
    work.run.renew(PROTOCOL, table if (table["source"] != "").any() else None)
    resampled = any(isinstance(step, ChangesGrid) for strategy in work.study.strategies for step in strategy.steps)
    axes = work.audit["slice_axes"]  # of all scans that tell; a step that resamples can change it
    work.record["slice_axis"] = int(axes[0]) if len(axes) == 1 and not resampled else None


def _former_audit(work: Work) -> dict[str, Any] | None:
    """Give what stands in audit.json, if it is of the very same study."""
    inputs = inputs_of(work.asked, work.store, work.sidecars)
    anew = work.store.retry_failed and work.asked.registration is not None  # ROIs that were refused may be carried now
    try:
        standing: dict[str, Any] | None = work.run.standing(AUDIT)
        former = unsealed(standing or {}, AUDIT)
        if inputs is None or former["of"] != inputs or anew:
            return None
        measured = work.run.standing(QUALITY)
        if measured is None or former["quality"] != digest_of_file(work.run.path(QUALITY)):
            return None
        work.run.keep(QUALITY, measured)
        belongs(work.run.path(QUALITY))
        return former
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # absent or damaged
