"""N4 bias field correction as a function of arrays."""

from harmonize.n4.estimate import N4Result, n4_log_bias
from harmonize.n4.itk import itk_log_bias

__all__ = ["N4Result", "itk_log_bias", "n4_log_bias"]
