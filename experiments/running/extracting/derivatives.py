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
from experiments.study.segmentations import joined, names_in, segmentations_of
from experiments.study.strategy import Strategy
from experiments.versions import all_versions
from harmonize.digest import digest_of, digest_of_file, has_digest
from harmonize.errors import ScanError
from harmonize.formats import write_image
from harmonize.inputs.documents import read_json
from harmonize.inputs.names import plain_cell
from harmonize.steps import columns_of, describe

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
    drawn : str
        What names say of the segmentation, such as `_seg-ben`; empty where there is but one.
    shared : bool
        Whether the image is that of all segmentations.
    """

    folder: Path
    stem: str
    suffix: str
    rois: Mapping[str, str]
    drawn: str = ""
    shared: bool = True

    def image(self, strategy: str) -> Path:
        """Give the file of the image."""
        return (
            self.folder
            / f"{self.stem}{'' if self.shared else self.drawn}_desc-{_label(strategy)}_{self.suffix}{ENDING}"
        )

    def mask(self, strategy: str, roi: str) -> Path:
        """Give the file of a mask."""
        name = f"{self.stem}_mod-{self.suffix}{self.drawn}_label-{self.rois[roi]}_desc-{_label(strategy)}_mask{ENDING}"
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


def places_of(
    scans: Sequence[Scan], rois: Sequence[str], out: Path, *, shared: bool = True
) -> tuple[list[ScanFiles], dict[str, str]]:
    """Give where the files of every scan go, and the label of every subject; `shared` as in `ScanFiles`."""
    subjects = _labels([scan.subject for scan in scans], lambda name: _label(re.sub(r"^sub-", "", name)))
    people = {subject: f"sub-{label}" for subject, label in subjects.items()}
    conditions = _labels([scan.condition for scan in scans])
    sequences, named = _labels([scan.sequence for scan in scans]), _labels(list(rois))
    readers = segmentations_of(scans)
    drawn = {name: f"_seg-{label}" for name, label in _labels(readers).items()} if len(readers) > 1 else {}
    places = [
        ScanFiles(
            out / people[scan.subject] / "anat",
            f"{people[scan.subject]}_acq-{conditions[scan.condition]}",
            sequences[scan.sequence],
            named,
            drawn.get(scan.segmentation, ""),
            shared,
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


def write_image_of(
    scans: Sequence[Scan], strategy: Strategy, store: Store, between: Between | None, places: Sequence[ScanFiles]
) -> list[Failure]:
    """Write what a strategy makes of an image, and its ROIs there, unless they stand there already.

    Parameters
    ----------
    scans : sequence of Scan
        The image with each of its segmentations; usually one.
    strategy : Strategy
        Fitted and bound; it measures in no ROI where there are several segmentations.
    store : Store
        For digests of files.
    between : Between, optional
        What earlier passes have handed over.
    places : sequence of ScanFiles
        Of each.

    Returns
    -------
    list of Failure
        What could not be done; this function does not raise for what is wrong with the image.
    """
    whole, image = joined(scans), places[0].image(strategy.name)
    own = {
        name: (scan, place, roi)
        for scan, place in zip(scans, places, strict=True)
        for name, roi in names_in(scan, scans[0]).items()
    }
    sidecar = image.with_name(image.name.removesuffix(ENDING) + ".json")
    try:
        identity = identify(whole, store)
        key = digest_of([identity.of(strategy.steps), strategy.digest(), sorted(whole.masks)])
        if _written(sidecar, key):
            return []
        volume, unusable = read_usable(whole, between)
    except (ScanError, OSError) as error:
        _remove(sidecar)
        return [failure_of(scan, error, READ) for scan in scans]
    failures = [failure_of(own[name][0], error, READ, roi=own[name][2]) for name, error in unusable.items()]
    (stage,) = walk_on([strategy.steps], volume, identity.whole, between, last=False)
    if isinstance(stage.volume, StepFailure):
        _remove(sidecar)
        failed = stage.volume
        return [*failures, *(failure_of(scan, failed.error, failed.step, strategy=strategy.name) for scan in scans)]
    made = stage.volume
    files: dict[Path, NDArray[np.generic]] = {image: made.image.astype(np.float32)}
    for name, mask in made.masks.items():
        scan, place, roi = own[name]
        path = place.mask(strategy.name, roi)
        files[path] = mask
        drawn = {"Segmentation": scan.segmentation} if place.drawn else {}
        write_json(path.with_name(path.name.removesuffix(ENDING) + ".json"), {"Type": "ROI", "ROI": roi, **drawn})
    for path, array in files.items():
        write_image(array, made.grid, path)
    known = {path.name: digest_of_file(path) for path in files} if not failures else {}
    write_json(sidecar, {**_about(whole, strategy), OURS: {"Key": key, "Files": known}})
    return failures


def _about(scan: Scan, strategy: Strategy) -> dict[str, Any]:
    return {
        "Description": f"strategy {strategy.name}",
        "Sources": [scan.image.name, *(path.name for path in _elsewhere(scan, strategy))],
        "SkullStripped": False,
        "Sequence": scan.sequence,
        "Condition": scan.condition,
        "Steps": [describe(step) for step in strategy.steps],
    }


def _elsewhere(scan: Scan, strategy: Strategy) -> list[Path]:
    return [scan.elsewhere[column] for column in columns_of(strategy.steps) if column in scan.elsewhere]


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
