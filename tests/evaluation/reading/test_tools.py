import pytest

from evaluation.extraction import ExtractionSettings
from evaluation.reading.tools import tool_of

PYRADIOMICS = "PyRadiomics, or one with its names"


@pytest.mark.parametrize(
    ("names", "tool"),
    [
        (["diagnostics_Versions_PyRadiomics", "Image"], PYRADIOMICS),
        (["subject", *ExtractionSettings().feature_names()], PYRADIOMICS),
        (["sample_name", "image_mask_label", "image_settings_id", "image_voxel_size_x", "stat_mean"], "MIRP"),
        (["id", "log_s_2.0_cm_contrast_d1_3d_v_mrg_fbn_n16"], "MIRP"),
        (["id", "szm_sze_2.5d_fbs_w1.0"], "MIRP"),
        (["INFO_SeriesPath", "GLCM_JointEntropyLog2(IBSI:TU9B)"], "LIFEx"),
        (["Name", "INTENSITY-BASED_StandardDeviation(IBSI:No)[]"], "LIFEx"),
        (["case", "CONVENTIONAL_SUVbwmean"], "LIFEx"),
        (["case", "Co-occurenced Based Features::Mean Joint Variance"], "MITK"),
        (["case", "First Order::Mean"], "MITK"),
        (["case", "Original_glcmFeatS_AvgS_contrast", "Original_firstOrderS_mean"], "CERR"),
        (["case", "rlmFeatS.AvgS.shortRunEmphasis"], "CERR"),
        (["intensity_image", "mask_image", "ROI_label", "MEAN"], "Nyxus"),
        (["case", "GLCM_ASM_0", "GLCM_ASM_45"], "Nyxus"),
        (["PatientID", "morph_volume", "cm_joint_max_3D_avg"], "PySERA"),
        (["PatientID", "glcm_joint_max_3D_avg", "szm_sze_2_5D"], "PySERA"),
        (["SubjectID", "Modality", "ROILabel", "FeatureFamily", "Feature", "Value", "Parameters"], "CaPTk"),
        (["patient", "volume", "age"], ""),
        (["patient", "original_glcm_contrast-d1-3d-avg-fbn-n16"], ""),
    ],
)
def test_the_program_is_known_by_its_columns(names, tool):
    assert tool_of(names) == tool
