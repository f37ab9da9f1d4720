"""What a run does, stage after stage: each reads what earlier ones left in `Work`, and writes its files.

A new stage is a function here and an entry in `STAGES`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.comparison import Learned
from evaluation.ibsi import ibsi_table
from evaluation.reliability.summary import summarize
from evaluation.reliability.table import reliability_table
from evaluation.tables import feature_columns
from experiments.audit.audit import audit_of, protocols_of
from experiments.executors import Executor
from experiments.folder.failures import Failure, failure_table
from experiments.folder.files import (
    AUDIT,
    FAILURES,
    FEATURES,
    IBSI,
    PROTOCOL,
    RELIABILITY,
    STRATEGIES,
    SUMMARY,
    WHITELISTS,
)
from experiments.folder.run_folder import RunFolder
from experiments.progress import Progress
from experiments.results.inference import infer, write_inference
from experiments.results.paper import write_paper
from experiments.results.strategy_table import judged_strategies, strategy_table
from experiments.running.between import Between
from experiments.running.carry import with_refusals
from experiments.running.comparable import comparable, not_compared
from experiments.running.harmonized import Harmonization, former_measures, write_harmonization
from experiments.running.log import log_failures
from experiments.running.pictures.pictures import write_pictures
from experiments.running.record import record_of, whitelists_of, write_whitelists
from experiments.running.rows import ScanRows
from experiments.running.scan_task import ScanResult
from experiments.running.scans import bound_strategies, carry_rois, data_content, feature_table, process_scans
from experiments.running.shared_images import names_of_images, spread_failures
from experiments.running.store.finished import Store
from experiments.running.unchanged import inputs_of
from experiments.study.protocol import scan_protocol, write_protocols
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.digest import digest_of, sealed, unsealed
from harmonize.steps import ChangesGrid
from selection.whitelist import Whitelist


@dataclass
class Work:
    """A run under way.

    Parameters
    ----------
    asked : Study
        What is to be run.
    run : RunFolder
        For the results.
    store : Store
        What earlier runs finished.
    executor : Executor
        Where scans are computed.
    progress : callable
        Called as `progress(what, done, total)`.
    intermediates : sequence of str
        Subjects whose scans are left after every step.
    between : Between or None
        What passes hand over to later ones.
    sidecars : mapping or None
        Digests of the JSON files beside images, taken before anything was looked at.

    Attributes
    ----------
    study : Study
        What was asked; after `register` with the ROIs that were carried.
    """

    asked: Study
    run: RunFolder
    store: Store
    executor: Executor
    progress: Progress
    intermediates: Sequence[str]
    between: Between | None
    sidecars: Mapping[str, str] | None
    study: Study = field(init=False)
    judged: Study = field(init=False)
    bound: Mapping[str, Sequence[Strategy]] = field(default_factory=dict)
    results: list[ScanResult] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    failures: pd.DataFrame = field(default_factory=pd.DataFrame)
    features: pd.DataFrame = field(default_factory=pd.DataFrame)
    learned: Mapping[str, Learned] = field(default_factory=dict)
    reliability: pd.DataFrame = field(default_factory=pd.DataFrame)
    summary: pd.DataFrame = field(default_factory=pd.DataFrame)
    data_digest: str = ""
    whitelists: dict[str, Whitelist] = field(default_factory=dict)
    strategies: pd.DataFrame = field(default_factory=pd.DataFrame)
    audit: dict[str, Any] | None = None
    record: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.study = self.asked

    def told(self, what: str) -> Callable[[int, int], None]:
        """Give a progress function of one stage."""
        return lambda done, total: self.progress(what, done, total)

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return self.run.folder


def register(work: Work) -> None:
    """Carry ROIs from the reference scans to those without: registration.csv, and transforms."""
    settings = work.study.registration
    if settings is not None:
        work.study = carry_rois(
            work.study, settings, work.folder, work.store, work.executor, work.progress, work.between
        )


def fit(work: Work) -> None:
    """Fit what learns from a cohort: fitted/."""
    work.bound = bound_strategies(work.study, work.folder, work.store, work.executor, work.progress, work.between)


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
        intermediates=(work.folder, work.intermediates),
    )
    found = (failure for result in work.results for failure in result.failures)
    work.failed = spread_failures(found, names_of_images(work.study.strategies))
    work.failures = failure_table(work.failed)
    work.run.write(FAILURES, work.failures)
    work.data_digest = digest_of(data_content(work.study, work.results))


def gather(work: Work) -> None:
    """Make one table of all features: features.parquet; say what cannot be compared for want of scans."""
    work.features = feature_table(work.study, work.results, work.folder)
    work.results = [replace(result, rows=ScanRows()) for result in work.results]  # which are in the table now
    work.run.write(FEATURES, work.features)
    missing = not_compared(work.study, work.features, work.failures)
    work.judged = comparable(work.study, missing, work.folder / FAILURES)
    work.record["not_compared"] = [asdict(one) for one in missing]


def harmonize(work: Work) -> None:
    """Put held-out values in place where a strategy has a harmonizer: harmonization.*, failures.csv, ibsi.csv."""
    found = Harmonization(work.features)
    if any(strategy.harmonizer for strategy in work.study.strategies):
        from experiments.running.harmonization import harmonize_strategies  # only here: it loads scikit-learn

        former = former_measures(work.run)
        found = harmonize_strategies(work.study, work.features, work.told("harmonization"), former)
    if found.failures:
        work.failures = failure_table([*work.failed, *found.failures])
        work.run.write(FAILURES, work.failures)
    log_failures([*work.failed, *found.failures])
    write_harmonization(found, work.run)
    work.features, work.learned = found.features, found.learned
    work.run.write(FEATURES, work.features)
    work.run.write(IBSI, ibsi_table(feature_columns(work.features)))


def judge(work: Work) -> None:
    """Measure reliability, and list what passes the rule: reliability.parquet, summary.csv, whitelists/."""
    work.reliability = reliability_table(work.features, work.study.reference)
    work.run.write(RELIABILITY, work.reliability)
    work.summary = summarize(work.reliability)
    work.run.write(SUMMARY, work.summary)
    work.whitelists = whitelists_of(work.judged, work.reliability, work.data_digest)
    write_whitelists(work.folder / WHITELISTS, work.whitelists)


def compare(work: Work) -> None:
    """Compare strategies and conditions: comparison/, effects, tests, strategies.csv, and tables for a paper."""
    thresholds, names = work.judged.thresholds, [strategy.name for strategy in work.study.strategies]
    inference = infer(
        work.features, work.study.reference, thresholds, work.study.factors, work.told("statistics"), work.learned
    )
    write_inference(work.run, inference)
    known = judged_strategies(work.reliability, thresholds)
    work.strategies = strategy_table(
        names, work.features, work.summary, work.whitelists, work.failures, inference.intervals, known
    )
    work.run.write(STRATEGIES, work.strategies)
    passing = thresholds.passing(work.reliability)
    write_paper(work.folder, record_of(work.judged), thresholds, work.features, work.reliability, passing, inference)
    work.record["inference"] = inference.record()


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
    write_protocols(protocols, work.folder / PROTOCOL)
    resampled = any(isinstance(step, ChangesGrid) for strategy in work.study.strategies for step in strategy.steps)
    axes = work.audit["slice_axes"]  # of all scans that tell; a step that resamples can change it
    work.record["slice_axis"] = int(axes[0]) if len(axes) == 1 and not resampled else None


def _former_audit(work: Work) -> dict[str, Any] | None:
    """Give what stands in audit.json, if it is of the very same study."""
    inputs = inputs_of(work.asked, work.store, work.sidecars)
    anew = work.store.retry_failed and work.asked.registration is not None  # ROIs that were refused may be carried now
    try:
        former = unsealed(AUDIT.read(work.folder), AUDIT)
        return former if inputs is not None and former["of"] == inputs and not anew else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # absent or damaged


def picture(work: Work) -> None:
    """Draw a few subjects before and after every strategy, from slices that were handed over: pictures/."""
    write_pictures(
        work.study,
        work.bound,
        work.features,
        work.folder,
        work.store,
        work.executor,
        work.told("pictures"),
        work.between,
    )


STAGES = (register, fit, look, gather, harmonize, judge, compare, audit, picture)
"""In this order; all but the report, which is made of the files that they leave."""
