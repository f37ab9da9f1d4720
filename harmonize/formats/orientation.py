"""Whether a file says how its axes lie in the patient; some give a grid without."""

from pathlib import Path

import SimpleITK as sitk

from harmonize.formats.dicom_file import is_series

NIFTI_CODES = ("qform_code", "sform_code")
WITH_PATIENT_AXES = ("NiftiImageIO", "NrrdImageIO", "MetaImageIO", "GDCMImageIO", "MINCImageIO", "MRCImageIO")


def tells_orientation(path: Path) -> bool:
    """Tell whether left and right of the patient are known.

    Known for DICOM; for NIfTI with a form code above 0; for NRRD with an anatomical space; for three-dimensional
    MetaImage and MINC. Not known for two-dimensional images and other formats.

    Parameters
    ----------
    path : Path
        An image that can be read.

    Examples
    --------
    >>> tells_orientation(Path("nowhere.nii.gz"))
    False
    """
    try:
        if is_series(path):
            return True
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(path))
        reader.ReadImageInformation()
    except (RuntimeError, OSError):
        return False
    if reader.GetDimension() < 3:
        return False
    kind = sitk.ImageFileReader.GetImageIOFromFileName(str(path))
    if kind == "NiftiImageIO":
        return any(reader.HasMetaDataKey(key) and reader.GetMetaData(key) not in ("0", "") for key in NIFTI_CODES)
    if kind == "NrrdImageIO":
        return bool(reader.HasMetaDataKey("NRRD_space"))
    return kind in WITH_PATIENT_AXES
