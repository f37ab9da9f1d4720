"""Floor 1: everything that changes data, from image-domain steps to feature-domain harmonization."""

from harmonize.errors import ConfigurationError, GridError, RadharmonyError, ScanError
from harmonize.formats import MaskSource, read_image, read_masks, read_volume, write_image
from harmonize.regions import foreground_mask, region_mask
from harmonize.steps import STEPS, AnisotropicDiffusion, Clip, N4BiasField, Resample, Step, ZScore, apply
from harmonize.volume import Grid, Volume

__all__ = [
    "STEPS",
    "AnisotropicDiffusion",
    "Clip",
    "ConfigurationError",
    "Grid",
    "GridError",
    "MaskSource",
    "N4BiasField",
    "RadharmonyError",
    "Resample",
    "ScanError",
    "Step",
    "Volume",
    "ZScore",
    "apply",
    "foreground_mask",
    "read_image",
    "read_masks",
    "read_volume",
    "region_mask",
    "write_image",
]
