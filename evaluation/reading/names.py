"""Names of columns that tables of features have beside the features."""

import re

ADMINISTRATIVE = (
    "diagnostics_",
    "general_info_",
    "image_",
    "INFO_",
    "PARAMS_",
    "PARAMETERS_",
    "BAS_INFO_",
    "BAS_PARAMS_",
)
"""Beginnings of columns that describe the extraction: PyRadiomics (now and before 2.0), MIRP, LIFEx."""

NAMELESS = "(column "
"""Beginning of the name that a column without one gets."""

KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "subject": (
        *("subject", "subjectid", "sub", "patient", "patientid", "patientname", "infopatientname", "infopatientid"),
        *("participant", "participantid", "volunteer", "volunteerid", "samplename", "caseid", "case", "pid", "id"),
    ),
    "condition": (
        *("condition", "scan", "scanid", "repeat", "repetition", "visit", "session", "timepoint", "testretest"),
        *("scanner", "protocol", "reader", "observer", "rater", "segmentation", "segmenter", "run"),
    ),
    "sequence": ("sequence", "seq", "weighting", "canonicaltype", "modality", "imagemodality"),
    "roi": (
        *("roi", "roiname", "infonameofroi", "structure", "segmentedstructure", "organ", "region", "tissue"),
        *("lesion", "lesionid", "imagemasklabel", "segment", "label"),
    ),
    "strategy": ("strategy", "preprocessing", "pipeline", "settings", "imagesettingsid", "binwidth"),
}
"""By role, names in lower case without signs; the earlier one is preferred. Among them are those that PyRadiomics,
MIRP and LIFEx write."""


def written_name(name: object) -> str:
    """Give the name of a column as it stands in the file, for one that has none there, too.

    Examples
    --------
    >>> written_name("(column 1)"), written_name("Age")
    ('', 'Age')
    """
    return "" if re.fullmatch(re.escape(NAMELESS) + r"\d+\)", str(name)) else str(name)


def plain(name: object) -> str:
    """Give a name in lower case without signs.

    Examples
    --------
    >>> plain("Patient ID"), plain("ROI_name")
    ('patientid', 'roiname')
    """
    return "".join(sign for sign in str(name).lower() if sign.isalnum())
