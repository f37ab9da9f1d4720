"""Make the folder of a finished run from random numbers of a realistic kind."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.summary import summarize
from evaluation.reliability.table import reliability_table
from experiments.folder.failures import Failure, failure_table
from experiments.folder.run_folder import RunFolder
from experiments.results.inference import infer, write_inference
from experiments.results.strategy_table import judged_strategies, strategy_table
from selection.thresholds import Thresholds
from selection.whitelist import Whitelist

CLASSES = {
    "firstorder": ("Mean", "Median", "Entropy", "Kurtosis", "Skewness", "InterquartileRange", "90Percentile"),
    "glcm": ("Contrast", "Correlation", "Idm", "JointEnergy", "ClusterProminence", "MCC", "SumEntropy"),
    "glrlm": ("RunEntropy", "ShortRunEmphasis", "LongRunHighGrayLevelEmphasis", "RunPercentage"),
    "glszm": ("ZoneEntropy", "SmallAreaEmphasis", "SizeZoneNonUniformityNormalized", "ZonePercentage"),
    "gldm": ("DependenceEntropy", "LargeDependenceEmphasis", "DependenceVariance"),
    "ngtdm": ("Busyness", "Coarseness", "Strength"),
}
CONDITIONS = ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR")
ODD = "<script>alert('S1')</script>"
STEPS: dict[str, list[dict[str, Any]]] = {
    "z-score": [{"zscore": {"region": "foreground", "scale": 100.0}}],
    "N4, then z-score": [
        {"n4": {"shrink": 4, "iterations": [50, 50, 30]}},
        {"zscore": {"region": "foreground", "scale": 100.0}},
    ],
    "curvature diffusion": [
        {"diffusion": {"flow": "curvature", "time_step": 0.0625}},
        {"zscore": {"region": "liver", "scale": 100.0}},
    ],
    "as it is": [],
}


def write_run(
    folder: Path,
    *,
    strategies: Sequence[str] = tuple(STEPS),
    subjects: Sequence[str] = tuple(f"S{number:02d}" for number in range(1, 13)),
    sequences: Sequence[str] = ("HASTE",),
    rois: Sequence[str] = ("liver", "spleen", "left kidney"),
    conditions: Sequence[str] = CONDITIONS,
    images: Sequence[str] = ("original",),
    empty: Sequence[str] = (),
    name: str = "A study",
    noise: float = 1.0,
    failures: Sequence[Failure] = (),
    findings: Sequence[dict[str, str]] = (),
    seed: int = 1,
) -> Path:
    """Write such a folder; larger `noise` makes features less reliable, strategies in `empty` gave none."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    features = _features(rng, strategies, subjects, sequences, rois, conditions, images, noise)
    reliability = reliability_table(features, conditions[0])
    summary = summarize(reliability)
    thresholds = Thresholds()
    passing = thresholds.passing(reliability)
    rule = thresholds.to_mapping()
    whitelists = {name: Whitelist.from_passing(passing, name, rule={"thresholds": rule}) for name in strategies}
    factors = ("acquisition", "reconstruction")
    inference = infer(features, conditions[0], thresholds, factors)
    write_inference(RunFolder(folder), inference)
    failed = failure_table(failures)
    features.to_parquet(folder / "features.parquet", index=False)
    reliability.to_parquet(folder / "reliability.parquet", index=False)
    summary.to_csv(folder / "summary.csv", index=False)
    judged = judged_strategies(reliability, thresholds)
    strategy_table([*strategies, *empty], features, summary, whitelists, failed, inference.intervals, judged).to_csv(
        folder / "strategies.csv", index=False
    )
    failed.to_csv(folder / "failures.csv", index=False)
    (folder / "whitelists").mkdir(exist_ok=True)
    for number, whitelist in enumerate(whitelists.values()):
        (folder / "whitelists" / f"{number}.json").write_text(whitelist.to_json(), encoding="utf-8")
    cells = len(subjects) * len(sequences) * len(conditions)
    audit = {
        "errors": sum(finding["level"] == "error" for finding in findings),
        "warnings": sum(finding["level"] == "warning" for finding in findings),
        "findings": list(findings),
        "cells": {"expected": cells * len(rois), "present": cells * len(rois) - 1},
        "completeness": [
            {"subject": subject, "sequence": sequence, "condition": condition, "rois": len(rois) - (not (i or j or k))}
            for i, subject in enumerate(subjects)
            for j, sequence in enumerate(sequences)
            for k, condition in enumerate(conditions)
            if (i, k) != (1, 2)
        ],
    }
    run = {
        "name": name,
        "description": "",
        "reference": conditions[0],
        "factors": list(factors),
        "subjects": list(subjects),
        "sequences": list(sequences),
        "conditions": list(conditions),
        "rois": list(rois),
        "scans": cells,
        "strategies": [
            {
                "name": strategy,
                "description": "the plain way" if strategy == "as it is" else "",
                "steps": STEPS.get(strategy, [{"clip": {"lower": 0.0, "upper": None}}]),
                "extraction": {
                    "setting": {"binWidth": 5.0, "force2D": True, "normalize": False},
                    "imageType": {"Original": {}},
                    "featureClass": {key: [] for key in CLASSES},
                    "bin_limits": [8, 128],
                    "engine": "radharmony",
                },
                "digest": f"{number:064x}",
            }
            for number, strategy in enumerate([*strategies, *empty], 12345)
        ],
        "rule": rule,
        "registration": None,
        "settings_digest": "a" * 64,
        "data_digest": "b" * 64,
        "versions": {"radharmony": "0.1.0", "numpy": "2.4.6", "SimpleITK": "2.5.0", "pyradiomics-bhklab": "4.0.1"},
        "started": "2025-03-01T12:00:00+00:00",
        "finished": "2025-03-01T12:03:05+00:00",
        "seconds": 185.3,
        "inference": inference.record(),
    }
    (folder / "audit.json").write_text(json.dumps(audit), encoding="utf-8")
    RunFolder(folder).finish(run, folder.rglob("*.*")).seal()
    return folder


