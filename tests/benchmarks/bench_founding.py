"""A study of the founding size, run whole once: 17 subjects, three sequences, four arms, ten circles, eight strategies.

    python tests/benchmarks/bench_founding.py --folder made [--subjects 17] [--jobs 2]

204 simulated scans of 256 x 256 x 24. Circles of 15 pixels were drawn on the reference arm alone and are carried to the
others by registration; two of the strategies are harmonized with 20 permutations. Printed is the processor time of the
command with all its processes, imports included, and what a run that follows it takes. A study that is in the folder is
used as it is.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import yaml
from bench_study import MAIN, processor_seconds
from scipy import ndimage

from experiments.simulate import Simulation, write_study
from experiments.simulate.tissues import SEQUENCES

N4, DIFFUSION, ZSCORE = "n4", "diffusion", {"zscore": {"region": "foreground"}}
COMBAT = {"combat": {"reference": "REF+STD"}}
STRATEGIES = {
    "raw": {},
    "zscore": {"steps": [ZSCORE]},
    "n4_zscore": {"steps": [N4, ZSCORE]},
    "diffusion_zscore": {"steps": [DIFFUSION, ZSCORE]},
    "n4_diffusion_zscore": {"steps": [N4, DIFFUSION, ZSCORE]},
    "n4_robust_zscore": {"steps": [N4, "robust_zscore"]},
    "zscore_combat": {"steps": [ZSCORE], "harmonizer": COMBAT},
    "n4_diffusion_zscore_combat": {"steps": [N4, DIFFUSION, ZSCORE], "harmonizer": COMBAT},
}


def made_study(folder: Path, subjects: int) -> Path:
    """Simulate, put a circle into the middle of every organ of the reference scans, and name the strategies."""
    path = folder / "study.yaml"
    if not path.exists():
        simulation = Simulation(subjects=subjects, sequences=tuple(SEQUENCES), rois=10, matrix=256, slices=24, seed=3)
        write_study(folder, simulation)
    study = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "labels" in study["rois"]:
        write_centres(folder, study["rois"]["labels"])
        study["rois"] = {"circles": {"table": "centres.csv", "diameter": 15, "unit": "pixel"}}
        study["registration"] = {"from": "reference", "dimension": 3}
        study["strategies"] = json.loads(json.dumps(STRATEGIES))  # steps that several share are written for each
        path.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    return path


def write_centres(folder: Path, labels: dict[str, int]) -> None:
    """Write where each organ is thickest, in voxels, for the reference arm alone."""
    with (folder / "centres.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("subject", "acquisition", "reconstruction", "roi", "x", "y", "z"))
        for mask in sorted((folder / "masks").glob("*.nii.gz")):
            array = sitk.GetArrayFromImage(sitk.ReadImage(str(mask)))
            for name, label in labels.items():
                depth = np.stack([ndimage.distance_transform_edt(one == label) for one in array])
                z, y, x = np.unravel_index(np.argmax(depth), depth.shape)
                table.writerow((mask.name.partition(".")[0], "REF", "STD", name, x, y, z))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="for the study and its run")
    parser.add_argument("--subjects", type=int, default=17)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    folder = options.folder.absolute()
    study, out = made_study(folder / "study", options.subjects), folder / "out"
    command = (*MAIN, study, "--out", out, "--jobs", options.jobs, "--quiet")
    seconds = processor_seconds(*command)
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    stages = json.loads((out / "timings.json").read_text(encoding="utf-8"))["stages"]
    print(f"{record['scans']} scans, {len(record['strategies'])} strategies: {seconds:.0f} s of the processor")
    print(f"by the clock: {', '.join(f'{name} {spent:.0f}' for name, spent in stages.items())}")
    with (out / "failures.csv").open(encoding="utf-8") as file:
        print(f"rows of failures.csv: {sum(1 for _ in csv.DictReader(file))}")
    print(f"the same run again: {processor_seconds(*command):.1f} s")


if __name__ == "__main__":
    main()
