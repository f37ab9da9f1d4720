"""Denoising as functions of arrays, one method a file."""
