import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.reading.columns import choose_features
from evaluation.reading.doubts import by_name, by_values
from evaluation.tables import feature_class
from harmonize.errors import ConfigurationError

NO_FEATURES = (
    *("Unnamed: 0", "index", "No", "No.", "row", "PatientID", "patient_age", "MRN", "Age", "Age (years)", "ageAtScan"),
    *("sex", "BMI", "diagnosis", "Diagnosis_code", "outcome", "label", "ROI_label", "survival_days", "OS", "grade"),
    *("TE", "TE_ms", "TR [ms]", "EchoTime", "echo_time", "RepetitionTime", "FlipAngle", "MagneticFieldStrength"),
    *("field strength (T)", "SliceThickness", "slice_thickness_mm", "PixelSpacing", "kVp", "KVP", "XRayTubeCurrent"),
    *("b_value", "SeriesNumber", "InstanceNumber", "AccessionNumber", "AcquisitionTime", "StudyDate", "year", "SSF"),
    *("scanner", "site", "batch", "fold", "TE1", "binWidth", "n_voxels", "injected dose (MBq)", "treatment_arm"),
    *("pathology_grade", "prob", "Pred", "y_pred", "predicted_class", "prob_malignant", "probability", "cluster"),
    *("Cluster 1", "Alter", "Alter_Jahre", "Repetitionszeit", "Echozeit [ms]", "Schichtdicke", "Geschlecht"),
    *("NumberOfVoxels", "LabelVoxels", "VoxelNum"),
    *("inst", "ph.ecog", "pat.karno", "wt.loss", "KPS", "futime", "rfstime", "fu_days", "vital_status", "lastfu"),
    *("clinical.T.Stage", "deadstatus.event", "Survival.time", "dtime", "recur", "pfs_weeks", "censored"),
)

FEATURES = (
    *("original_shape_VoxelVolume", "original_firstorder_Minimum", "wavelet-LLH_glcm_Id", "original_glszm_ZoneEntropy"),
    *("morph_vol_approx", "stat_min", "stat_range", "ih_mode_fbs_n32", "ih_max_grad_g", "ivh_v10", "cm_info_corr_1"),
    *("szm_z_perc_3d", "ngl_dcp_3D", "dzm_zd_entr", "loc_peak_glob", "rlm_r_perc"),  # MIRP
    *("MORPHOLOGICAL_Volume(IBSI:RNU0)[#vx]", "INTENSITY-BASED_MinimumIntensity(IBSI:1GSF)[HU]", "GLRLM_RunPercentage"),
    *("INTENSITY-HISTOGRAM_IntensityHistogramMode(IBSI:AMMC)[HU]", "NGTDM_Busyness(IBSI:NQ30)"),  # LIFEx
    *("Shape_majorAxis", "firstOrder_min", "glcm_contrast", "peak_suv"),  # CERR
    *("AREA_PIXELS_COUNT", "MIN", "MAX", "RANGE", "MODE", "P01", "EULER_NUMBER", "NUM_NEIGHBORS", "BBOX_HEIGHT"),
    *("GLCM_ID", "GLCM_IDM", "GLSZM_SAE", "INTEGRATED_INTENSITY", "FRAC_AT_D_0", "MEDIAN", "CENTROID_X"),  # Nyxus
    *("feat0", "x1", "V7", "f_12", "n1", "T1_mean", "Volume", "Voxel volume", "percentage", "Sphericity index"),
    *("Cluster Shade", "ClusterProminence", "cluster_tendency", "Maximum probability", "JointProbabilityMax"),
)


@pytest.mark.parametrize("name", NO_FEATURES)
def test_what_rows_subjects_outcomes_and_scans_are_called_is_no_feature(name: str) -> None:
    assert by_name(name)


@pytest.mark.parametrize("name", FEATURES)
def test_names_of_features_are_left_alone(name: str) -> None:
    assert by_name(name) == ""


@pytest.mark.parametrize("name", [name for name in FEATURES if by_values(name, pd.Series([3, 1, 2])) == ""])
def test_measured_whole_numbers_are_features(name: str) -> None:
    rising = pd.Series(np.arange(100, 140))
    assert by_values(name, rising, pd.Series([f"P{i // 2}" for i in range(40)])) == ""


def test_only_names_that_tell_nothing_are_judged_by_their_values() -> None:
    named = {name for name in FEATURES if by_values(name, pd.Series([3, 1, 2])) == ""}
    assert set(FEATURES) - named == {"feat0", "x1", "V7", "f_12", "n1", "percentage", "P01"}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.arange(20), "all different"),
        (np.repeat([0, 1], 10), "two whole numbers"),
        (np.repeat(np.arange(10) * 7 + 1000, 2), "rise from row to row"),
        (np.repeat([5, 3, 9, 4, 1, 3, 8, 2, 6, 7], 2), "the same in all rows of a subject"),
        ([20200131, 20201231, 20200131, 20190704, 20190704], "dates written as numbers"),
        (np.arange(20) % 7, ""),
        (np.arange(20) + 0.5, ""),
        (np.linspace(1e300, 2e300, 20), ""),
        ([np.nan, 1, 2], ""),
    ],
)
def test_numbers_without_a_telling_name(values: list[float], why: str) -> None:
    column = pd.Series(np.asarray(values, dtype=float))
    subjects = pd.Series([f"P{row // 2}" for row in range(len(column))])
    assert why in by_values("q", column, subjects)
    assert bool(why) == bool(by_values("q", column, subjects))


def test_row_numbers_are_left_out_and_running_numbers_asked_about(golden) -> None:
    # A pandas index beside noise gave an AUC of 1.00.
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"Unnamed: 0": range(30), "patient": "a", "f": rng.normal(size=30)})
    features, left_out = choose_features(frame, ["patient"])
    assert features == ["f"]
    assert left_out == {"Unnamed: 0": "named as a row or a subject"}
    with golden.error(ConfigurationError):
        choose_features(frame.assign(q=rng.permutation(30)), ["patient"])
    assert choose_features(frame.assign(q=range(30)), ["patient"], wanted=["f", "q"])[0] == ["f", "q"]
    with golden.error(ConfigurationError):
        choose_features(frame, ["patient"], ask=True)


@pytest.mark.data
@pytest.mark.parametrize("name", ["Ahn2021", "Song2020", "WORC-Desmoid", "WORC-Lipo"])
def test_the_features_of_published_tables_are_all_taken(data_root: Path, name: str) -> None:
    with gzip.open(data_root / "outcome_tables" / f"{name}.csv.gz") as file:
        frame = pd.read_csv(file)
    features, left_out = choose_features(frame, [])
    assert features == [column for column in frame if feature_class(column)]
    # Under other names, whole numbers among them: none is taken for something else, and only the target is in doubt.
    renamed = {column: f"x_{i}_{column.split('_')[-1]}" for i, column in enumerate(frame) if feature_class(column)}
    bare = frame.rename(columns=renamed)
    others = [column for column in bare if column not in left_out]
    assert choose_features(bare[others], [])[0] == others


@pytest.mark.data
def test_the_columns_of_combat_are_all_taken(data_root: Path) -> None:
    frame = pd.read_csv(data_root / "combat_fortin" / "testdata.csv")
    assert choose_features(frame, []) == (list(frame), {})
