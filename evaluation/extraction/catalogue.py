"""What PyRadiomics 3.1 calls its image types, features and settings, and what its settings may hold.

Facts of its documentation and of its schema of parameter files, so that features can be extracted where PyRadiomics is
not installed; a test compares them with the installed version.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

IMAGE_TYPES = (
    *("Exponential", "Gradient", "LBP2D", "LBP3D", "LoG", "Logarithm", "Original", "Square", "SquareRoot", "Wavelet"),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FEATURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "firstorder": _words(
            "10Percentile 90Percentile Energy Entropy InterquartileRange Kurtosis Maximum MeanAbsoluteDeviation Mean "
            "Median Minimum Range RobustMeanAbsoluteDeviation RootMeanSquared Skewness TotalEnergy Uniformity Variance"
        ),
        "glcm": _words(
            "Autocorrelation ClusterProminence ClusterShade ClusterTendency Contrast Correlation DifferenceAverage "
            "DifferenceEntropy DifferenceVariance Id Idm Idmn Idn Imc1 Imc2 InverseVariance JointAverage JointEnergy "
            "JointEntropy MCC MaximumProbability SumAverage SumEntropy SumSquares"
        ),
        "gldm": _words(
            "DependenceEntropy DependenceNonUniformity DependenceNonUniformityNormalized DependenceVariance "
            "GrayLevelNonUniformity GrayLevelVariance HighGrayLevelEmphasis LargeDependenceEmphasis "
            "LargeDependenceHighGrayLevelEmphasis LargeDependenceLowGrayLevelEmphasis LowGrayLevelEmphasis "
            "SmallDependenceEmphasis SmallDependenceHighGrayLevelEmphasis SmallDependenceLowGrayLevelEmphasis"
        ),
        "glrlm": _words(
            "GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance HighGrayLevelRunEmphasis "
            "LongRunEmphasis LongRunHighGrayLevelEmphasis LongRunLowGrayLevelEmphasis LowGrayLevelRunEmphasis "
            "RunEntropy RunLengthNonUniformity RunLengthNonUniformityNormalized RunPercentage RunVariance "
            "ShortRunEmphasis ShortRunHighGrayLevelEmphasis ShortRunLowGrayLevelEmphasis"
        ),
        "glszm": _words(
            "GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance HighGrayLevelZoneEmphasis "
            "LargeAreaEmphasis LargeAreaHighGrayLevelEmphasis LargeAreaLowGrayLevelEmphasis LowGrayLevelZoneEmphasis "
            "SizeZoneNonUniformity SizeZoneNonUniformityNormalized SmallAreaEmphasis SmallAreaHighGrayLevelEmphasis "
            "SmallAreaLowGrayLevelEmphasis ZoneEntropy ZonePercentage ZoneVariance"
        ),
        "ngtdm": _words("Busyness Coarseness Complexity Contrast Strength"),
        "shape": _words(
            "Elongation Flatness LeastAxisLength MajorAxisLength Maximum2DDiameterColumn Maximum2DDiameterRow "
            "Maximum2DDiameterSlice Maximum3DDiameter MeshVolume MinorAxisLength Sphericity SurfaceArea "
            "SurfaceVolumeRatio VoxelVolume"
        ),
        "shape2D": _words(
            "Elongation MajorAxisLength MaximumDiameter MeshSurface MinorAxisLength Perimeter PerimeterSurfaceRatio "
            "PixelSurface Sphericity"
        ),
    }
)
"""By class, the features that it computes unless some are named."""

DEPRECATED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "firstorder": ("StandardDeviation",),
        "glcm": ("Dissimilarity", "Homogeneity1", "Homogeneity2", "SumVariance"),
        "gldm": ("DependencePercentage", "GrayLevelNonUniformityNormalized"),
        "shape": ("Compactness1", "Compactness2", "SphericalDisproportion"),
        "shape2D": ("SphericalDisproportion",),
    }
)
"""By class, the features that say what others say."""

_FLAG = {"type": "bool"}
_NUMBER = {"type": "float"}
_POSITIVE = {"type": "float", "range": {"min-ex": 0}}
_COUNT = {"type": "int", "range": {"min-ex": 0}}
_WHOLE = {"type": "int", "range": {"min": 0}}

RULES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "binWidth": _POSITIVE,
        "binCount": _COUNT,
        "normalize": _FLAG,
        "normalizeScale": _POSITIVE,
        "removeOutliers": _POSITIVE,
        "resampledPixelSpacing": {"seq": [{"type": "float", "range": {"min": 0}}]},
        "interpolator": {"type": "any"},
        "preCrop": _FLAG,
        "padDistance": _WHOLE,
        "resegmentRange": {"seq": [_NUMBER]},
        "resegmentMode": {"type": "str", "enum": ["absolute", "relative", "sigma"]},
        "resegmentShape": _FLAG,
        "minimumROIDimensions": {"type": "int", "range": {"min": 1, "max": 3}},
        "minimumROISize": _COUNT,
        "distances": {"seq": [_COUNT]},
        "force2D": _FLAG,
        "force2Ddimension": {"type": "int", "range": {"min": 0, "max": 2}},
        "symmetricalGLCM": _FLAG,
        "weightingNorm": {"type": "any"},
        "gldm_a": _WHOLE,
        "voxelArrayShift": {"type": "int"},
        "sigma": {"seq": [_POSITIVE]},
        "wavelet": {"type": "str"},
        "level": _COUNT,
        "start_level": _WHOLE,
        "gradientUseSpacing": _FLAG,
    }
)
"""Type and range of each setting that counts here, as in PyRadiomics' schema of parameter files."""
