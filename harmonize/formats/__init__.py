"""Scans and masks from files, and back."""

from harmonize.formats.images import read_array, read_image, write_image
from harmonize.formats.masks import MaskSource, read_masks, read_volume

__all__ = ["MaskSource", "read_array", "read_image", "read_masks", "read_volume", "write_image"]
