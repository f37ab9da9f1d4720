"""Versions of the software that computes, as they enter digests, whitelists and tracking."""

import platform
from importlib.metadata import version

COMPUTING = ("radharmony", "numpy", "scipy", "SimpleITK", "pydicom", "pyradiomics-bhklab", "PyWavelets")
"""Distributions whose version may change a feature value."""

REPORTING = (*COMPUTING, "pandas", "scikit-learn", "mlflow")


def computing_versions() -> dict[str, str]:
    """Give the versions that a feature value depends on."""
    return {name: version(name) for name in COMPUTING}


def all_versions() -> dict[str, str]:
    """Give the versions for the record, Python's among them."""
    return {"python": platform.python_version(), **{name: version(name) for name in REPORTING}}
