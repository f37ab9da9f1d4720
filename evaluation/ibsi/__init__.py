"""What a feature column is called by the Image Biomarker Standardisation Initiative, and whether it agrees with it."""

from evaluation.ibsi.binning import aggregation, discretisation
from evaluation.ibsi.features import IbsiFeature, ibsi, ibsi_table, to_ibsi
from evaluation.ibsi.validation import validate_ibsi

__all__ = ["IbsiFeature", "aggregation", "discretisation", "ibsi", "ibsi_table", "to_ibsi", "validate_ibsi"]
