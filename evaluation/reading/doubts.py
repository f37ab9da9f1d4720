"""What is a feature among columns of numbers, and what only looks like one: the one rule of all commands."""

import re
from functools import cache

import numpy as np
import pandas as pd

from evaluation.reading.names import KNOWN_NAMES, plain
from evaluation.tables import feature_class

_IDENTIFIERS = (
    *("index", "row", "rows", "rownumber", "rowname", "rownames", "rowid", "number", "nr", "no", "num"),
    *("key", "uid", "mrn", "medicalrecordnumber", "accession", "accessionnumber", "record", "recordid", "sample"),
    *("sampleid", "exam", "examid", "image", "file", "filename", "seriesnumber", "instancenumber", "studynumber"),
    *("acquisitionnumber", "examnumber", "scannumber", "slicenumber", "level0", "index0", "fold", "split", "train"),
    *("test", "seed", "order", "sortorder", "position", "counter", "lfd", "lfdnr"),
)
_OUTCOMES = (
    *("outcome", "target", "diagnosis", "event", "dead", "death", "died", "alive", "survival", "survivaltime"),
    *("survivaldays", "survivalmonths", "timetoevent", "ostime", "pfstime", "osevent", "pfsevent", "osstatus", "os"),
    *("pfs", "dfs", "recurrence", "relapse", "metastasis", "response", "responder", "label", "labels", "truth"),
    *("groundtruth", "malignant", "malignancy", "benign", "censor", "censored", "censoring", "vital", "cod"),
    *("futime", "fudays", "fumonths", "fu", "lastfu", "lastfollowup", "fustat", "rfs", "efs", "dss", "ttp", "rfstime"),
    *("efstime", "dfstime", "dsstime", "rtime", "dtime", "ptime", "pstat", "recur", "progression", "causeofdeath"),
)
_CLINICAL = (
    *_OUTCOMES,
    *("age", "ages", "sex", "gender", "bmi", "weight", "bodyweight", "height", "bodyheight", "race", "ethnicity"),
    *("smoker", "smoking", "packyears", "disease", "class", "group", "cohort", "arm"),
    *("treatment", "therapy", "status", "grade"),
    *("stage", "score", "psa", "gleason", "isup", "pirads", "birads", "lirads", "ecog"),
    *("tumor", "tumour", "histology", "pathology", "followup"),
    *("date", "time", "day", "days", "month", "year", "birthdate", "birthyear", "yearofbirth", "dateofbirth", "dob"),
    *("creatinine", "egfr", "vitalstatus", "karnofsky"),
    *("cluster", "clusters", "prob", "probs", "proba", "probability", "probabilities", "pred", "preds", "predicted"),
    *("prediction", "predictions", "ypred", "yprob", "yhat", "ytrue", "riskscore", "logit", "logits"),
    *("alter", "geschlecht", "gewicht", "datum", "diagnose", "befund", "geburtsdatum", "geburtsjahr", "zeit"),
    *("edad", "sexo", "sexe", "leeftijd", "geslacht", "karno", "kps", "wtloss", "weightloss", "performancestatus"),
)
_OF_THE_SCAN = (
    *("site", "center", "centre", "hospital", "institution", "batch", "vendor", "manufacturer", "model", "station"),
    *("inst", "institute", "scannerid", "echo", "echoes"),
    *("fieldstrength", "magneticfieldstrength", "tesla", "b0", "te", "tr", "ti", "fa"),
    *("echotime", "repetitiontime", "inversiontime", "flipangle", "echonumber", "echotrainlength", "etl", "bvalue"),
    *("bvalues", "nex", "nsa", "numberofaverages", "averages", "bandwidth", "pixelbandwidth", "acceleration"),
    *("accelerationfactor", "grappa", "sense", "slicethickness", "slicespacing", "spacing", "gap"),
    *("spacingbetweenslices", "pixelspacing", "pixelsize", "voxelsize", "voxelspacing", "fov"),
    *("fieldofview", "matrix", "matrixsize", "columns", "kvp", "kv", "tubevoltage", "tubecurrent", "xraytubecurrent"),
    *("ma", "mas", "exposure", "exposuretime", "ctdi", "ctdivol", "dlp", "pitch", "kernel", "convolutionkernel"),
    *("reconstructiondiameter", "dose", "injecteddose", "uptaketime", "contrastagent", "contrastdose", "sar"),
    *("imagingfrequency", "triggertime", "temporalposition", "acquisitiontime", "acquisitiondate", "seriestime"),
    *("studydate", "studytime", "seriesdate", "contenttime", "scandate", "scantime", "voxels", "nvoxels"),
    *("voxelcount", "numberofvoxels", "slices", "nslices", "numberofslices", "ssf", "sigma", "filterscale", "scale"),
    *("binwidth", "bincount", "binnumber", "nbins", "numberofbins", "bins", "binsize"),
    *("labelvoxels", "voxelnum", "voxelnumber", "numvoxels", "numbervoxels", "voxelscount", "countvoxels"),
    *("repetitionszeit", "echozeit", "inversionszeit", "flipwinkel", "kippwinkel", "schichtdicke", "feldstaerke"),
    *("feldstärke", "gerät", "geraet", "scannertyp", "standort", "zentrum", "klinik", "bildnummer"),
)
_KNOWN = frozenset((*_IDENTIFIERS, *_CLINICAL, *_OF_THE_SCAN, *(n for names in KNOWN_NAMES.values() for n in names)))
"""Names of columns, in lower case without signs, that are no features."""

