"""The script that a user would write with the same libraries: every strategy, scan and ROI on its own.

    python tests/benchmarks/naive_study.py STUDY FEATURES OUT IMAGES

It measures the first so many images, computes the statistics of a table of all (FEATURES, of a run), leaves
what it measured in OUT.parquet and the processor seconds of its parts in OUT.json.
"""

import contextlib
import io
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import SimpleITK as sitk
import yaml
from neuroCombat import neuroCombat
from radiomics.featureextractor import RadiomicsFeatureExtractor

from evaluation.extraction.pyradiomics import quiet

CLASSES = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
SHRINK = 4


def zscore(image: sitk.Image) -> sitk.Image:
    """Give the image mean 0 and standard deviation 100."""
    return sitk.Normalize(image) * 100


def n4(image: sitk.Image) -> sitk.Image:
    """Correct the bias field as SimpleITK's example does: estimated on a shrunk image, applied to the full one."""
    mask = sitk.OtsuThreshold(image, 0, 1, 200)
    small = sitk.Shrink(image, [SHRINK] * 2 + [1])
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.Execute(small, sitk.Shrink(mask, [SHRINK] * 2 + [1]))
    return image / sitk.Cast(sitk.Exp(corrector.GetLogBiasFieldAsImage(image)), image.GetPixelID())


def diffusion(image: sitk.Image) -> sitk.Image:
    """Smooth within regions."""
    step = 0.9 * min(image.GetSpacing()) / 2**4
    return sitk.GradientAnisotropicDiffusion(image, timeStep=step, conductanceParameter=1.0, numberOfIterations=5)


STRATEGIES: dict[str, tuple[Callable[[sitk.Image], sitk.Image], ...]] = {
    "zscore": (zscore,),
    "n4_zscore": (n4, zscore),
    "diffusion_zscore": (diffusion, zscore),
    "n4_diffusion_zscore": (n4, diffusion, zscore),
}


def features(scans: pd.DataFrame, folder: Path, labels: dict[str, int], bin_width: float) -> pd.DataFrame:
    """Extract the features: read, preprocess and measure for each strategy, scan and ROI."""
    rows = []
    with quiet():
        extractor = RadiomicsFeatureExtractor(binWidth=bin_width, force2D=True)
        extractor.disableAllFeatures()
        for name in CLASSES:
            extractor.enableFeatureClassByName(name)
        for strategy, steps in STRATEGIES.items():
            for scan in scans.itertuples():
                for roi, label in labels.items():
                    image = sitk.ReadImage(str(folder / scan.image), sitk.sitkFloat64)
                    for step in steps:
                        image = step(image)
                    found = extractor.execute(image, str(folder / scan.mask), label=label)
                    condition = f"{scan.acquisition}+{scan.reconstruction}"
                    values = {name: float(value) for name, value in found.items() if name.startswith("original_")}
                    rows.append(
                        {"strategy": strategy, "subject": scan.subject, "condition": condition, "roi": roi, **values}
                    )
    return pd.DataFrame(rows)


def statistics(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Compute ICC(A,1) with limits, CCC, CV and QCD of each feature, one after the other."""
    rows = []
    names = [name for name in table if name.startswith("original_")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for (strategy, roi), part in table.groupby(["strategy", "roi"]):
            for name in names:
                wide = part.pivot(index="subject", columns="condition", values=name)
                cv = float((wide.std(axis=1, ddof=1) / wide.mean(axis=1)).abs().mean())
                q1, q3 = wide.quantile(0.25, axis=1), wide.quantile(0.75, axis=1)
                qcd = float(((q3 - q1) / (q3 + q1)).abs().mean())
                for condition in wide.columns.drop(reference):
                    rows.append(
                        {
                            **{"strategy": strategy, "roi": roi, "feature": name, "condition": condition},
                            **{"icc": _icc(wide[[reference, condition]]), "cv": cv, "qcd": qcd},
                            "ccc": _ccc(wide[reference].to_numpy(), wide[condition].to_numpy()),
                        }
                    )
    return pd.DataFrame(rows)


def harmonized(table: pd.DataFrame) -> Iterator[np.ndarray]:
    """Harmonize the conditions of every strategy and ROI."""
    names = [name for name in table if name.startswith("original_")]
    for _, part in table.groupby(["strategy", "roi"]):
        varying = [name for name in names if part.groupby("condition")[name].std().min() > 0]
        yield neuroCombat(dat=part[varying].T, covars=part[["condition"]], batch_col="condition")["data"]


def _icc(pair: pd.DataFrame) -> float:
    long = pair.reset_index().melt(id_vars="subject", var_name="condition", value_name="value")
    try:
        found = pingouin.intraclass_corr(long, targets="subject", raters="condition", ratings="value")
    except (ValueError, AssertionError):  # a feature that does not vary
        return float("nan")
    return float(found.set_index("Type").loc["ICC2" if "ICC2" in set(found["Type"]) else "ICC(A,1)", "ICC"])


def _ccc(x: np.ndarray, y: np.ndarray) -> float:
    return float(2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))


def main(study: str, table: str, out: str, images: str) -> None:
    """Do all of it, and note what that took."""
    seconds = {"imports": time.process_time()}
    settings = yaml.safe_load(Path(study).read_text(encoding="utf-8"))
    scans = pd.read_csv(Path(study).with_name("images.csv"))
    bin_width = settings["extraction"]["setting"]["binWidth"]
    theirs = features(scans.head(int(images)), Path(study).parent, settings["rois"]["labels"], bin_width)
    seconds["images"] = time.process_time()
    ours = pd.read_parquet(table)
    statistics(ours, settings["reference"])
    seconds["statistics"] = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        list(harmonized(ours))
    seconds["ComBat"] = time.process_time()
    theirs.to_parquet(f"{out}.parquet")
    spent = dict(zip(seconds, np.diff([0.0, *seconds.values()]).tolist(), strict=True))
    Path(f"{out}.json").write_text(json.dumps(spent), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
