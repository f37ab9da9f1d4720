"""Time of 30 perturbations of a scan with four ROIs, against one extraction, and against MIRP on the same work.

    python tests/benchmarks/bench_perturbations.py [--perturbations 30]

The work is a rotation and a change of volume by .15 of a 256 x 256 x 25 scan with four ROIs,
one combination after the other, from files to perturbed images and masks in memory, without features. Both with one
thread, each in a process of its own (MIRP brings an ITK that bears no SimpleITK beside it), processor time without
imports. MIRP crops around ROIs as here, with the same margin. Needs the extra `mirp`.

Before that, CPU time of chains in memory, in times of one z-score and extraction of the scan, as a run has them: after
the z-score, those that change intensities before it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from evaluation.extraction import ExtractionSettings, extract
from harmonize.formats import MaskSource, read_volume, write_image
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import (
    AddedNoise,
    Perturbation,
    RandomContour,
    Rotation,
    Translation,
    VolumeChange,
    perturb,
)
from harmonize.perturbations.drawn import Perturbed
from harmonize.steps import ZScore

MARGIN = 15.0
SHAPE, SPACING = (25, 256, 256), (0.9, 0.9, 4.0)
BY_MIRP = """
import json, logging, resource, sys, time
import mirp
logging.disable(logging.INFO)
folder, angles = sys.argv[1], json.loads(sys.argv[2])
start = time.process_time()
found = mirp.extract_images(
    image=folder + "/image.nii.gz", mask=folder + "/mask.nii.gz", image_modality="mr",
    roi_name=["1", "2", "3", "4"], write_images=False, export_images=True, image_export_format="dict",
    crop_around_roi=True, crop_distance=float(sys.argv[3]), anti_aliasing=False, perturbation_rotation_angles=angles,
    perturbation_roi_adapt_type="fraction", perturbation_roi_adapt_size=[0.15])
seconds = time.process_time() - start
masks = sum(len(masks) for _, masks in found)
print(json.dumps([seconds, len(found), masks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def write_scan(folder: Path) -> dict[str, MaskSource]:
    """Write an image and four ROIs, as one file of labels and as a file each."""
    z, y, x = np.indices(SHAPE)
    image = 100 + 40 * np.sin(x / 9) * np.cos(y / 11) + np.random.default_rng(0).normal(0, 5, SHAPE)
    grid, labels, sources = Grid(SHAPE[::-1], SPACING), np.zeros(SHAPE, np.uint8), {}
    write_image(image, grid, folder / "image.nii.gz")
    for label, (at_y, at_x, radius) in enumerate([(90, 100, 24), (90, 160, 18), (160, 110, 14), (150, 160, 9)], 1):
        roi = (y - at_y) ** 2 + (x - at_x) ** 2 + 16 * (z - 12) ** 2 < radius**2
        labels[roi] = label
        write_image(roi, grid, folder / f"{label}.nii.gz")
        sources[str(label)] = MaskSource(folder / f"{label}.nii.gz")
    write_image(labels, grid, folder / "mask.nii.gz")
    return sources


def ratios(volume: Volume, count: int) -> None:
    """Print a row a chain: perturbing, z-scores that are made anew, and extraction."""
    settings, zscore = ExtractionSettings({"binWidth": 5}), ZScore()

    def spent(what: Callable[[Volume], object], *given: Volume) -> tuple[float, object]:
        start = time.process_time()
        found = what(*given)
        return time.process_time() - start, found

    def anew() -> Volume:
        return replace(volume, image=volume.image.copy())  # of which nothing is remembered

    one = min(spent(lambda scan: extract(zscore(scan), settings), anew())[0] for _ in range(5))
    chains: dict[str, Callable[[float], tuple[Perturbation, ...]]] = {
        "translation": lambda share: (Translation(0.9 * share, 0.3),),
        "rotation": lambda share: (Rotation(26 * share - 13),),
        "rotation, volume": lambda share: (Rotation(26 * share - 13), VolumeChange(0.15)),
        "rotation, volume, contour": lambda share: (Rotation(26 * share - 13), VolumeChange(0.15), RandomContour()),
        "volume": lambda _: (VolumeChange(0.15),),
        "contour": lambda _: (RandomContour(),),
        "noise": lambda _: (AddedNoise(),),
    }
    for name, chain in chains.items():
        before = name == "noise"
        start, took = anew() if before else zscore(anew()), np.zeros(3)
        for draw in range(count):
            step = Perturbed(chain((draw + 1) / (count + 1)), draw, None if before else 0.0)
            took[0] += (found := spent(step, start))[0]
            if before:
                took[1] += (found := spent(zscore, found[1]))[0]
            took[2] += spent(lambda scan: extract(scan, settings), found[1])[0]
        print(f"| {name} | {' | '.join(f'{part:.1f}' for part in (*took / one, took.sum() / one))} |", flush=True)


def main() -> None:
    """Measure both and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--perturbations", type=int, default=30)
    count = parser.parse_args().perturbations
    angles = np.linspace(-13, 13, count).round(3).tolist()
    alone = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = write_scan(folder)
        volume, _ = read_volume(folder / "image.nii.gz", sources)
        ratios(volume, count)
        start = time.process_time()
        volume, _ = read_volume(folder / "image.nii.gz", sources)
        memory = []
        for seed, angle in enumerate(angles):
            chain = [Rotation(angle), VolumeChange(0.15, "voxels")]
            found = perturb(chain, volume, seed, MARGIN)
            assert all(mask.any() for mask in found.masks.values())
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        ours = time.process_time() - start
        command = [sys.executable, "-c", BY_MIRP, name, json.dumps(angles), str(MARGIN)]
        told = subprocess.run(command, check=True, capture_output=True, text=True, env=alone).stdout
        theirs, images, masks, peak = json.loads(told.splitlines()[-1])
    print(f"| ours | {ours:.2f} s | {count} images | {memory[0]:.0f} MiB after one, {memory[-1]:.0f} after all |")
    print(f"| MIRP | {theirs:.2f} s | {images} images, {masks} masks | {peak:.0f} MiB |")
    print(f"ratio {theirs / ours:.1f}")


if __name__ == "__main__":
    main()
