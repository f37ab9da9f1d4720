"""Anisotropic diffusion as a function of arrays."""

from harmonize.anisotropic.diffusion import diffuse, largest_time_step, recommended_time_step

__all__ = ["diffuse", "largest_time_step", "recommended_time_step"]
