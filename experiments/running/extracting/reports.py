"""The robust features of scans as DICOM Structured Reports, measured like those of a run or whitelist."""

import io
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.exporting.concepts import concept_of
from experiments.exporting.structured_report import MeasuredRoi, check_highdicom, structured_report
from experiments.folder.failures import Failure, failure_table
from experiments.folder.file_names import unique_names
from experiments.folder.kinds import PlaceInRun, RunTable
from experiments.folder.writing import write_bytes
from experiments.running.extracting.extraction import Extracted, run_extraction, study_to_measure
from experiments.running.extracting.like import Like
from experiments.running.options import by_keywords
from experiments.running.store.known import failure_of
from experiments.study.manifest import Scan
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats.kind import is_series
from harmonize.formats.masks import MaskSource

STEP = "DICOM SR"
NO_VALUE = "no value: it cannot be computed in this ROI, and is not in the report"
REPORTS = PlaceInRun("sr")
TEXTS = (
    "strategy",
    "subject",
    "sequence",
    "condition",
    "roi",
    "feature",
    "scheme",
    "code",
    "meaning",
    "file",
    "status",
)
IN_REPORTS = RunTable(f"{REPORTS}/sr.csv", texts=TEXTS, numbers=("value",))


@dataclass(frozen=True)
class Reported:
    """What was written.

    Parameters
    ----------
    folder : Path
        Of the reports.
    files : tuple of Path
    table : DataFrame
        One row for each whitelisted feature of each ROI: its code, value, report and status.
    failures : DataFrame
        Scans without a report, and why.
    """

    folder: Path
    files: tuple[Path, ...]
    table: pd.DataFrame
    failures: pd.DataFrame


@by_keywords(Extracted)
def run_reports(asked: Extracted) -> Reported:
    """Take the whitelisted features of DICOM scans, and write a DICOM SR of each scan and strategy.

    Features are taken by `run_extraction` into `out`, the reports stand in its folder `sr`. They hold the identifiers
    of patient and study that the headers of the images have.

    Raises
    ------
    ConfigurationError
        As `run_extraction`; without `like`, without highdicom, and where no scan is DICOM.

    Examples
    --------
    >>> run_reports("patients/images.csv", "reports", like="whitelist.json").files  # doctest: +SKIP
    """
    check_highdicom()
    if asked.like is None:
        raise ConfigurationError("name the run or whitelist whose robust features are reported: `like`")
    like = Like.read(asked.like, asked.strategies)
    study, _ = study_to_measure(asked.study, asked.data, like, asked.strategies, asked.rois)
    if not any(is_series(scan.image) for scan in study.scans):
        raise ConfigurationError(
            f"{study.scans[0].image.name} and all other images: no DICOM, whose headers name patient and study of a "
            "report; name the DICOM files in the table of images (`import` makes such a table)"
        )
    run = run_extraction(**{name: value for name, value in vars(asked).items() if name != "_"})
    rows: list[dict[str, Any]] = []
    failures: list[Failure] = []
    files: list[Path] = []
    names = unique_names((*scan.key, strategy) for scan in study.scans for strategy in like.whitelists)
    for strategy, whitelist in like.whitelists.items():
        table = run.features[run.features["strategy"] == strategy]
        digest = whitelist.settings_digest
        parameters = (f"strategy {strategy}", *([f"settings {digest}"] if digest else []))
        for scan in study.scans:
            own = table[(table[["subject", "sequence", "condition"]] == list(scan.key)).all(axis=1)]
            rois, told = _rois(own, scan, whitelist.features.get(scan.sequence, {}))
            if not rois:
                continue
            path = run.path(f"{REPORTS}/{names[(*scan.key, strategy)]}.dcm")
            try:
                report = structured_report(scan.image, rois, parameters)
            except ScanError as error:
                failures.append(failure_of(scan, error, STEP, strategy=strategy))
                continue
            write_bytes(path, _bytes(report))
            files.append(path)
            rows += [{"strategy": strategy, "file": path.name, **one} for one in told]
    found = pd.DataFrame(rows, columns=[*TEXTS, "value"])
    IN_REPORTS.write(run.folder, found)
    known = run.failures
    own_failures = failure_table(failures)
    every = pd.concat([known, own_failures], ignore_index=True) if len(known) else own_failures
    return Reported(run.path(REPORTS), tuple(files), found, every)


def _rois(
    table: pd.DataFrame, scan: Scan, features: Mapping[str, Sequence[str]]
) -> tuple[list[MeasuredRoi], list[dict[str, Any]]]:
    """Give what a report holds of each ROI, and the rows that tell of it."""
    rois, rows = [], []
    for values in table.to_dict("records"):
        roi = str(values["roi"])
        source = scan.masks.get(roi)
        mask, segment = (source.path, source.segment) if isinstance(source, MaskSource) else (None, None)
        listed = {name: float(values[name]) for name in features.get(roi, ())}
        if any(math.isfinite(value) for value in listed.values()):
            there = {name: value for name, value in listed.items() if math.isfinite(value)}
            rois.append(MeasuredRoi(roi, there, mask, segment))
        for name, value in listed.items():
            code, scheme, meaning, _ = concept_of(name)
            status = "ok" if math.isfinite(value) else NO_VALUE
            key = dict(zip(("subject", "sequence", "condition"), scan.key, strict=True))
            of = {"roi": roi, "feature": name, "scheme": scheme, "code": code, "meaning": meaning}
            rows.append({**key, **of, "value": value, "status": status})
    return rois, rows


def _bytes(report: Any) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of identifiers that are not as they should be, and stay as they are
        report.save_as(buffer)
    return buffer.getvalue()
