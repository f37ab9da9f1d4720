"""Everything but `engine: pyradiomics` works where PyRadiomics cannot be imported, in worker processes too."""

import json
import os
import shutil
import subprocess
import sys

import pytest

EXTRACTED = """
import json, sys
import numpy as np
import radharmony
from evaluation.extraction import ExtractionSettings, extract
from harmonize.image.volume import Grid, Volume

random = np.random.default_rng(0)
mask = np.zeros((9, 16, 14), bool)
mask[2:7, 3:12, 2:11] = random.random((5, 9, 9)) < 0.8
volume = Volume(random.normal(300, 90, mask.shape), Grid((14, 16, 9), spacing=(1.0, 1.2, 2.0)), {"roi": mask})
types = {"Original": {}, "Wavelet": {}, "LoG": {"sigma": [2]}, "Gradient": {}, "SquareRoot": {}}
setting = {"binCount": 16, "normalize": True, "resampledPixelSpacing": [1.5, 1.5, 0], "resegmentRange": [-3, 3],
           "resegmentShape": True}
classes = dict.fromkeys(("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"))
found = extract(volume, ExtractionSettings(setting, types, classes, bin_limits=None, engine=sys.argv[1]))
values = {name: dict(roi.values) for name, roi in found.features.items()}
print(json.dumps(["radiomics" not in sys.modules, values, list(map(str, found.failures.values()))]))
"""


@pytest.fixture
def hidden(tmp_path):
    """Give the environment of processes in which PyRadiomics cannot be imported."""
    folder = tmp_path / "hides"
    folder.mkdir()
    (folder / "radiomics.py").write_text("raise ImportError('hidden for a test')\n", encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(folder)}


def extracted(engine, environment=None):
    done = subprocess.run(
        [sys.executable, "-c", EXTRACTED, engine], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_features_of_every_kind_are_the_same_without_pyradiomics(hidden):
    untouched, found, failures = extracted("radharmony", hidden)
    assert untouched
    assert failures == []
    _, expected, _ = extracted("pyradiomics")
    assert found["roi"] == pytest.approx(expected["roi"], rel=1e-9, abs=1e-11)
    assert len(found["roi"]) == 14 + 93 * (1 + 8 + 1 + 1 + 1)


def test_the_engine_that_needs_it_says_so(hidden):
    _, found, failures = extracted("pyradiomics", hidden)
    assert found == {}
    assert failures == [
        "engine: pyradiomics needs PyRadiomics, which cannot be imported: hidden for a test; install it (pip install "
        "pyradiomics-bhklab, which takes a C compiler), or use engine: radharmony"
    ]


def test_a_study_that_asks_for_it_is_refused_before_anything_is_computed(simulated, tmp_path, hidden):
    """Every ROI failed, one after the other."""
    study = tmp_path / "study.yaml"
    shutil.copy(simulated.with_name("images.csv"), tmp_path)
    text = simulated.read_text(encoding="utf-8")
    study.write_text(text.replace("extraction: {", "extraction: {engine: pyradiomics, "), encoding="utf-8")
    command = [sys.executable, "-m", "radharmony", "check", str(study), "--data", str(simulated.parent)]
    done = subprocess.run(command, env=hidden, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("radharmony: strategies: raw: engine: pyradiomics needs PyRadiomics")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_study_runs_without_pyradiomics(simulated, tmp_path, hidden):
    command = [sys.executable, "-m", "radharmony", "run", str(simulated), "--out", str(tmp_path / "run"), "--jobs", "1"]
    done = subprocess.run(command, env=hidden, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "run" / "report.html").is_file()
    assert not (tmp_path / "run" / "failures.csv").read_text(encoding="utf-8").count("\n") > 1
