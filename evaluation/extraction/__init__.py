"""From a volume to features."""

from evaluation.extraction.extract import Extraction, RoiFeatures, extract
from evaluation.extraction.roi import bins_in_roi
from evaluation.extraction.settings import ExtractionSettings
from evaluation.extraction.voxels import FeatureMaps, feature_maps

__all__ = [
    "Extraction",
    "ExtractionSettings",
    "FeatureMaps",
    "RoiFeatures",
    "bins_in_roi",
    "extract",
    "feature_maps",
]
