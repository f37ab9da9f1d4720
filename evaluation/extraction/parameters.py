"""What PyRadiomics' parameters may be called and hold; PyRadiomics itself ignores a misspelt one without a word.

Names, types and ranges stand in `evaluation.extraction.catalogue`.
"""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from evaluation.extraction.catalogue import DEPRECATED, FEATURES, IMAGE_TYPES, RULES
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown, suggest

DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        # discretization: bins of a fixed width, their edges at multiples of it; or a fixed number of bins
        "binWidth": 25.0,
        "binCount": None,
        # ours: bins of a fixed width counted from this intensity, as IBSI counts them
        "binLowerBound": None,
        # normalization over the whole image, by its own mean and standard deviation
        "normalize": False,
        "normalizeScale": 1.0,
        "removeOutliers": None,
        # resampling of image and mask, in mm along x, y, z; 0 keeps the spacing of an axis
        "resampledPixelSpacing": None,
        "interpolator": "sitkBSpline",
        # filters on the ROI and a margin of voxels instead of on the whole image; resampling always does so
        "preCrop": False,
        "padDistance": 5,
        # what of the ROI counts, and what an ROI needs
        "resegmentRange": None,
        "resegmentMode": "absolute",
        # ours: outliers beyond so many standard deviations of the ROI go as well
        "resegmentSigma": None,
        "resegmentShape": False,
        "minimumROIDimensions": 2,
        "minimumROISize": None,
        # texture matrices; the dimension counts z, y, x from 0, or is "auto"
        "distances": (1,),
        "force2D": False,
        "force2Ddimension": 0,
        "symmetricalGLCM": True,
        "weightingNorm": None,
        "gldm_a": 0,
        "voxelArrayShift": 0,
        # filters
        "wavelet": "coif1",
        "level": 1,
        "start_level": 0,
        "gradientUseSpacing": True,
    }
)
"""The settings of PyRadiomics that count here, with its defaults, and `OWN`; `sigma` has none, LoG needs it."""

OWN: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"binLowerBound": {"type": "float"}, "resegmentSigma": {"type": "float", "range": {"min-ex": 0}}}
)
"""What IBSI has and PyRadiomics has not, with type and range as in PyRadiomics' schema."""

WITHOUT_EFFECT: Mapping[str, str] = MappingProxyType(
    {
        "label": "the study says which ROIs there are",
        "label_channel": "the study says which ROIs there are",
        "additionalInfo": "PyRadiomics' diagnostics are never computed here",
        "geometryTolerance": "image and mask are compared when they are read",
        "correctMask": "image and mask are compared when they are read",
    }
)
"""Settings that do not change a feature of a given ROI: dropped from a parameter file, refused elsewhere."""

INFERRED = "auto"
"""The value of `force2Ddimension` that stands for the slice axis of each scan, see `harmonize.image.slices`."""

RENAMED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "shape": {
            "Volume": "name the one that is meant: VoxelVolume, of the voxels that are counted, or MeshVolume, within "
            "the surface"
        }
    }
)
"""By class, features under names that they no longer have, and what to do."""

VOXEL_BASED = ("voxelBased", "kernelRadius", "maskedKernel", "initValue", "voxelBatch")

PER_IMAGE = (
    *("binWidth", "binCount", "distances", "force2D", "force2Ddimension", "symmetricalGLCM", "weightingNorm"),
    *("gldm_a", "voxelArrayShift", "sigma", "wavelet", "level", "start_level", "gradientUseSpacing"),
)
"""Settings that an image type may have for itself; PyRadiomics reads all others before it makes any image."""

REFUSED_IMAGES: Mapping[str, str] = MappingProxyType(
    {
        "LBP2D": "it needs scikit-image, which is not part of this installation",
        "LBP3D": "PyRadiomics' code for it does not run with current releases of SciPy",
    }
)

CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
"""The feature classes that are computed by default; `shape` and `shape2D` on request."""

_ENUMERATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {  # the schema leaves these to functions that cannot be read as data
        "interpolator": tuple(
            f"sitk{name}"
            for name in (
                *("NearestNeighbor", "Linear", "BSpline", "Gaussian", "LabelGaussian", "HammingWindowedSinc"),
                *("CosineWindowedSinc", "WelchWindowedSinc", "LanczosWindowedSinc", "BlackmanWindowedSinc"),
            )
        ),
        "weightingNorm": ("euclidean", "manhattan", "infinity", "no_weighting"),
    }
)
_LENGTHS = {"resampledPixelSpacing": (3, 3), "resegmentRange": (1, 2), "distances": (1, None), "sigma": (1, None)}


def check_setting(values: object, where: str) -> dict[str, Any]:
    """Give the settings with their values in the right type, or say what is wrong with them.

    Parameters
    ----------
    values : object
        What stands under `setting`; `None` stands for an empty mapping.
    where : str
        The place, as the error message shall name it.

    Raises
    ------
    ConfigurationError
        For a name that PyRadiomics does not know, that has no meaning here, or a value that does not fit.

    Examples
    --------
    >>> check_setting({"binWidth": 10, "distances": [1, 2]}, "setting")
    {'binWidth': 10.0, 'distances': (1, 2)}
    >>> check_setting({"binwith": 10}, "setting")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: setting: unknown key 'binwith'; did you mean 'binWidth'?
    """
    values = as_mapping(values, where)
    for key in values:
        if key in WITHOUT_EFFECT:
            raise ConfigurationError(f"{where}: '{key}' has no effect here: {WITHOUT_EFFECT[key]}; remove it")
        if key in VOXEL_BASED:
            raise ConfigurationError(
                f"{where}: '{key}' is for feature maps; here features are of whole ROIs; remove it"
            )
    refuse_unknown(values, (*DEFAULTS, "sigma"), where)
    return {key: _value(key, value, f"{where}: {key}") for key, value in values.items()}


def check_image_types(values: object, where: str) -> dict[str, dict[str, Any]]:
    """Give the image types with their own settings, or say what is wrong with them.

    Examples
    --------
    >>> check_image_types({"Original": None, "LoG": {"sigma": [1, 2.5]}}, "imageType")
    {'Original': {}, 'LoG': {'sigma': (1, 2.5)}}
    >>> check_image_types({"wavelets": {}}, "imageType")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: imageType: unknown key 'wavelets'; did you mean 'Wavelet'?
    """
    values = as_mapping(values, where)
    refuse_unknown(values, IMAGE_TYPES, where)
    checked = {}
    for name, own in values.items():
        if name in REFUSED_IMAGES:
            raise ConfigurationError(f"{where}: '{name}' is not available: {REFUSED_IMAGES[name]}; remove it")
        checked[name] = check_setting(own, f"{where}: {name}")
        for key in checked[name]:
            if key not in PER_IMAGE:
                raise ConfigurationError(f"{where}: {name}: '{key}' cannot differ by image type; move it to 'setting'")
    return checked


def check_feature_classes(values: object, where: str) -> dict[str, tuple[str, ...]]:
    """Give the feature classes with the names of their features, or say what is wrong with them.

    No names, as in PyRadiomics, are all features of the class but the deprecated ones.

    Examples
    --------
    >>> check_feature_classes({"ngtdm": None, "glcm": ["Contrast"]}, "featureClass")["glcm"]
    ('Contrast',)
    >>> check_feature_classes({"glcm": ["Contrst"]}, "featureClass")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: featureClass: glcm: unknown feature 'Contrst'; did you mean 'Contrast'?
    """
    values = as_mapping(values, where)
    refuse_unknown(values, FEATURES, where)
    return {name: _features(name, features, f"{where}: {name}") for name, features in values.items()}


