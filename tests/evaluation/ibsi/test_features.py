"""Names, codes and agreement; the values of MIRP are those of its release 2.7.0, an independent implementation."""

import math

import numpy as np
import pandas as pd
import pytest
import radiomics
from scipy import stats

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.pyradiomics import class_features, quiet
from evaluation.ibsi import ibsi, ibsi_table, to_ibsi
from evaluation.ibsi.features import _table
from evaluation.ibsi.phantom import ROI, consensus, phantom
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Grid, Volume, to_itk

CLASSES = ("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")

# Old names that PyRadiomics keeps only to say what to ask for instead; it never gives a value for them.
NEVER_COMPUTED = {
    *("glcm_Dissimilarity", "glcm_Homogeneity1", "glcm_Homogeneity2", "glcm_SumVariance"),
    *("gldm_DependencePercentage", "gldm_GrayLevelNonUniformityNormalized"),
}

MIRP_3D = {
    "shape_MeshVolume": 384.0,
    "shape_SurfaceArea": 308.2432454925287,
    "shape_MajorAxisLength": 10.373253858090797,
    "shape_MinorAxisLength": 8.531776414745572,
    "shape_LeastAxisLength": 6.482436117847828,
    "shape_Elongation": 0.8224783208299744,
    "shape_Flatness": 0.6249182953130701,
    "firstorder_Kurtosis": -0.42478370666503906,
    "firstorder_10Percentile": 22.0,
    "firstorder_InterquartileRange": 24.25,
    "firstorder_Entropy": 2.8209519648177577,
    "glcm_Idn": 0.8023281504116198,
    "glcm_Idmn": 0.9087906382038837,
    "glcm_Correlation": -0.0705952025871077,
    "glcm_Imc1": -0.15553869446335453,
    "glrlm_ShortRunEmphasis": 0.9404224242683603,
    "glrlm_RunLengthNonUniformity": 72.96121132238088,
    "glrlm_RunPercentage": 0.9230769230769231,
    "glszm_ZoneEntropy": 3.7483943455364033,
    "ngtdm_Coarseness": 0.05508757848181113,
    "ngtdm_Contrast": 0.1970100690706829,
    "ngtdm_Busyness": 0.7482383348260833,
    "ngtdm_Complexity": 35.12638857905351,
    "ngtdm_Strength": 0.8947225735641008,
    "gldm_DependenceNonUniformity": 17.76086956521739,
}


def made_up(one_slice=False):
    """Give an image by a formula, in anisotropic voxels, with an ROI that is an ellipsoid."""
    z, y, x = np.mgrid[:5, :7, :8]
    image = ((7 * x + 11 * y + 13 * z + x * y * z) % 17) * 3.0 + 10 * ((x + 2 * y + z) % 5) + 4
    mask = (z - 2) ** 2 / 4 + (y - 3) ** 2 / 9 + (x - 3.5) ** 2 / 12 <= 1.1
    if one_slice:
        mask[[0, 1, 3, 4]] = False
    return Volume(image, Grid((8, 7, 5), (1.0, 1.5, 3.0)), {ROI: mask})


def measured(volume, setting, classes=CLASSES):
    settings = ExtractionSettings(setting, featureClass=dict.fromkeys(classes), bin_limits=None)
    return extract(volume, settings).features[ROI]


def test_every_feature_of_pyradiomics_has_an_entry_and_no_other():
    known = {
        f"{name}_{feature}" for name, cls in radiomics.getFeatureClasses().items() for feature in cls.getFeatureNames()
    }
    assert set(_table()) == known - NEVER_COMPUTED


def test_names_codes_and_families_stand_exactly_where_ibsi_has_the_feature():
    for name, found in _table().items():
        assert found.agreement in ("agrees", "deviates", "none"), name
        if found.agreement == "none":
            assert (found.name, found.code, found.family) == ("", "", ""), name
        else:
            assert len(found.code) == 4, name
            assert found.name, name
            assert found.family, name
        if found.agreement != "agrees":
            assert found.note, name


def test_no_two_features_share_a_code():
    codes = [found.code for found in _table().values() if found.code]
    assert len(set(codes)) == len(codes)


def test_every_code_has_a_consensus_value():
    assert {found.code for found in _table().values() if found.code} == {code for code, _ in consensus()}


@pytest.mark.parametrize("name", MIRP_3D)
def test_agrees_with_an_independent_implementation_after_conversion(name):
    found = measured(made_up(), {"binCount": 8}, [name.split("_")[0]])
    column = f"original_{name}"
    assert to_ibsi(column, found.values[column], found.voxels) == pytest.approx(MIRP_3D[name], rel=1e-6)


