"""From a volume to features."""

from evaluation.extraction.extract import Extraction, RoiFeatures, extract
from evaluation.extraction.roi import bins_in_roi
from evaluation.extraction.settings import ExtractionSettings

__all__ = ["Extraction", "ExtractionSettings", "RoiFeatures", "bins_in_roi", "extract"]
