"""What is done with scans, stage after stage, whether or not they are compared: each writes its files of the run."""

from dataclasses import replace
from typing import Any

from experiments.audit.audit import audit_of, protocols_of
from experiments.folder.failures import failure_table
from experiments.folder.files import AUDIT, FAILURES, FEATURES, PROTOCOL
from experiments.running.carry import with_refusals
from experiments.running.pictures.pictures import write_pictures
from experiments.running.rows import ScanRows
from experiments.running.scans import bound_strategies, carry_rois, data_content, feature_table, process_scans
from experiments.running.shared_images import names_of_images, spread_failures
from experiments.running.unchanged import inputs_of
from experiments.running.work import Work
from experiments.study.protocol import protocol_table, scan_protocol
from harmonize.digest import digest_of, sealed, unsealed
from harmonize.steps import ChangesGrid


def register(work: Work) -> None:
    """Carry ROIs from the reference scans to those without: registration.csv, and transforms."""
    settings = work.study.registration
    if settings is not None:
        work.study = carry_rois(work.study, settings, work.run, work.store, work.executor, work.progress, work.between)


def fit(work: Work) -> None:
    """Fit what learns from a cohort: fitted/."""
    work.bound = bound_strategies(work.study, work.run, work.store, work.executor, work.progress, work.between)


def look(work: Work) -> None:
    """Take every scan through every strategy, with whatever else is wanted of it: failures.csv, intermediates/."""
    work.audit = _former_audit(work)
    work.results = process_scans(
        work.study,
        work.bound,
        work.store,
        work.executor,
        work.progress,
        work.between,
        audited=work.audit is None,
        intermediates=(work.run, work.intermediates),
    )
    found = (failure for result in work.results for failure in result.failures)
    work.failed = spread_failures(found, names_of_images(work.study.strategies))
    work.failures = failure_table(work.failed)
    work.run.write(FAILURES, work.failures)
    work.data_digest = digest_of(data_content(work.study, work.results))


def gather(work: Work) -> None:
    """Make one table of all features: features.parquet."""
    work.features = feature_table(work.study, work.results, work.run)
    work.results = [replace(result, rows=ScanRows()) for result in work.results]  # which are in the table now
    work.run.write(FEATURES, work.features)


def audit(work: Work) -> None:
    """Say what is odd about the scans, from the look that was taken: audit.json, protocol.csv."""
    if work.audit is None:
        seen = replace(work.study, scans=with_refusals(work.study.scans, work.failed))
        looks = [result.look for result in work.results if result.look is not None]
        work.audit = {**audit_of(seen, looks).to_mapping(), "of": inputs_of(work.asked, work.store, work.sidecars)}
        protocols = protocols_of(zip(seen.scans, looks, strict=True))
    else:
        protocols = [scan_protocol(scan) for scan in work.study.scans]
    work.run.write(AUDIT, sealed(work.audit))
    table = protocol_table(protocols)
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
        return former if inputs is not None and former["of"] == inputs and not anew else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # absent or damaged


def picture(work: Work) -> None:
    """Draw a few subjects before and after every strategy, from slices that were handed over: pictures/."""
    write_pictures(
        work.study,
        work.bound,
        work.features,
        work.run,
        work.store,
        work.executor,
        work.told("pictures"),
        work.between,
    )
