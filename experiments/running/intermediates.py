"""On request: every scan of chosen subjects after every step of every strategy, as NIfTI, to be looked at."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.extraction import ExtractionSettings
from experiments.folder.file_names import unique_names
from experiments.folder.writing import write_text
from experiments.running.scan_task import one_thread, read_usable
from experiments.running.store.known import READ
from experiments.study.manifest import Scan
from experiments.study.plan import build_tree, walk
from experiments.study.strategy import Strategy
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats import write_image
from harmonize.image.volume import Volume
from harmonize.inputs.configuration import suggest
from harmonize.steps import N4BiasField

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
    for name in names:
        if name not in subjects and name != ALL:
            raise ConfigurationError(f"--intermediates: there is no subject '{name}'; {suggest(name, subjects)}")
    return tuple(subjects) if ALL in names and ALL not in subjects else tuple(dict.fromkeys(names))


def folder_names(scans: Sequence[Scan]) -> list[str]:
    """Give each scan the name of a folder of its own: subject, sequence and condition, made safe.

    See `unique_names` for scans whose names would become the same.
    """
    names = unique_names(scan.key for scan in scans)
    return [names[scan.key] for scan in scans]


def write_intermediates(scan: Scan, strategies: Sequence[Strategy], folder: Path, name: str) -> int:
    """Leave what every step makes of one scan.

    In `<folder>/<strategy>/<name>`: the image as read (``00_read.nii.gz``) and after each step (``01_n4.nii.gz``,
    ...), 32-bit floats on the grid they have there; the factor that N4 divided by (``01_n4_bias_field.nii.gz``); and
    ROIs as a label map at the beginning and wherever they changed (``00_read_rois.nii.gz``), whose labels `rois.csv`
    names. Where ROIs overlap the later one is seen. What an earlier run left in these folders is removed before.

    Parameters
    ----------
    scan : Scan
        Which files.
    strategies : sequence of Strategy
        Fitted and bound to the sequence.
    folder : Path
        Of all intermediates.
    name : str
        Of the scan, from `folder_names`.

    Returns
    -------
    int
        How many images were written. A scan that cannot be read has none, and a strategy none beyond the step that
        failed; failures.csv says why.

    Raises
    ------
    ScanError
        If a file cannot be written.
    """
    for strategy in strategies:
        _clear(folder / strategy.name / name)
    try:
        volume, _ = read_usable(scan)
    except ScanError:
        return 0
    labels = {roi: i for i, roi in enumerate(volume.masks, 1)}
    steps = {strategy.name: strategy.steps for strategy in strategies}
    prefixes = [
        Strategy(f"{strategy.name}|{i}", strategy.steps[:i], ExtractionSettings())
        for strategy in strategies
        for i in range(len(strategy.steps) + 1)
    ]
    before: dict[str, Volume] = {}
    written: list[Path] = []
    last: Volume | None = None
    count = 0
    with one_thread():
        for prefix, stepped, *_ in walk(build_tree(prefixes), volume):
            strategy_name, _, number = prefix.name.rpartition("|")
            if not isinstance(stepped, Volume):
                continue
            place, i = folder / strategy_name / name, int(number)
            stem = f"{i:02d}_{steps[strategy_name][i - 1].name if i else READ}"
            if stepped is last:  # the same step of another strategy; these come one after the other
                _copy(written, place)
            else:
                written = _write(stepped, before.get(strategy_name), prefix, place / stem, labels)
                last = stepped
            before[strategy_name] = stepped
            if not i:
                write_text(place / LABELS, _label_table(labels))
            count += len(written)
    return count


def _write(
    volume: Volume, before: Volume | None, prefix: Strategy, stem: Path, labels: Mapping[str, int]
) -> list[Path]:
    """Write one stage and give its files."""
    files: dict[str, NDArray[np.generic]] = {"": volume.image.astype(np.float32)}
    step = prefix.steps[-1] if prefix.steps else None
    if isinstance(step, N4BiasField) and before is not None:
        files["_bias_field"] = np.exp(step.log_bias_field(before)).astype(np.float32)
    if labels and (before is None or _rois_changed(before, volume)):
        files["_rois"] = _label_map(volume, labels)
    written = []
    for ending, array in files.items():
        path = stem.with_name(f"{stem.name}{ending}.nii.gz")
        write_image(array, volume.grid, path)
        written.append(path)
    return written


def _copy(files: Sequence[Path], place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for path in files:
        if path.parent != place:
            shutil.copyfile(path, place / path.name)


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


def _clear(place: Path) -> None:
    """Remove what an earlier run left, and nothing else."""
    if place.is_dir():
        for path in place.iterdir():
            if OURS.fullmatch(path.name):
                path.unlink()
