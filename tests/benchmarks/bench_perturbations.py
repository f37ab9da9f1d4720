"""Time of 30 perturbations of a scan with four ROIs, against MIRP on the same work in one run.

    python tests/benchmarks/bench_perturbations.py [--perturbations 30]

The work is a rotation and a change of volume by .15 of a 256 x 256 x 25 scan with four ROIs,
one combination after the other, from files to perturbed images and masks in memory, without features. Both with one
thread, each in a process of its own (MIRP brings an ITK that bears no SimpleITK beside it), wall time without imports.
MIRP crops around ROIs as here, with the same margin. Needs the extra `mirp`.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from harmonize.formats import MaskSource, read_volume, write_image
from harmonize.image.volume import Grid
from harmonize.perturbations import Rotation, VolumeChange, perturb

MARGIN = 15.0
SHAPE, SPACING = (25, 256, 256), (0.9, 0.9, 4.0)
BY_MIRP = """
import json, logging, resource, sys, time
import mirp
logging.disable(logging.INFO)
folder, angles = sys.argv[1], json.loads(sys.argv[2])
start = time.perf_counter()
found = mirp.extract_images(
    image=folder + "/image.nii.gz", mask=folder + "/mask.nii.gz", image_modality="mr",
    roi_name=["1", "2", "3", "4"], write_images=False, export_images=True, image_export_format="dict",
    crop_around_roi=True, crop_distance=float(sys.argv[3]), anti_aliasing=False, perturbation_rotation_angles=angles,
    perturbation_roi_adapt_type="fraction", perturbation_roi_adapt_size=[0.15])
seconds = time.perf_counter() - start
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
        start = time.perf_counter()
        volume, _ = read_volume(folder / "image.nii.gz", sources)
        memory = []
        for seed, angle in enumerate(angles):
            chain = [Rotation(angle), VolumeChange(0.15, "voxels")]
            found = perturb(chain, volume, seed, MARGIN)
            assert all(mask.any() for mask in found.masks.values())
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        ours = time.perf_counter() - start
        command = [sys.executable, "-c", BY_MIRP, name, json.dumps(angles), str(MARGIN)]
        told = subprocess.run(command, check=True, capture_output=True, text=True, env=alone).stdout
        theirs, images, masks, peak = json.loads(told.splitlines()[-1])
    print(f"| ours | {ours:.2f} s | {count} images | {memory[0]:.0f} MiB after one, {memory[-1]:.0f} after all |")
    print(f"| MIRP | {theirs:.2f} s | {images} images, {masks} masks | {peak:.0f} MiB |")
    print(f"ratio {theirs / ours:.1f}")


if __name__ == "__main__":
    main()
