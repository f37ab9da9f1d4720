"""On request: every scan of chosen subjects after every step of every strategy, as NIfTI, to be looked at."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.folder.file_names import unique_names
from experiments.folder.writing import write_text
from experiments.running.store.known import READ
from experiments.study.manifest import Scan
from experiments.study.plan import Stage, StepFailure, Steps
from experiments.study.strategy import Strategy
from harmonize.formats import write_image
from harmonize.image.volume import Volume
from harmonize.inputs.configuration import refuse_unknown
from harmonize.steps import DividesField

ALL = "all"
"""Stands for every subject."""
LABELS = "rois.csv"
OURS = re.compile(r"\d\d+_.+\.nii\.gz")


def named_subjects(names: Sequence[str], subjects: Sequence[str]) -> tuple[str, ...]:
    """Give the subjects that are asked for.

    Raises
    ------
    ConfigurationError
        For a name that no subject has.

    Examples
    --------
    >>> named_subjects(["all"], ["S1", "S2"]), named_subjects(["S2"], ["S1", "S2"])
    (('S1', 'S2'), ('S2',))
    """
    named = [name for name in names if name != ALL]
    refuse_unknown(named, subjects, "`intermediates`", "there is no subject")
    return tuple(subjects) if ALL in names and ALL not in subjects else tuple(dict.fromkeys(names))


def folder_names(scans: Sequence[Scan]) -> list[str]:
    """Give each scan the name of a folder of its own: subject, sequence and condition, made safe.

    See `unique_names` for scans whose names would become the same.
    """
    keys = [(*scan.key, scan.segmentation) if scan.segmentation else scan.key for scan in scans]
    names = unique_names(keys)
    return [names[key] for key in keys]


class IntermediateWriter:
    """Leaves what every step makes of one scan.

    In `<folder>/<strategy>/<name>`: the image as read (``00_read.nii.gz``) and after each step (``01_n4.nii.gz``,
    ...), 32-bit floats on the grid they have there; the factor that N4 divided by (``01_n4_bias_field.nii.gz``); and
    ROIs as a label map at the beginning and wherever they changed (``00_read_rois.nii.gz``), whose labels `rois.csv`
    names. Where ROIs overlap the later one is seen. What an earlier run left in these folders is removed before. A
    strategy has none beyond the step that failed; failures.csv says why.

    Parameters
    ----------
    strategies : sequence of Strategy
        Fitted and bound to the sequence.
    volume : Volume
        The scan before all steps.
    folder : Path
        Of all intermediates.
    name : str
        Of the scan, from `folder_names`.
    """

    def __init__(self, strategies: Sequence[Strategy], volume: Volume, folder: Path, name: str) -> None:
        self.places: dict[Steps, list[Path]] = {}
        self._labels = {roi: i for i, roi in enumerate(volume.masks, 1)}
        self._before: dict[Steps, Volume] = {}
        for strategy in strategies:
            place = folder / strategy.name / name
            clear_intermediates(place)
            for i in range(len(strategy.steps) + 1):
                stem = f"{i:02d}_{strategy.steps[i - 1].name if i else READ}"
                self.places.setdefault(strategy.steps[:i], []).append(place / stem)

    def see(self, stage: Stage) -> None:
        """Write the files of one place, for every strategy that comes by; raises `ScanError` if that cannot be."""
        if isinstance(stage.volume, StepFailure):
            return
        files = dict(self._files(stage.steps, stage.volume))
        on_the_way = {steps: volume for steps, volume in self._before.items() if stage.steps[: len(steps)] == steps}
        self._before = {**on_the_way, stage.steps: stage.volume}
        first, *others = self.places[stage.steps]
        for ending, array in files.items():
            write_image(array, stage.volume.grid, first.with_name(f"{first.name}{ending}.nii.gz"))
            for other in others:
                other.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(*(stem.with_name(f"{stem.name}{ending}.nii.gz") for stem in (first, other)))
        if not stage.steps:
            for stem in (first, *others):
                write_text(stem.parent / LABELS, _label_table(self._labels))

    def _files(self, steps: Steps, volume: Volume) -> Iterator[tuple[str, NDArray[np.generic]]]:
        """Give the arrays of one place by the end of their names."""
        yield "", volume.image.astype(np.float32)
        before = self._before.get(steps[:-1]) if steps else None
        if steps and isinstance(steps[-1], DividesField) and before is not None:
            yield "_bias_field", np.exp(steps[-1].log_bias_field(before)).astype(np.float32)
        if self._labels and (before is None or _rois_changed(before, volume)):
            yield "_rois", _label_map(volume, self._labels)


def _rois_changed(before: Volume, after: Volume) -> bool:
    if before.grid != after.grid:
        return True
    return any(not np.array_equal(before.masks[roi], mask) for roi, mask in after.masks.items())


def _label_map(volume: Volume, labels: Mapping[str, int]) -> NDArray[np.generic]:
    found = np.zeros(volume.grid.shape, np.uint8 if len(labels) < 256 else np.uint16)
    for roi, mask in volume.masks.items():
        found[mask] = labels[roi]
    return found


def _label_table(labels: Mapping[str, int]) -> str:
    quoted = (f'{label},"{roi.replace(chr(34), chr(34) * 2)}"\n' for roi, label in labels.items())
    return "label,name\n" + "".join(quoted)


def clear_intermediates(place: Path) -> None:
    """Remove what an earlier run left, and nothing else."""
    if place.is_dir():
        for path in place.iterdir():
            if OURS.fullmatch(path.name):
                path.unlink()
