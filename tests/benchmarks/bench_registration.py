"""Known rigid motions of real volumes: how many registrations are accepted, and how far off they are.

    python tests/benchmarks/bench_registration.py [--data FOLDER] [--motions 12] [--metric correlation] [--cases ...]

Every volume is moved by a random rotation (up to 4 degrees about each axis, about the middle of its ROIs) and
translation (up to 8 mm along each), resampled with B-splines onto its own grid (0 where it has nothing), in turn as it
is, with the noise of another scan, and with another contrast (the square root of the intensities) as well. The error
is that of the motion found, at the centre of the connected part of the ROIs where it is largest, in voxels in plane.
Accepted and off by more than one is what must not be.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.registration import Registration, register
from harmonize.registration.pair import Pair
from harmonize.registration.rigid import Rigid, volume_points

DATA = Path(os.environ.get("RADHARMONY_TEST_DATA", Path(__file__).resolve().parents[3] / "shared")) / "data"
CASES = {
    "brain1": ("pyradiomics_cases/brain1_image.nrrd", "pyradiomics_cases/brain1_label.nrrd"),
    "brain2": ("pyradiomics_cases/brain2_image.nrrd", "pyradiomics_cases/brain2_label.nrrd"),
    "breast1": ("pyradiomics_cases/breast1_image.nrrd", "pyradiomics_cases/breast1_label.nrrd"),
    "prostate": (
        "pyradiomics_cases/prostate_phantom_subvolume.nrrd",
        "pyradiomics_cases/prostate_phantom_subvolume-label.nrrd",
    ),
    "kidneys, Philips": ("kidney_repeat/philips_04/*_e1.nii.gz", "kidney_repeat/philips_04/*_e1_roi-?.nii.gz"),
    "kidneys, Siemens": ("kidney_repeat/siemens_02/*_e1.nii.gz", "kidney_repeat/siemens_02/*_e1_roi-?.nii.gz"),
    "kidneys, GE": ("kidney_repeat/ge_01/*_e1.nii.gz", "kidney_repeat/ge_01/*_e1_roi-?.nii.gz"),
}
KINDS = ("as it is", "noise", "noise, contrast")


def load(root: Path, image: str, masks: str) -> tuple[Volume, BoolArray]:
    """Read a volume and the union of its ROIs."""
    picture = sitk.ReadImage(str(sorted(root.glob(image))[0]), sitk.sitkFloat64)
    region = np.any([sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 0 for path in root.glob(masks)], axis=0)
    return Volume(sitk.GetArrayFromImage(picture), Grid.of(picture)), region


def moved(volume: Volume, motion: sitk.Transform, kind: str, rng: np.random.Generator) -> Volume:
    """Give another scan of the same subject after the motion."""
    image = volume.to_itk()
    again = sitk.GetArrayFromImage(sitk.Resample(image, image, motion.GetInverse(), sitk.sitkBSpline, 0.0)).clip(0)
    bright = float(np.percentile(volume.image, 99))
    if "contrast" in kind:
        again = bright * np.sqrt(again / bright)
    if "noise" in kind:
        again = np.hypot(*(again * (part == 0) + rng.normal(0, 0.02 * bright, again.shape) for part in (0, 1)))
    return Volume(again, volume.grid)


def main() -> None:
    """Register and print one row a volume and kind, then all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--motions", type=int, default=12, help="of each volume")
    parser.add_argument("--metric", default="mutual_information")
    parser.add_argument("--cases", nargs="+", default=list(CASES))
    options = parser.parse_args()
    everything: list[tuple[bool, float]] = []
    print("volume, kind: accepted of motions; error in voxels in plane (accepted; refused); seconds each", flush=True)
    for name in options.cases:
        volume, region = load(options.data, *CASES[name])
        centres = Pair.of_volumes(volume, volume, region).centres
        middle = volume_points(region, volume.grid).mean(axis=0).tolist()
        for number, kind in enumerate(KINDS):
            results, start = [], time.perf_counter()
            for seed in range(number, options.motions, len(KINDS)):
                rng = np.random.default_rng(seed)
                turn, shift = np.deg2rad(rng.uniform(-4, 4, 3)).tolist(), rng.uniform(-8, 8, 3).tolist()
                motion = sitk.Euler3DTransform(middle, *turn, shift)
                scan = moved(volume, motion, kind, rng)
                settings = Registration(metric=options.metric, most_residual=1e9)
                try:
                    found = register(volume, scan, region, settings)
                except ScanError as error:
                    print(f"  {name}, {kind}, {seed}: {error.problem}", flush=True)
                    continue
                off = np.linalg.norm(found.transforms[0](centres) - Rigid.of(motion)(centres), axis=1).max()
                pixel = min(volume.grid.spacing)
                results.append((found.residual <= pixel, float(off) / pixel))
            print(f"{name}, {kind}: {_told(results)}; {(time.perf_counter() - start) / len(results):.1f} s", flush=True)
            everything += results
    print(f"all: {_told(everything)}")
    wrong = sum(accepted and off > 1 for accepted, off in everything)
    print(f"accepted and off by more than one voxel in plane: {wrong}")


def _told(results: list[tuple[bool, float]]) -> str:
    texts = []
    for wanted in (True, False):
        errors = sorted(off for accepted, off in results if accepted == wanted)
        median, most = (np.quantile(errors, share) if errors else np.nan for share in (0.5, 1.0))
        texts.append(f"median {median:.2f}, largest {most:.2f}")
    return f"{sum(accepted for accepted, _ in results)} of {len(results)}; {texts[0]}; {texts[1]}"


if __name__ == "__main__":
    main()
