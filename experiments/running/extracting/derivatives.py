"""Images of a strategy as a BIDS derivative: names, descriptions, and the task that writes those of one scan."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.folder.failures import Failure
from experiments.folder.file_names import unique_names
from experiments.folder.files import FAILURES, FINISHED, FITTED, LOG, REGISTRATION, REGISTRATIONS
from experiments.folder.writing import write_json, write_text
from experiments.running.between import Between, read_usable, walk_on
from experiments.running.store.finished import UNTRUSTED, Store
from experiments.running.store.identity import identify
from experiments.running.store.known import READ, failure_of
from experiments.study.manifest import Scan
from experiments.study.plan import StepFailure
from experiments.study.strategy import Strategy
from experiments.versions import all_versions
from harmonize.digest import digest_of, digest_of_file, has_digest
from harmonize.errors import ScanError
from harmonize.formats import write_image
from harmonize.inputs.documents import read_json
from harmonize.inputs.names import plain_cell
from harmonize.steps import describe

BIDS_VERSION = "1.10.0"
DESCRIPTION, PEOPLE, IGNORE = "dataset_description.json", "participants.tsv", ".bidsignore"
ENDING = ".nii.gz"
OURS = "Radharmony"
"""The key of a sidecar with what the files beside it were made of."""
OURS_BESIDE = (FAILURES, f"{FINISHED}/", f"{FITTED}/", f"{REGISTRATIONS}/", REGISTRATION, LOG)
"""Files and folders that BIDS does not know."""


@dataclass(frozen=True)
class ScanFiles:
    """Where the files of a scan go.

    Parameters
    ----------
    folder : Path
        Of the image, within the dataset.
    stem : str
        What all names begin with.
    suffix : str
        What the name of the image ends in: the sequence.
    rois : mapping of str to str
        By ROI its label in names.
    """

    folder: Path
    stem: str
    suffix: str
    rois: Mapping[str, str]

    def image(self, strategy: str) -> Path:
        """Give the file of the image."""
        return self.folder / f"{self.stem}_desc-{_label(strategy)}_{self.suffix}{ENDING}"

    def mask(self, strategy: str, roi: str) -> Path:
        """Give the file of a mask."""
        name = f"{self.stem}_mod-{self.suffix}_label-{self.rois[roi]}_desc-{_label(strategy)}_mask{ENDING}"
        return self.folder / name


def _label(*parts: str) -> str:
    """Give a label as BIDS has them: letters and digits alone.

    Examples
    --------
    >>> _label("T2 fs-HASTE"), _label("../")
    ('T2fsHASTE', 'x')
    """
    return re.sub(r"[^A-Za-z0-9]", "", "".join(parts)) or "x"


def _labels(names: Sequence[str], label: Callable[..., str] = _label) -> dict[str, str]:
    """Give each name a label of its own."""
    return {key[0]: _label(text) for key, text in unique_names(((name,) for name in names), label).items()}


def places_of(scans: Sequence[Scan], rois: Sequence[str], out: Path) -> tuple[list[ScanFiles], dict[str, str]]:
    """Give where the files of every scan go, and the label of every subject."""
    subjects = _labels([scan.subject for scan in scans], lambda name: _label(re.sub(r"^sub-", "", name)))
    people = {subject: f"sub-{label}" for subject, label in subjects.items()}
    conditions = _labels([scan.condition for scan in scans])
    sequences, named = _labels([scan.sequence for scan in scans]), _labels(list(rois))
    places = [
        ScanFiles(
            out / people[scan.subject] / "anat",
            f"{people[scan.subject]}_acq-{conditions[scan.condition]}",
            sequences[scan.sequence],
            named,
        )
        for scan in scans
    ]
    return places, people


def write_dataset(out: Path, name: str, strategy: Strategy, people: Mapping[str, str]) -> None:
    """Write what describes the dataset of a strategy's images, and who is who."""
    steps = ", ".join(step.name for step in strategy.steps) or "images as they are"
    describe_dataset(out, f"{name}, {strategy.name}", f"strategy {strategy.name}: {steps}")
    rows = "".join(f"{label}\t{plain_cell(subject)}\n" for subject, label in sorted(people.items()))
    write_text(out / PEOPLE, f"participant_id\tsubject\n{rows}")
    write_text(out / IGNORE, "".join(f"{name}\n" for name in OURS_BESIDE))


def describe_dataset(out: Path, name: str, made: str) -> None:
    """Write what makes a folder a BIDS derivative: its name, and what radharmony made there."""
    by = {"Name": "radharmony", "Version": all_versions().get("radharmony", ""), "Description": made}
    described = {"Name": name, "BIDSVersion": BIDS_VERSION, "DatasetType": "derivative", "GeneratedBy": [by]}
    write_json(out / DESCRIPTION, described)


def write_scan(
    scan: Scan, strategy: Strategy, store: Store, between: Between | None, place: ScanFiles
) -> list[Failure]:
    """Write what a strategy makes of a scan, and its ROIs there, unless they stand there already.

    Returns
    -------
    list of Failure
        What could not be done; this function does not raise for what is wrong with the scan.
    """
    image = place.image(strategy.name)
    sidecar = image.with_name(image.name.removesuffix(ENDING) + ".json")
    try:
        _, content = identify(scan, store)
        key = digest_of([content, strategy.digest(), sorted(scan.masks)])
        if _written(sidecar, key):
            return []
        volume, unusable = read_usable(scan, between)
    except (ScanError, OSError) as error:
        _remove(sidecar)
        return [failure_of(scan, error, READ)]
    failures = [failure_of(scan, error, READ, roi=roi) for roi, error in unusable.items()]
    (stage,) = walk_on([strategy.steps], volume, content, between, last=False)
    if isinstance(stage.volume, StepFailure):
        _remove(sidecar)
        return [*failures, failure_of(scan, stage.volume.error, stage.volume.step, strategy=strategy.name)]
    made = stage.volume
    files: dict[Path, NDArray[np.generic]] = {image: made.image.astype(np.float32)}
    files |= {place.mask(strategy.name, roi): mask for roi, mask in made.masks.items()}
    for path, array in files.items():
        write_image(array, made.grid, path)
    for roi in made.masks:
        mask = place.mask(strategy.name, roi)
        write_json(mask.with_name(mask.name.removesuffix(ENDING) + ".json"), {"Type": "ROI", "ROI": roi})
    known = {path.name: digest_of_file(path) for path in files} if not failures else {}
    write_json(sidecar, {**_about(scan, strategy), OURS: {"Key": key, "Files": known}})
    return failures


def _about(scan: Scan, strategy: Strategy) -> dict[str, Any]:
    return {
        "Description": f"strategy {strategy.name}",
        "Sources": [scan.image.name],
        "SkullStripped": False,
        "Sequence": scan.sequence,
        "Condition": scan.condition,
        "Steps": [describe(step) for step in strategy.steps],
    }


def _written(sidecar: Path, key: str) -> bool:
    """Say whether the files beside a sidecar are what the same scan and strategy would leave."""
    try:
        own = read_json(sidecar)[OURS]
        files = own["Files"]
        names = all(isinstance(name, str) and Path(name).name == name for name in files)
        if own["Key"] != key or not files or not names:
            return False
        return all(has_digest(sidecar.parent / name, files[name]) for name in files)
    except UNTRUSTED:
        return False


def _remove(sidecar: Path) -> None:
    """Take away the image of an earlier run of a scan that has none any more."""
    for path in (sidecar, sidecar.with_name(sidecar.name.removesuffix(".json") + ENDING)):
        path.unlink(missing_ok=True)