_TELLING = frozenset(
    (
        *("patient", "subject", "participant", "id", "uid", "mrn", "age", "sex", "gender", "birth", "outcome"),
        *("diagnosis", "survival", "death", "recurrence", "label", "date", "event", "unnamed", "scanner", "hospital"),
        *("therapy", "treatment", "smoking", "grade", "histology", "pathology", "stage", "gleason"),
        *("ecog", "karno", "karnofsky", "vital", "fu", "followup", "censored", "recur", "progression"),
        *("rfs", "pfs", "dfs", "efs"),
        *("pred", "preds", "predicted", "prediction", "predictions", "proba", "prob", "probs"),
        *("alter", "geschlecht", "datum", "diagnose", "befund"),
    )
)
"""Words that give a longer name away, such as ``patient_age``."""

_UNITS = frozenset(
    (
        *("ms", "msec", "s", "sec", "seconds", "mm", "cm", "m", "t", "kg", "g", "y", "yr", "yrs", "year", "years"),
        *("months", "month", "days", "hz", "khz", "mhz", "deg", "degree", "degrees", "kv", "ma", "mgy", "mbq", "in"),
        *("value", "at", "scan", "diagnosis", "baseline", "num", "number", "code", "coded", "binary", "x", "y", "z"),
        *("mri", "mr", "ct", "pet", "the", "of", "time", "jahr", "jahre", "jahren", "bei", "der"),
    )
)
"""Words that only say in what, when or how something else in the name was measured."""

_FAMILIES = re.compile(
    r"(^|_)(cm|rlm|szm|dzm|ngt|ngl|stat|ih|ivh|loc|morph)_|glcm|gl?rlm|gl?szm|gldzm|gldm|ngtdm|ngl?dm|morphological_"
    r"|intensity-(based|histogram)|local_intensity",
    re.IGNORECASE,
)
"""What only radiomics software writes into names: PyRadiomics, MIRP, LIFEx, CERR, Nyxus."""

_LIKELY = re.compile(
    r"(^|_)(shape|fos)_|intensity|first_?order|histogram|wavelet|gabor|zernike|laws|euler|bbox|feret|centroid|neighbors"
    r"|frac_at|moment|gradient|fractal|peak",
    re.IGNORECASE,
)
"""What hardly anything else has in its name."""

_MEASURES = frozenset(
    (
        *("volume", "vol", "area", "surface", "diameter", "axis", "length", "width", "perimeter", "elongation"),
        *("flatness", "sphericity", "compactness", "solidity", "extent", "eccentricity", "convex", "mean", "median"),
        *("mode", "min", "minimum", "max", "maximum", "range", "percentile", "quantile", "quartile", "variance", "var"),
        *("std", "sd", "skewness", "kurtosis", "entropy", "energy", "uniformity", "contrast", "correlation", "rms"),
        *("homogeneity", "dissimilarity", "cluster", "intensity", "gray", "grey", "voxel", "voxels", "pixel", "pixels"),
        *("bin", "hu", "suv", "suvmax", "suvmean", "suvpeak", "tlg", "mtv", "texture", "emphasis", "nonuniformity"),
        *("p10", "p25", "p75", "p90", "iqr", "mad", "coarseness", "busyness", "complexity", "strength", "rmad"),
    )
)
"""Words for what is measured in an image: their columns may well hold whole numbers."""


_A_ROW = "named as a row or a subject"


def names_a_feature(name: str) -> bool:
    """Tell whether a name is beyond doubt one that radiomics software gives a feature.

    Examples
    --------
    >>> names_a_feature("original_glcm_Id"), names_a_feature("cm_contrast_d1"), names_a_feature("crp")
    (True, True, False)
    """
    return bool(feature_class(name) or _FAMILIES.search(name))


