"""How often a run opens the files of its scans."""

import sys
from collections import Counter

import pytest

from experiments.running import between

COUNTED: list[Counter[str]] = []


def _count(event, args):
    if event == "open" and COUNTED and str(args[0]).endswith(".nii.gz"):
        COUNTED[-1][str(args[0])] += 1


sys.addaudithook(_count)  # it cannot be taken away again, and counts only where somebody asks for it


@pytest.fixture
def opened(monkeypatch):
    """Count how often Python opens every image and mask, in this process; ITK reads headers by itself."""
    monkeypatch.setattr(between, "SPARE", 0.0)
    counts: Counter[str] = Counter()
    COUNTED.append(counts)
    yield counts
    COUNTED.remove(counts)
