"""Versions of the software that computes, as they enter digests, whitelists and tracking."""

import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from harmonize.entries import added_versions

__version__ = version("radharmony")
"""What `radharmony --version` prints, too."""

COMPUTING = ("radharmony", "numpy", "scipy", "SimpleITK", "pydicom", "pyradiomics-bhklab", "PyWavelets")
"""Distributions whose version may change a feature value."""

REPORTING = (*COMPUTING, "mirp", "pandas", "scikit-learn", "mlflow")


def installed_versions(names: Iterable[str]) -> dict[str, str]:
    """Give the versions of those distributions that are installed.

    Examples
    --------
    >>> list(installed_versions(["numpy", "no-such-distribution"]))
    ['numpy']
    """
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def computing_versions() -> dict[str, str]:
    """Give the versions that a feature value depends on."""
    return installed_versions(COMPUTING)


@cache
def worker_versions() -> dict[str, str]:
    """Give the versions that workers on other machines need as well."""
    return computing_versions() | added_versions()


DECODERS = (
    "python-gdcm",
    "pylibjpeg",
    "pylibjpeg-libjpeg",
    "pylibjpeg-openjpeg",
    "pylibjpeg-rle",
    "pyjpegls",
    "pillow",
)
"""Distributions that may let a compressed DICOM file be read which could not be read without."""


@cache
def decoder_versions() -> dict[str, str]:
    """Give the versions of the decoders that are installed."""
    return installed_versions(DECODERS)


@cache
def all_versions() -> dict[str, str]:
    """Give the versions for the record: Python's, and those of the packages that add something."""
    known = {"python": platform.python_version(), **installed_versions(REPORTING)}
    return known | added_versions()