def by_name(name: str, values: pd.Series | None = None) -> str:
    """Say why a column of numbers is no feature, from its name; empty where that tells nothing.

    Parameters
    ----------
    name : str
        Of the column.
    values : Series or None
        Its numbers, if they are known: rows and subjects are counted in whole numbers, so that an inverse difference
        called ``Id`` is none.

    Examples
    --------
    >>> by_name("Age (years)"), by_name("Unnamed: 0"), by_name("TE_ms")
    ('named as of the patient or the outcome', 'named as a row or a subject', 'named as of the scan')
    >>> by_name("original_shape_VoxelVolume"), by_name("GLCM_ID"), by_name("feat7"), by_name("Id", pd.Series([0.5]))
    ('', '', '', '')
    """
    if names_a_feature(name) or _LIKELY.search(name):
        return ""
    words = _words(name)
    bare = "".join(word for word in words if word not in _UNITS and not word.isdigit())
    known = [known for known in (plain(name), bare) if known in _KNOWN]
    telling = [word for word in words if word in _TELLING]
    why = _group([*known, *telling][0]) if known or telling else ""
    return "" if why == _A_ROW and values is not None and _has_fractions(values) else why


def names_an_outcome(name: str) -> bool:
    """Tell whether a column is named as what people predict.

    Examples
    --------
    >>> names_an_outcome("Dead"), names_an_outcome("time_to_event"), names_an_outcome("age")
    (True, True, False)
    """
    return plain(name) in _OUTCOMES


def by_values(name: str, values: pd.Series, subjects: pd.Series | None = None) -> str:
    """Say why a column of numbers may be no feature, from its values; empty where nothing speaks against it.

    Parameters
    ----------
    name : str
        Of the column: names of measurements are trusted.
    values : Series
        Its numbers.
    subjects : Series or None
        The subject of each row.

    Examples
    --------
    >>> by_values("q", pd.Series([7, 3, 5])), by_values("q", pd.Series([1, 0, 0, 1]))
    ('whole numbers, all different', 'two whole numbers')
    >>> by_values("stat_max", pd.Series([7, 3, 5])), by_values("q", pd.Series([7.5, 3, 5]))
    ('', '')
    """
    if names_a_feature(name) or _LIKELY.search(name):
        return ""
    there = values.dropna().to_numpy(dtype=np.float64)
    # Beyond 2⁵³ every number is whole.
    if len(there) < 3 or not (np.abs(there) <= 2.0**53).all() or (there != np.round(there)).any():
        return ""
    different = len(np.unique(there))
    measured = bool(_MEASURES.intersection((*_words(name), plain(name))))
    if different == 2 and not (measured and there.max() > 1):  # a "contrast" of 0 and 1 is an agent
        return "two whole numbers"
    if different < 2 or measured:
        return ""
    if different == len(there):
        return "whole numbers, all different"
    if _are_dates(there):
        return "dates written as numbers"
    if different > len(there) / 3 and (np.diff(there) >= 0).all():
        return "whole numbers that rise from row to row"
    if subjects is None:
        return ""
    people = subjects.to_numpy()
    several = len(there) > len(pd.unique(people[values.notna().to_numpy()]))
    same = several and (values.groupby(people).nunique() <= 1).all()
    return "whole numbers, the same in all rows of a subject" if same else ""


def _words(name: str) -> list[str]:
    """Part a name at signs, digits and capitals."""
    return re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())


@cache
def _group(known: str) -> str:
    if known in _CLINICAL or known in ("birth", "survival", "therapy", "date"):
        return "named as of the patient or the outcome"
    if known in _OF_THE_SCAN or known in ("scanner",) or known in _of("condition", "sequence", "roi", "strategy"):
        return "named as of the scan"
    return _A_ROW


def _has_fractions(values: pd.Series) -> bool:
    return bool(pd.api.types.is_float_dtype(values.dtype) and (values.dropna() % 1 != 0).any())


def _of(*roles: str) -> frozenset[str]:
    return frozenset(name for role in roles for name in KNOWN_NAMES[role])


def _are_dates(there: np.ndarray) -> bool:
    """Tell whether all are written as year, month and day, such as 20240131."""
    days, months, years = there % 100, there // 100 % 100, there // 10000
    return bool(((days >= 1) & (days <= 31) & (months >= 1) & (months <= 12) & (years >= 1900) & (years <= 2100)).all())