def test_in_one_slice_only_the_directions_of_the_plane_count():
    # MIRP counts all 13, in 9 of which every run has length 1 and the emphasis is 1.
    found = measured(made_up(one_slice=True), {"binCount": 8}, ["glrlm"]).values["original_glrlm_ShortRunEmphasis"]
    assert found == pytest.approx(0.9570974025974026, rel=1e-9)
    assert (4 * found + 9) / 13 == pytest.approx(0.9867992007992007, rel=1e-9)


def test_kurtosis_and_skewness_are_the_moments_of_the_population():
    volume = made_up()
    inside = volume.image[volume.masks[ROI]]
    values = measured(volume, {"binCount": 8}, ["firstorder"]).values
    kurtosis = to_ibsi("original_firstorder_Kurtosis", values["original_firstorder_Kurtosis"], inside.size)
    assert kurtosis == pytest.approx(stats.kurtosis(inside, fisher=True, bias=True), rel=1e-12)
    assert values["original_firstorder_Skewness"] == pytest.approx(stats.skew(inside, bias=True), rel=1e-12)
    assert values["original_firstorder_Variance"] == pytest.approx(inside.var(ddof=0), rel=1e-12)


def test_axis_lengths_after_conversion_are_those_of_the_sample_covariance():
    volume = made_up()
    centres = np.argwhere(volume.masks[ROI]) * np.array(volume.grid.spacing[::-1])
    least, minor, major = 4 * np.sqrt(np.linalg.eigvalsh(np.cov(centres, rowvar=False)))
    values = measured(volume, {}, ["shape"]).values
    for name, expected in (("Least", least), ("Minor", minor), ("Major", major)):
        column = f"original_shape_{name}AxisLength"
        assert values[column] < expected * 0.999
        assert to_ibsi(column, values[column], len(centres)) == pytest.approx(expected, rel=1e-9)


def test_the_notes_on_features_that_ibsi_lacks_hold():
    volume = made_up()
    image, mask = volume.to_itk(), to_itk(volume.masks[ROI], volume.grid)
    with quiet():
        names = ("StandardDeviation", "Variance", "TotalEnergy", "Energy")
        values = class_features("firstorder", names, image, mask, {"binWidth": 5})
    assert values["StandardDeviation"] ** 2 == pytest.approx(values["Variance"])
    assert values["TotalEnergy"] == pytest.approx(values["Energy"] * 1.0 * 1.5 * 3.0)


@pytest.mark.parametrize("name", ["Compactness1", "Compactness2", "SphericalDisproportion"])
def test_features_that_extraction_no_longer_offers_agree_as_the_table_says(name):
    volume = phantom()
    with quiet():
        value = class_features("shape", [name], volume.to_itk(), to_itk(volume.masks[ROI], volume.grid), {})[name]
    expected, tolerance = consensus()[ibsi(f"original_shape_{name}").code, "DHQ4"]
    assert abs(float(f"{value:.3g}") - expected) <= tolerance + 1e-12


def test_energy_and_rms_agree_only_without_shift():
    before = measured(made_up(), {"binCount": 8}, ["firstorder"]).values
    after = measured(made_up(), {"binCount": 8, "voxelArrayShift": 1000}, ["firstorder"]).values
    changed = {name.split("_")[-1] for name in before if not math.isclose(before[name], after[name])}
    assert changed == {"Energy", "TotalEnergy", "RootMeanSquared"}


def test_a_filtered_image_has_the_entry_of_the_original_one_with_a_note():
    plain, filtered = ibsi("original_ngtdm_Contrast"), ibsi("wavelet-LLH_ngtdm_Contrast")
    assert (filtered.code, filtered.agreement) == (plain.code, plain.agreement)
    assert "filter" in filtered.note
    assert ibsi("log-sigma-2-mm-3D_firstorder_Kurtosis").note.startswith("not the excess; subtract 3; on a filtered")


@pytest.mark.parametrize(
    "column",
    [
        "original_glcm_Contrats",
        "subject",
        "glcm_Contrast",
    ],
)
def test_a_column_that_is_no_feature_is_refused(column, golden):
    with golden.error(ConfigurationError):
        ibsi(column)


def test_what_ibsi_lacks_cannot_be_converted(golden):
    with golden.error(ConfigurationError):
        to_ibsi("original_glcm_MCC", 0.5, 74)


def test_table_keeps_order_and_lists_what_it_does_not_know():
    columns = ["original_glcm_MCC", "original_glcm_Homogeneity1", "original_glcm_Contrast"]
    table = ibsi_table(columns)
    assert table["feature"].tolist() == columns
    assert table["agreement"].tolist() == ["none", "none", "agrees"]
    assert table["note"][1] == "no feature of PyRadiomics or MIRP"
    assert list(table.columns) == ["feature", "name", "code", "family", "agreement", "note"]


def test_an_empty_table_has_its_columns():
    table = ibsi_table([], {})
    assert isinstance(table, pd.DataFrame)
    assert "aggregation_code" in table
    assert table.empty
