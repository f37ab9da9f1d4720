"""A four-armed study made from real images: the arms are simulated, the anatomy and texture are not."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from experiments.simulate.four_arms import ACQUISITIONS, Acquisition, reconstruct_arms
from experiments.simulate.receive import draw_reception
from experiments.simulate.simulation import Simulation
from experiments.simulate.study_files import StudyWriter, prepare_folder
from experiments.study.csv_file import read_rows
from experiments.study.manifest import path_within
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats import MaskSource, read_volume
from harmonize.image.volume import Volume

ROI = "roi"
"""Name of the ROI where the table does not name it."""


class RealImage(NamedTuple):
    """One real image (magnitude, three-dimensional) and where its ROIs are."""

    subject: str
    sequence: str
    image: Path
    masks: Mapping[str, MaskSource]


def read_scans(path: Path, data: Path) -> list[RealImage]:
    """Read the table of real images that shall be made into a study.

    Parameters
    ----------
    path : Path
        CSV with the columns subject, sequence, image, mask; optionally `label`, the value of the ROI in the mask
        (otherwise every voxel that is not 0), and `roi`, its name. Further ROIs of a scan are further rows.
    data : Path
        The folder that the file names start from.

    Raises
    ------
    ConfigurationError
        For a missing column or value, a ROI that stands twice, or two images for one subject and sequence.
    """
    scans: dict[tuple[str, str], RealImage] = {}
    root = data.resolve()
    for line, row in read_rows(path):
        where = f"{path}, line {line}"
        for column in ("subject", "sequence", "image", "mask"):
            if not row.get(column):
                raise ConfigurationError(f"{where}: '{column}' is missing or empty; fill it in")
        label, name = row.get("label", ""), row.get("roi", "") or ROI
        if label and not label.isdecimal():
            raise ConfigurationError(f"{where}: label is '{label}', expected a whole number")
        image = path_within(row["image"], root, where)
        source = MaskSource(path_within(row["mask"], root, where), int(label) if label else None)
        scan = scans.setdefault(
            (row["subject"], row["sequence"]), RealImage(row["subject"], row["sequence"], image, {})
        )
        if scan.image != image or name in scan.masks:
            raise ConfigurationError(
                f"{where}: subject '{scan.subject}', sequence '{scan.sequence}' has an image and a ROI '{name}' "
                "already; keep one row for each ROI"
            )
        scans[scan.subject, scan.sequence] = scan._replace(masks={**scan.masks, name: source})
    return list(scans.values())


def write_four_arm_study(
    folder: Path,
    scans: Sequence[RealImage],
    simulation: Simulation | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a study in which every real image appears as if acquired and reconstructed in four ways.

    Each image is taken as the noise-free magnitude of an acquisition; the arms are those of `four_arms` without T2
    decay, with the receive field and the gain of each acquisition drawn as in the phantom. Noise is relative to the
    99th percentile of the image. Images may differ in size; label maps are written again on the grid of their image.

    Parameters
    ----------
    folder : Path
        A new or empty folder.
    scans : sequence of RealImage
        The images and their ROIs, in any format that SimpleITK reads.
    simulation : Simulation, optional
        Noise, acceleration, g-factor, aliasing, denoising, bias, gain and seed are used; its sizes are not.
    progress : callable, optional
        Called with the number of images written and the number of all.

    Returns
    -------
    Path
        The study file.

    Raises
    ------
    ConfigurationError
        If the folder is not empty, there are no scans, or a scan is named twice.
    ScanError
        If a file cannot be read, a mask does not lie on the grid of its image, ROIs of a scan are empty or overlap,
        or an image is not a finite magnitude image.
    """
    simulation = simulation or Simulation()
    keys = {(scan.subject, scan.sequence) for scan in scans}
    if not scans or len(keys) != len(scans):
        raise ConfigurationError(f"scans: {len(scans)}, expected at least one and each subject and sequence once")
    names = list(dict.fromkeys(name for scan in scans for name in scan.masks))
    labels = {name: label for label, name in enumerate(names, start=1)}
    writer = StudyWriter(prepare_folder(folder), labels, keys)
    done, total = 0, 4 * len(scans)
    for scan in scans:
        volume = _read(scan)
        mask = writer.write_mask(
            writer.names[scan.subject, scan.sequence], _label_map(scan, volume, labels), volume.grid
        )
        rois = list(volume.masks.values())
        for condition, arm in _arms(volume.image, scan, simulation).items():
            writer.write_scan(scan.subject, scan.sequence, condition, arm, volume.grid, mask, rois)
            done += 1
            if progress is not None:
                progress(done, total)
    return writer.finish("Real images in four simulated arms")


def _read(scan: RealImage) -> Volume:
    volume, unreadable = read_volume(scan.image, scan.masks)
    for error in unreadable.values():
        raise error
    if volume.image.min() < 0.0 or volume.image.max() == 0.0:
        least, most = volume.image.min(), volume.image.max()
        raise ScanError(
            f"{scan.image} is not a magnitude image: it holds values from {least:g} to {most:g}",
            "give one that is nowhere negative and not empty",
        )
    return volume


def _label_map(scan: RealImage, volume: Volume, labels: Mapping[str, int]) -> NDArray[np.uint16]:
    label_map = np.zeros(volume.grid.shape, np.uint16)
    for name, mask in volume.masks.items():
        if not mask.any():
            raise ScanError(f"ROI '{name}' of {scan.masks[name].path} is empty", "name the right label, or draw it")
        if label_map[mask].any():
            raise ScanError(
                f"ROI '{name}' of {scan.masks[name].path} overlaps another", "give ROIs that do not overlap"
            )
        label_map[mask] = labels[name]
    return label_map


def _arms(image: FloatArray, scan: RealImage, simulation: Simulation) -> dict[str, FloatArray]:
    seed = (simulation.seed, crc32(scan.subject.encode()), crc32(scan.sequence.encode()))
    shape = (image.shape[0], image.shape[1], image.shape[2])
    acquisitions, gains = {}, {}
    for name, acceleration in zip(ACQUISITIONS, (1, simulation.acceleration), strict=True):
        shared, own = np.random.default_rng((*seed, 0)), np.random.default_rng((*seed, *name.encode()))
        reception = draw_reception(shape, simulation.bias, simulation.gain, shared, own)
        acquisitions[name] = Acquisition(image * reception.field, np.ones(shape[1], bool), acceleration)
        gains[name] = reception.gain
    scanner = simulation.scanner(float(np.percentile(image, 99.0)))
    arms = reconstruct_arms(acquisitions, scanner, np.random.default_rng((*seed, 1)))
    return {condition: arm * gains[condition[:3]] for condition, arm in arms.items()}
