"""Both engines on real scans: the values of one are those of the other, in every image type."""

import math

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings, extract
from harmonize.formats import MaskSource, read_volume
from harmonize.image.volume import Grid, Volume

SETTINGS = {
    "original, wavelets and LoG": {
        "setting": {"binCount": 32},
        "imageType": {"Original": {}, "LoG": {"sigma": [2.0]}, "Wavelet": {}},
    },
    "2D, every other filter": {
        "setting": {"binCount": 48, "force2D": True, "distances": [1, 2], "gldm_a": 1},
        "imageType": dict.fromkeys(["Square", "SquareRoot", "Logarithm", "Exponential", "Gradient"]),
    },
    "normalized and resampled": {
        "setting": {"normalize": True, "normalizeScale": 100, "binWidth": 10, "resampledPixelSpacing": [2, 2, 0]},
    },
    "one direction, weighted": {
        "setting": {"binWidth": 20, "symmetricalGLCM": False, "weightingNorm": "euclidean"},
    },
}


def sarcoma(root):
    folder = root / "sarcoma_dicom_rtstruct" / "MR_T1"
    return folder / "image", {"tumour": MaskSource(folder / "mask" / "RS.dcm", segment="GTV_Mass_MR_T1")}


def kidneys(root):
    folder, name = root / "kidney_repeat" / "ge_01", "00720__Magnitude_ims__B0_map_dual_echo_e1"
    return folder / f"{name}.nii.gz", {side: MaskSource(folder / f"{name}_roi-{side}.nii.gz") for side in "LR"}


@pytest.mark.data
@pytest.mark.parametrize("case", SETTINGS)
@pytest.mark.parametrize("scan", [sarcoma, kidneys])
def test_the_engines_agree_on_real_scans(data_root, scan, case):
    volume, failures = read_volume(*scan(data_root))
    assert failures == {}
    ours, theirs = (
        extract(volume, ExtractionSettings(**SETTINGS[case], bin_limits=None, engine=engine))
        for engine in ("radharmony", "pyradiomics")
    )
    assert ours.failures == theirs.failures == {}
    for name, expected in theirs.features.items():
        found = ours.features[name]
        assert (found.voxels, found.bins, found.undefined) == (expected.voxels, expected.bins, expected.undefined)
        assert list(found.values) == list(expected.values)
        for feature, value in expected.values.items():
            if math.isnan(value):
                continue
            # Moments of a hundred signed terms near 0 are known to the digits that their terms leave.
            assert found.values[feature] == pytest.approx(value, rel=1e-9, abs=1e-11), (name, feature)


@pytest.mark.parametrize("norm", ["infinity", "euclidean", "manhattan"])
@pytest.mark.parametrize("thick", [5.0, 12.0, 20.0, 26.9, 40.0])
def test_neighbours_too_far_to_count_end_no_scan(thick, norm):
    """Weights of exp(-400) and 0 ended the scan in a LinAlgError, or gave a glcm_MCC of 0.957 where it is 1."""
    shape = (6, 1, 9)
    mask = np.ones(shape, bool)
    image = np.random.default_rng(3).normal(size=shape)
    volume = Volume(image, Grid(shape[::-1], (0.8, 3.0, thick)), {"ring": mask})
    for flat in {}, {"force2D": True, "force2Ddimension": 2}:  # across x all neighbours are that far
        setting = {"binCount": 64, "weightingNorm": norm, **flat}
        classes = dict.fromkeys(["glcm", "glrlm"])
        ours, theirs = (
            extract(volume, ExtractionSettings(setting, featureClass=classes, bin_limits=None, engine=engine))
            for engine in ("radharmony", "pyradiomics")
        )
        assert ours.failures == theirs.failures == {}
        assert ours.features["ring"].values == pytest.approx(
            theirs.features["ring"].values, rel=1e-9, abs=1e-9, nan_ok=True
        )


def test_a_parameter_file_says_nothing_of_the_engine(tmp_path):
    (tmp_path / "mr.yaml").write_text("setting: {binWidth: 3}\n", encoding="utf-8")
    own = ExtractionSettings(engine="pyradiomics")
    assert own.merged({"parameter_file": "mr.yaml"}, "study", tmp_path).engine == "pyradiomics"
    assert "engine" not in own.of_pyradiomics()


def test_engines_differ_in_nothing_but_their_digits():
    """So that results of one are not taken for those of the other, and records tell which it was."""
    ours, theirs = ExtractionSettings(), ExtractionSettings(engine="pyradiomics")
    assert ours.digest() != theirs.digest()
    assert ours.to_mapping() == theirs.to_mapping() | {"engine": "radharmony"}
    assert ours.of_pyradiomics() == theirs.of_pyradiomics()
    assert np.array_equal(ours.feature_names(), theirs.feature_names())
