"""The stages of an extraction: those of a run that concern scans alone, and the comparison with another study."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evaluation.ibsi import ibsi_table
from evaluation.tables import feature_columns
from experiments.folder.failures import ALL, Failure, failure_table
from experiments.folder.files import FAILURES, FEATURES, IBSI, OUTSIDE, REMARKS, STRATEGIES
from experiments.running.course import Course
from experiments.running.extracting.before import Before, foresee
from experiments.running.extracting.extraction import EXTRACTION
from experiments.running.extracting.like import Like
from experiments.running.extracting.remarks import remark_table
from experiments.running.extracting.resemblance import outside_table, unlike_rois
from experiments.running.extracting.taken_over import harmonize_as
from experiments.running.log import log_failures
from experiments.running.pictures.roi_pictures import picture
from experiments.running.record import record_of
from experiments.running.scan_stages import audit, fit, gather, look, register
from experiments.running.work import Work
from experiments.study.study import Study
from harmonize.errors import ConfigurationError


@dataclass
class ExtractionCourse:
    """The course of an extraction, and what its stages tell each other.

    Parameters
    ----------
    like : Like or None
        What the scans are measured like.
    notes : tuple of str
        What is passed over.
    """

    like: Like | None
    notes: tuple[str, ...]
    before: Before = field(init=False, default_factory=lambda: Before((), ()))

    def course(self) -> Course:
        """Give its stages and records."""
        stages = (self.foresee, register, fit, look, gather, self.settle, audit, self.resemble, picture)
        return Course(stages, self.record)

    def record(self, study: Study) -> dict[str, Any]:
        """Give what run.json holds: settings are those of the other study, as its whitelists hold them."""
        record = {**record_of(study), "kind": EXTRACTION, "rule": {}, "inference": {}}
        if self.like is None:
            return record
        own = self.like.whitelists
        strategies = [
            {
                **{key: one[key] for key in ("name", "description")},
                **own[one["name"]].settings,
                "digest": own[one["name"]].settings_digest,
                "learned": own[one["name"]].learned_digest,
            }
            for one in record["strategies"]
        ]
        first = next(iter(own.values()))
        of = {"study": first.study, "data_digest": first.data_digest, "digest": self.like.digest}
        return {**record, "strategies": strategies, "like": of}

    def foresee(self, work: Work) -> None:
        """Tell before anything is computed which scans cannot be measured so, and in what others are unlike."""
        self.before = foresee(work, self.like, self.notes)

    def settle(self, work: Work) -> None:
        """Apply saved harmonizers, and leave out what cannot be measured so: failures.csv, features.parquet."""
        features, failed = work.features, list(self.before.refused)
        for one in failed:
            features = features[~_rows_of(features, one)]
        if self.like is not None and self.like.harmonizers:
            features, more = harmonize_as(features, self.like.harmonizers)
            failed += more
        work.features = features.reset_index(drop=True)
        if failed:
            told = {(one.strategy, one.key) for one in failed}  # a step without a fit has failed for the same reason
            work.failed = [*(one for one in work.failed if (one.strategy, one.key) not in told), *failed]
            work.failures = failure_table(work.failed)
            work.run.write(FAILURES, work.failures)
        log_failures(work.failed)
        if work.features.empty:
            raise ConfigurationError(f"no scan gave a single feature; {work.run.path(FAILURES)} says why for each")
        work.run.write(FEATURES, work.features)
        work.run.write(IBSI, ibsi_table(feature_columns(work.features)))

    def resemble(self, work: Work) -> None:
        """Say whether the scans resemble those of the study: remarks.csv, outside.csv, strategies.csv."""
        work.strategies = _counts(work.features, work.failures, [one.name for one in work.study.strategies])
        work.run.write(STRATEGIES, work.strategies)
        if self.like is None:
            for file in (REMARKS, OUTSIDE):
                work.run.renew(file, None)
            return
        found = (*self.before.remarks, *unlike_rois(work.features, self.like.seen))
        work.run.write(REMARKS, remark_table(found))
        work.run.write(OUTSIDE, outside_table(work.features, self.like.seen))


def _rows_of(features: pd.DataFrame, failure: Failure) -> "pd.Series[bool]":
    same = (features[["subject", "sequence", "condition"]] == list(failure.key)).all(axis=1)
    return same if failure.strategy == ALL else same & (features["strategy"] == failure.strategy)


def _counts(features: pd.DataFrame, failures: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Count by strategy what was measured, and what failed."""
    rows = []
    for name in names:
        own = features[features["strategy"] == name]
        failed = int(failures["strategy"].isin([name, ALL]).sum())
        scans = len(own[["subject", "sequence", "condition"]].drop_duplicates())
        rows.append((name, own["subject"].nunique(), scans, len(own), failed))
    return pd.DataFrame(rows, columns=["strategy", "subjects", "scans", "rois", "failures"])