def _features(
    rng: np.random.Generator,
    strategies: Sequence[str],
    subjects: Sequence[str],
    sequences: Sequence[str],
    rois: Sequence[str],
    conditions: Sequence[str],
    images: Sequence[str],
    noise: float,
) -> pd.DataFrame:
    """A subject effect, a shift by condition and noise; how much depends on feature, ROI, condition and strategy."""
    names = [f"{image}_{group}_{name}" for image in images for group, found in CLASSES.items() for name in found]
    level = rng.uniform(2, 50, len(names))
    fragile = rng.lognormal(-1.8, 0.9, len(names))
    level[1] = 0.0  # changes sign: no CV
    parts = []
    for s, strategy in enumerate(strategies):
        for sequence in sequences:
            for r, roi in enumerate(rois):
                shape = (len(subjects), len(conditions), len(names))
                truth = rng.normal(size=(len(subjects), 1, len(names)))
                weight = noise * (1 + 0.25 * r) * (1 - 0.1 * (s % 4)) * np.arange(len(conditions)).clip(0.3)[:, None]
                values = truth + weight * fragile * (rng.normal(size=shape) + 0.4)
                values = level + 0.2 * np.maximum(level, 1) * values
                values[..., 2] = 7.0  # constant: no ICC
                index = pd.MultiIndex.from_product([subjects, conditions], names=["subject", "condition"])
                table = pd.DataFrame(values.reshape(-1, len(names)), index=index, columns=names).reset_index()
                bins = rng.integers(18, 60, len(table))
                parts.append(
                    table.assign(
                        strategy=strategy, sequence=sequence, roi=roi, voxels=rng.integers(150, 240), bins=bins
                    )
                )
    return pd.concat(parts, ignore_index=True)


def odd_failures(count: int) -> list[Failure]:
    """Failures with everything in them that must not reach a page as it is."""
    return [
        Failure("all", ODD, "HASTE", "ACC+STD", "liver", f"scans/{i}.nii.gz", "read", "<img src=x onerror=y>", "a & b")
        for i in range(count)
    ]


@pytest.fixture(scope="session")
def run_writer() -> Callable[..., Path]:
    """Give the function that writes the folder of a run."""
    return write_run


@pytest.fixture(scope="session")
def odd_name() -> str:
    """Give a name that would run if it were not escaped."""
    return ODD


@pytest.fixture(scope="session")
def many_failures() -> list[Failure]:
    """Give more failures than the report lists."""
    return odd_failures(700)


@pytest.fixture(scope="session")
def browser() -> str:
    """Give the program, or skip."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return found or pytest.skip("no Chromium is installed")


@pytest.fixture(scope="session")
def page(once: Callable[..., Path]) -> str:
    """Give the page of a run whose subjects and ROIs have a name that would run if it were not escaped."""
    from experiments.report import write_report

    def make(folder: Path) -> None:
        subjects = [ODD, *(f"S{number}" for number in range(2, 9))]
        names = {"rois": [ODD, "spleen"], "sequences": ["HASTE", "TSE"], "strategies": ["z-score", "as it is"]}
        write_report(write_run(folder / "run", subjects=subjects, **names))

    return (once("browser", make) / "run" / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def visit(browser: str, page: str, tmp_path: Path) -> Callable[..., Any]:
    """Give a function that opens the page in a frame and gives what a script in it returns, without any error."""

    shown = page

    def run(script: str, width: int = 1280, page: str = shown) -> Any:
        told = f"<script>(async () => {{ {script} }})().then((answer) => parent.postMessage(answer, '*'));</script>"
        (tmp_path / "page.html").write_text(page.replace("</body>", f"{told}</body>"), encoding="utf-8")
        outer = (
            "<!DOCTYPE html><pre id='told'></pre><script>addEventListener('message', (event) => "
            "{ document.getElementById('told').textContent = JSON.stringify(event.data ?? null); });</script>"
            f"<iframe src='page.html' style='border:0;width:{width}px;height:800px'></iframe>"
        )
        (tmp_path / "outer.html").write_text(outer, encoding="utf-8")
        done = subprocess.run(
            [
                browser,
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
                *("--enable-logging=stderr", "--virtual-time-budget=20000", "--run-all-compositor-stages-before-draw"),
                f"--user-data-dir={tmp_path / 'profile'}",
                *("--dump-dom", (tmp_path / "outer.html").as_uri()),
            ],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "CONSOLE" not in done.stderr, done.stderr
        found = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
        assert found, done.stderr
        assert found[1], "the script gave no answer"
        return json.loads(html.unescape(found[1]))

    return run
