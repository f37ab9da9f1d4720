"""Where the real scans, tables and reference values are, for the tests that use them."""

import os
from pathlib import Path

import matplotlib as mpl
import pytest

mpl.use("Agg")

SHARED = Path(os.environ.get("RADHARMONY_TEST_DATA", Path(__file__).resolve().parents[2] / "shared"))


def _folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs the folder '{name}' of real scans and reference values beside the checkout")
    return folder


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Give the folder of public scans and tables, or skip."""
    return _folder("data")


@pytest.fixture(scope="session")
def reference_root() -> Path:
    """Give the folder of values computed in R, or skip."""
    return _folder("reference")