def _features(feature_class: str, features: object, where: str) -> tuple[str, ...]:
    current, deprecated = FEATURES[feature_class], DEPRECATED.get(feature_class, ())
    if features is None:
        return current
    if not isinstance(features, list | tuple):
        raise ConfigurationError(f"{where}: expected a list of features, found {features!r}")
    for name in features:
        if isinstance(name, str) and name in RENAMED.get(feature_class, {}):
            raise ConfigurationError(
                f"{where}: '{name}' is what older versions of PyRadiomics had; {RENAMED[feature_class][name]}"
            )
        if not isinstance(name, str) or name not in (*current, *deprecated):
            raise ConfigurationError(f"{where}: unknown feature '{name}'; {suggest(str(name), current)}")
        if name in deprecated:
            raise ConfigurationError(
                f"{where}: '{name}' is deprecated in PyRadiomics, as others say the same; remove it"
            )
    return tuple(dict.fromkeys(features)) or current


def as_mapping(values: object, where: str) -> Mapping[str, Any]:
    """Take a section of names and values, which may be empty."""
    values = {} if values is None else values
    if not isinstance(values, Mapping):
        raise ConfigurationError(f"{where}: expected a mapping of names to values, found {values!r}")
    return values


def _enumeration(key: str, rule: Mapping[str, Any]) -> Sequence[str] | None:
    if key == "wavelet":
        import pywt  # only here: most studies do without

        return list(pywt.wavelist(kind="discrete"))
    return _ENUMERATIONS.get(key, rule.get("enum"))


def _value(key: str, value: object, where: str) -> Any:
    if value is None:
        if DEFAULTS.get(key, 0) is None or key == "interpolator":
            return None
        raise ConfigurationError(f"{where}: expected a value, found none; remove the key for the default")
    rule = {**RULES, **OWN}[key]
    if "seq" not in rule:
        return _scalar(key, rule, value, where)
    if not isinstance(value, list | tuple):
        raise ConfigurationError(f"{where}: expected a list, found {value!r}")
    least, most = _LENGTHS[key]
    if len(value) < least or (most is not None and len(value) > most):
        wanted = f"{least}" if most == least else f"{least} to {most}" if most else f"at least {least}"
        raise ConfigurationError(f"{where}: expected {wanted} values, found {len(value)}: {value!r}")
    return tuple(_scalar(key, rule["seq"][0], item, where) for item in value)


def _scalar(key: str, rule: Mapping[str, Any], value: object, where: str) -> Any:
    names = _enumeration(key, rule)
    if names is not None:
        if value not in names:
            raise ConfigurationError(f"{where}: unknown value {value!r}; {suggest(value, names)}")
        return value
    if rule["type"] == "bool":
        if not isinstance(value, bool):
            raise ConfigurationError(f"{where}: expected true or false, found {value!r}")
        return value
    if key == "force2Ddimension" and value == INFERRED:
        return value
    number = _number(value, whole=rule["type"] == "int")
    if number is None:
        wanted = "a whole number" if rule["type"] == "int" else "a number"
        raise ConfigurationError(f"{where}: expected {wanted}, found {value!r}")
    limits = rule.get("range", {})
    for name, text, fits in (
        ("min", "at least", number >= limits.get("min", -math.inf)),
        ("min-ex", "more than", number > limits.get("min-ex", -math.inf)),
        ("max", "at most", number <= limits.get("max", math.inf)),
    ):
        if not fits:
            raise ConfigurationError(f"{where}: expected {text} {limits[name]}, found {value!r}")
    if key == "sigma":  # PyRadiomics writes it into the names of the features: 1 and 1.0 give different columns
        return value if isinstance(value, int) else number
    return number


def _number(value: object, whole: bool) -> int | float | None:
    if isinstance(value, bool):
        return None
    if whole:
        return value if isinstance(value, int) else None
    try:  # YAML 1.1 reads 1e-3 as a text
        number = float(value)  # type: ignore[arg-type]  # whatever is no number is caught
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def check_bin_limits(value: Any) -> tuple[int, int] | None:
    """Give the fewest and the most bins; raises `ConfigurationError` for what is no such pair."""
    if value is None:
        return None
    whole = isinstance(value, list | tuple) and all(isinstance(item, int) for item in value)
    if not whole or len(value) != 2 or not 1 <= value[0] <= value[1]:
        raise ConfigurationError(
            f"bin_limits: expected the fewest and the most bins, such as [8, 256], found {value!r}"
        )
    return value[0], value[1]
